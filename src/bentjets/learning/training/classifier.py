"""The Lightning module: the loss, the optimiser and its schedule."""

from __future__ import annotations

from typing import Any

import torch
from lightning.pytorch import LightningModule
from torch import Tensor, nn
from torch.nn import functional

from bentjets.learning.settings import ModelSettings
from bentjets.learning.training.recipes import make_optimizer, make_scheduler


class Classifier(LightningModule):
    """A network learning to tell classes apart by cross-entropy.

    Logs `train_loss`, `val_loss` and `val_accuracy` once an epoch.

    Parameters
    ----------
    network : torch.nn.Module
        Gives one logit per class.
    settings : ModelSettings
        Its optimiser and schedule are used; the schedule is stepped once an epoch.
    """

    def __init__(self, network: nn.Module, settings: ModelSettings) -> None:
        super().__init__()
        self.network = network
        self.settings = settings
        self.channels_last = is_convolutional(network)
        if self.channels_last:
            network.to(memory_format=torch.channels_last)

    def forward(self, images: Tensor) -> Tensor:
        """Give the logits, shape (n, classes), of prepared images, shape (n, 3, size, size)."""
        if self.channels_last:
            images = images.contiguous(memory_format=torch.channels_last)
        return self.network(images)

    def training_step(self, batch: tuple[Tensor, Tensor], batch_idx: int) -> Tensor:
        """Give the mean cross-entropy of a training batch."""
        images, labels = batch
        loss = functional.cross_entropy(self(images), labels)
        self.log("train_loss", loss, on_step=False, on_epoch=True, batch_size=len(labels))
        return loss

    def validation_step(self, batch: tuple[Tensor, Tensor], batch_idx: int) -> None:
        """Log loss and accuracy of a validation batch."""
        images, labels = batch
        logits = self(images).float()
        accuracy = (logits.argmax(dim=1) == labels).float().mean()
        self.log("val_loss", functional.cross_entropy(logits, labels), batch_size=len(labels))
        self.log("val_accuracy", accuracy, batch_size=len(labels))

    def configure_optimizers(self) -> Any:
        """Make the optimiser and, if there is one, the schedule."""
        trainable = (p for p in self.network.parameters() if p.requires_grad)
        optimizer = make_optimizer(self.settings, trainable)
        scheduler = make_scheduler(self.settings, optimizer)
        if scheduler is None:
            return optimizer
        schedule = {"scheduler": scheduler, "interval": "epoch", "monitor": "val_loss"}
        return {"optimizer": optimizer, "lr_scheduler": schedule}


def is_convolutional(network: nn.Module) -> bool:
    """Tell a convolutional network from a transformer, whose only convolution cuts patches."""
    return sum(isinstance(module, nn.Conv2d) for module in network.modules()) > 1
