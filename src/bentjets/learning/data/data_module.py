"""The data module: which images a trainer gets, in which order and form."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from lightning.pytorch import LightningDataModule
from torch import Tensor
from torch.utils.data import DataLoader, TensorDataset

from bentjets.learning.data.batches import LabelledImages
from bentjets.learning.data.transforms import N_ORIENTATIONS, orient_images, prepare_images
from bentjets.learning.settings import TrainingSettings


class ImageDataModule(LightningDataModule):
    """Labelled images in memory, prepared a batch at a time on the trainer's device.

    Parameters
    ----------
    training, validation : LabelledImages
        The images to learn from, and those that say when to stop.
    pretrained_cfg : mapping
        timm's description of the network: size and normalisation of its input.
    settings : TrainingSettings
        Batch size and random orientation are used.
    seed : int
        Seed of the order of the images and of their orientation.
    """

    def __init__(
        self,
        training: LabelledImages,
        validation: LabelledImages,
        pretrained_cfg: Mapping[str, Any],
        settings: TrainingSettings,
        seed: int,
    ) -> None:
        super().__init__()
        self.training = training
        self.validation = validation
        self.pretrained_cfg = pretrained_cfg
        self.settings = settings
        self.generator = torch.Generator().manual_seed(seed)

    def train_dataloader(self) -> DataLoader[Any]:
        """Give the training images, shuffled anew each epoch in an order set by the seed."""
        size = self.settings.batch_size
        # Batch normalisation cannot learn from a last batch of a single image.
        drop_last = len(self.training) > size > 1 and len(self.training) % size == 1
        return DataLoader(
            _dataset(self.training), size, shuffle=True, generator=self.generator,
            drop_last=drop_last,
        )  # fmt: skip

    def val_dataloader(self) -> DataLoader[Any]:
        """Give the validation images in their order."""
        return DataLoader(_dataset(self.validation), self.settings.batch_size)

    def on_after_batch_transfer(
        self, batch: tuple[Tensor, Tensor], dataloader_idx: int
    ) -> tuple[Tensor, Tensor]:
        """Prepare a batch where the network is; orient it at random if it is for training."""
        images, labels = batch
        prepared = prepare_images(images, self.pretrained_cfg)
        if self.settings.random_orientation and self.trainer is not None and self.trainer.training:
            drawn = torch.randint(N_ORIENTATIONS, (len(labels),), generator=self.generator)
            prepared = orient_images(prepared, drawn.to(prepared.device))
        return prepared, labels


def _dataset(images: LabelledImages) -> TensorDataset:
    return TensorDataset(torch.tensor(images.images), torch.tensor(images.labels))
