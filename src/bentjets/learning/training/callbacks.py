"""What a trainer does beside training: keep a history, and the best weights."""

from __future__ import annotations

import logging
from math import inf
from typing import Any

from lightning.pytorch import Callback, LightningModule, Trainer
from torch import Tensor

logger = logging.getLogger(__name__)


class History(Callback):
    """One row per epoch: losses, accuracy and learning rate; each is logged as one line.

    Parameters
    ----------
    name : str
        The model's name in the log.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.rows: list[dict[str, float]] = []
        self.learning_rate = 0.0

    def on_train_epoch_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Note the learning rate before the schedule changes it."""
        self.learning_rate = float(trainer.optimizers[0].param_groups[0]["lr"])

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Add the row of this epoch, counted from 1."""
        values = {
            key: float(trainer.callback_metrics[key])
            for key in ("train_loss", "val_loss", "val_accuracy")
        }
        epoch = trainer.current_epoch + 1
        self.rows.append({"epoch": epoch, **values, "learning_rate": self.learning_rate})
        logger.info(
            "%s: epoch %d/%d, train loss %.4f, val loss %.4f, val accuracy %.3f, "
            "learning rate %.2g",
            self.name, epoch, trainer.max_epochs, *values.values(), self.learning_rate,
        )  # fmt: skip


class BestWeights(Callback):
    """Keeps the weights of the lowest validation loss in memory, and puts them back at the end."""

    def __init__(self) -> None:
        self.lowest = inf
        self.weights: dict[str, Tensor] = {}

    def on_validation_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Copy the weights if they are the best so far."""
        loss = float(trainer.callback_metrics["val_loss"])
        if loss < self.lowest:
            self.lowest = loss
            state: dict[str, Any] = pl_module.state_dict()
            self.weights = {key: value.detach().cpu().clone() for key, value in state.items()}

    def on_train_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Put the best weights back."""
        if self.weights:
            pl_module.load_state_dict(self.weights)
