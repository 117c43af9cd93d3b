"""What a trainer does beside training: average weights, validate, keep the best, write it down."""

from __future__ import annotations

import copy
from collections.abc import Callable
from math import ceil, inf, isfinite
from typing import Any

import torch
from lightning.pytorch import Callback, LightningModule, Trainer
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.modules.batchnorm import _BatchNorm
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn, update_bn

from bentjets.learning.data.stack import ImageStack
from bentjets.learning.data.transforms import normalise
from bentjets.learning.settings import TrainingSettings

HISTORY_COLUMNS = (
    "epoch", "train_loss", "train_accuracy", "val_loss", "val_accuracy", "learning_rate",
)  # fmt: skip

_VALIDATIONS = 20
_BATCH = 64


class Watch(Callback):
    """Validates, and holds the weights that will be kept.

    What is validated and kept is not the network that learns, but a copy with averaged weights
    (where an average is wanted), in which the statistics of batch normalisation are computed anew
    over the training images (Izmailov et al. 2018, UAI, section 3.2): the running ones do not fit
    averaged weights, nor images that are nearly black.

    Parameters
    ----------
    training, validation : ImageStack
        Images to compute statistics over, and those to validate on.
    settings : TrainingSettings
        Epochs, patience and average are used. Without patience the last epoch is kept, and only
        some epochs are validated.
    channels, mean, std
        Of the network's input.
    seed_of_epoch : callable
        Gives the seed of what the network draws in an epoch, such as dropout.
    """

    def __init__(
        self,
        training: ImageStack,
        validation: ImageStack,
        settings: TrainingSettings,
        *,
        channels: int,
        mean: float,
        std: float,
        seed_of_epoch: Callable[[int, str], int],
    ) -> None:
        self.training, self.validation, self.settings = training, validation, settings
        self.input = (channels, mean, std)
        self.seed_of_epoch = seed_of_epoch
        self.rows: list[dict[str, float]] = []
        self.lowest = inf
        self.kept: dict[str, Tensor] = {}
        self.kept_epoch = 0
        self.rate = 0.0
        self.average: AveragedModel | None = None

    def setup(self, trainer: Trainer, pl_module: LightningModule, stage: str) -> None:
        """Begin the average with the network as it is."""
        if self.settings.average is not None:
            network: Any = pl_module.network
            decay = get_ema_multi_avg_fn(self.settings.average)
            self.average = AveragedModel(network, multi_avg_fn=decay)

    def on_train_epoch_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Draw from the stream of this epoch, and note its learning rate."""
        torch.manual_seed(self.seed_of_epoch(trainer.current_epoch, f"draws-{trainer.global_rank}"))
        self.rate = max(float(group["lr"]) for group in trainer.optimizers[0].param_groups)
        if self.average is not None:
            self.average.to(pl_module.device)

    def on_train_batch_end(
        self, trainer: Trainer, pl_module: LightningModule, *_: Any, **__: Any
    ) -> None:
        """Average the weights after a step."""
        if self.average is not None:
            network: Any = pl_module.network
            self.average.update_parameters(network)

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Add a row to the history, and validate, if it is time to."""
        epoch = trainer.current_epoch + 1
        seen = trainer.callback_metrics
        row = {key: float(seen[key]) for key in ("train_loss", "train_accuracy")}
        row |= {"epoch": epoch, "learning_rate": self.rate}
        last = epoch == self.settings.epochs
        every = ceil(self.settings.epochs / _VALIDATIONS)
        if self.settings.patience is not None or last or epoch % every == 0:
            settled = self._settle(trainer, pl_module) if trainer.is_global_zero else None
            found = None if settled is None else self._validate(settled)
            # One process says it to all, which would wait for each other if they disagreed.
            told: Any = trainer.strategy.broadcast(found)
            loss, accuracy = told
            row |= {"val_loss": loss, "val_accuracy": accuracy}
            self._choose(settled, epoch, loss, trainer)
        self.rows.append(row)

    def state_dict(self) -> dict[str, Any]:
        """Give what a run that was stopped needs to go on."""
        average = None if self.average is None else self.average.state_dict()
        return {
            "rows": self.rows,
            "lowest": self.lowest,
            "kept": self.kept,
            "kept_epoch": self.kept_epoch,
            "average": average,
        }

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Go on from there."""
        self.rows, self.lowest = list(state_dict["rows"]), state_dict["lowest"]
        self.kept, self.kept_epoch = state_dict["kept"], state_dict["kept_epoch"]
        if self.average is not None:
            self.average.load_state_dict(state_dict["average"])

    def _settle(self, trainer: Trainer, pl_module: LightningModule) -> nn.Module:
        """Give the network as it would be used: averaged, with statistics that fit it."""
        learning: Any = pl_module.network if self.average is None else self.average.module
        settled: nn.Module = copy.deepcopy(learning)
        if any(isinstance(module, _BatchNorm) for module in settled.modules()):
            # In the arithmetic of training: this is a pass over all images.
            with trainer.precision_plugin.forward_context():
                update_bn(_Prepared(self.training, self.input, pl_module.device), settled)
        return settled.eval()

    def _validate(self, network: nn.Module) -> tuple[float, float]:
        device = next(network.parameters()).device
        with torch.inference_mode():
            logits = torch.cat(
                [network(part).float() for part in _Prepared(self.validation, self.input, device)]
            )
        labels = torch.from_numpy(self.validation.labels).to(device)
        accuracy = (logits.argmax(dim=1) == labels).float().mean()
        return float(functional.cross_entropy(logits, labels)), float(accuracy)

    def _choose(self, network: nn.Module | None, epoch: int, loss: float, trainer: Trainer) -> None:
        patience = self.settings.patience
        better = isfinite(loss) if patience is None else loss < self.lowest
        if better:
            self.lowest, self.kept_epoch = loss, epoch
            state = {} if network is None else network.state_dict()
            self.kept = {key: value.detach().cpu().clone() for key, value in state.items()}
        elif patience is None or epoch - self.kept_epoch >= patience:
            trainer.should_stop = True


class _Prepared:
    """Images batch by batch as the network takes them."""

    def __init__(
        self, images: ImageStack, scale: tuple[int, float, float], device: torch.device
    ) -> None:
        self.images, self.scale, self.device = images, scale, device

    def __iter__(self) -> Any:
        for part in self.images.parts(_BATCH):
            yield normalise(torch.from_numpy(part).to(self.device), *self.scale)
