"""The data module: which images a trainer gets, in which order and form (loads lightning)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import torch
from lightning.pytorch import LightningDataModule
from torch import Tensor
from torch.utils.data import DataLoader, Dataset, Sampler

from bentjets.learning.data.stack import ImageStack
from bentjets.learning.data.transforms import move_images, normalise
from bentjets.learning.settings import TrainingSettings


class ImageDataModule(LightningDataModule):
    """Training images, a batch at a time, moved at random on the trainer's device.

    Order and movements of an epoch follow from its number alone, so that a run that goes on from
    the end of an epoch is the same as one that never stopped.

    Parameters
    ----------
    images : ImageStack
        The images to learn from.
    settings : TrainingSettings
        Batch size and what moves the images are used.
    channels, mean, std
        Of the network's input.
    seed_of_epoch : callable
        Gives the seed of an epoch, and of a process among several.
    """

    def __init__(
        self,
        images: ImageStack,
        settings: TrainingSettings,
        *,
        channels: int,
        mean: float,
        std: float,
        seed_of_epoch: Callable[[int, str], int],
    ) -> None:
        super().__init__()
        self.images = images
        self.settings = settings
        self.input = (channels, mean, std)
        self.seed_of_epoch = seed_of_epoch
        self.movements = torch.Generator()

    def train_dataloader(self) -> DataLoader[Any]:
        """Give the images, shuffled anew each epoch; each process gets its share of a batch."""
        trainer = self.trainer
        rank, processes = (trainer.global_rank, trainer.world_size) if trainer else (0, 1)

        def seed(epoch: int) -> int:
            self.movements.manual_seed(self.seed_of_epoch(epoch, f"movements-{rank}"))
            return self.seed_of_epoch(epoch, "order")

        batches = EpochBatches(len(self.images), self.settings.batch_size, seed, rank, processes)
        # Each pass draws a seed for workers; taken from the network's stream, that would shift
        # dropout in a run that goes on, where the first pass begins earlier.
        workers = torch.Generator()
        return DataLoader(
            _Batches(self.images), sampler=batches, batch_size=None, generator=workers
        )

    def on_after_batch_transfer(
        self, batch: tuple[Tensor, Tensor], dataloader_idx: int
    ) -> tuple[Tensor, Tensor]:
        """Move the images of a batch at random, and bring them to the network's scale."""
        images, labels = batch
        moved = move_images(
            images,
            self.movements,
            rotate=self.settings.rotate,
            zoom=self.settings.zoom,
            shift=self.settings.shift,
        )
        return normalise(moved, *self.input), labels


class EpochBatches(Sampler[Tensor]):
    """The rows of each batch of an epoch, in an order that follows from the epoch alone.

    A last batch of a single image is left out: batch normalisation cannot learn from it. With
    several processes, a batch is parted among them, and all have equally many.

    Parameters
    ----------
    n, batch_size : int
        Images, and images in a batch.
    seed_of_epoch : callable
        Gives the seed of the order.
    rank, processes : int
        Which process this is, of how many.
    """

    def __init__(
        self,
        n: int,
        batch_size: int,
        seed_of_epoch: Callable[[int], int],
        rank: int = 0,
        processes: int = 1,
    ) -> None:
        self.n, self.batch_size = n, batch_size
        self.seed_of_epoch = seed_of_epoch
        self.rank, self.processes = rank, processes
        self.order = torch.Generator()

    def set_epoch(self, epoch: int) -> None:
        """Say which epoch begins; Lightning does."""
        self.order.manual_seed(self.seed_of_epoch(epoch))

    def __iter__(self) -> Iterator[Tensor]:
        rows = torch.randperm(self.n, generator=self.order)
        for start in range(0, len(self) * self.batch_size, self.batch_size):
            batch = rows[start : start + self.batch_size]
            yield batch[self.rank :: self.processes][: len(batch) // self.processes]

    def __len__(self) -> int:
        full, rest = divmod(self.n, self.batch_size)
        return full + (rest > self.processes) if full else 1


class _Batches(Dataset[Any]):
    """Gives whole batches by their rows: collating image by image would cost more than a step.

    With each image its label, or its shares of the classes where there are some.
    """

    def __init__(self, images: ImageStack) -> None:
        self.images = images
        shares = images.shares
        self.labels = torch.from_numpy(images.labels if shares is None else shares)

    def __getitem__(self, rows: Tensor) -> tuple[Tensor, Tensor]:
        return torch.from_numpy(self.images.read(rows.numpy())), self.labels[rows]
