"""The Lightning module: the loss, the optimiser and its schedule."""

from __future__ import annotations

from typing import Any

from lightning.pytorch import LightningModule
from torch import Tensor, nn
from torch.nn import functional

from bentjets.learning.settings import ModelSettings, TrainingSettings
from bentjets.learning.training.recipes import (
    freeze_backbone,
    make_optimizer,
    make_scheduler,
    parameter_groups,
)


class Classifier(LightningModule):
    """A network learning to tell classes apart by cross-entropy.

    Logs `train_loss` and `train_accuracy` once an epoch.

    Parameters
    ----------
    network : torch.nn.Module
        Gives one logit per class.
    model : ModelSettings
        Its optimiser and schedule are used; the schedule is stepped once an epoch.
    settings : TrainingSettings
        Epochs, label smoothing, freezing and layer-wise decay are used.
    entry : str
        The model's name in the parameters.
    class_weights : Tensor of float32, shape (classes,), optional
        How much an image of each class counts.
    """

    def __init__(
        self,
        network: nn.Module,
        model: ModelSettings,
        settings: TrainingSettings,
        *,
        entry: str,
        class_weights: Tensor | None = None,
    ) -> None:
        super().__init__()
        self.network = network
        self.model, self.settings, self.entry = model, settings, entry
        if settings.freeze:
            # Before processes agree on whose gradients they share.
            freeze_backbone(network)
        self.register_buffer("class_weights", class_weights, persistent=False)

    def forward(self, images: Tensor) -> Tensor:
        """Give the logits, shape (n, classes), of images, shape (n, channels, size, size)."""
        logits: Tensor = self.network(images)
        return logits

    def training_step(self, batch: tuple[Tensor, Tensor], batch_idx: int) -> Tensor:
        """Give the mean cross-entropy of a training batch, of labels or of shares of the classes.

        Of shares, the accuracy that is logged is that against the largest.
        """
        images, labels = batch
        logits = self(images).float()
        weights: Any = self.class_weights
        smoothing = self.settings.label_smoothing
        loss = functional.cross_entropy(logits, labels, weight=weights, label_smoothing=smoothing)
        if weights is not None and labels.ndim > 1:
            # Of labels, torch's mean is over their weights; of shares it forgets these.
            loss = loss * len(labels) / (labels @ weights).sum()
        called = labels if labels.ndim == 1 else labels.argmax(dim=1)
        right = (logits.detach().argmax(dim=1) == called).float().mean()
        values = {"train_loss": loss, "train_accuracy": right}
        self.log_dict(values, on_step=False, on_epoch=True, sync_dist=True, batch_size=len(labels))
        return loss

    def configure_optimizers(self) -> Any:
        """Make the optimiser and, if there is one, the schedule."""
        groups = parameter_groups(
            self.network,
            self.model,
            layer_decay=self.settings.layer_decay,
            entry=self.entry,
        )
        optimizer = make_optimizer(self.model, groups, entry=self.entry)
        scheduler = make_scheduler(
            self.model, optimizer, epochs=self.settings.epochs, entry=self.entry
        )
        if scheduler is None:
            return optimizer
        schedule = {"scheduler": scheduler, "interval": "epoch", "monitor": "train_loss"}
        return {"optimizer": optimizer, "lr_scheduler": schedule}
