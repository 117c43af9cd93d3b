"""A checkpoint after each epoch, from which a run goes on."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import torch
from lightning.fabric.plugins.io.torch_io import TorchCheckpointIO
from lightning.fabric.utilities.types import _PATH
from lightning.pytorch import Callback, LightningModule, Trainer

from bentjets.errors import InputError


class PlainFiles(TorchCheckpointIO):
    """Writes a checkpoint as it is made: `EpochCheckpoint` sees to it that it is whole.

    Lightning's own way makes it twice in memory first, which takes twice as long.
    """

    def save_checkpoint(
        self, checkpoint: dict[str, Any], path: _PATH, storage_options: Any | None = None
    ) -> None:
        """Write it."""
        torch.save(checkpoint, path)


class EpochCheckpoint(Callback):
    """Writes the state of the trainer to a file where an epoch begins, whole or not at all.

    Parameters
    ----------
    path : Path
        The file; the state of the epoch before is replaced.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def on_train_epoch_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Save what the epochs so far have led to: the schedule has made its step by now."""
        if trainer.current_epoch == 0:
            return
        # Lightning does so a moment later; a run that goes on from the counts of the epoch before
        # would leave out as many batches as it still counts.
        epoch = trainer.fit_loop.epoch_loop
        epoch.batch_progress.reset_on_run()
        epoch.scheduler_progress.reset_on_run()
        epoch.automatic_optimization.optim_progress.reset_on_run()
        unfinished = self.path.with_name(f".{self.path.name}.part")
        trainer.save_checkpoint(unfinished)
        if trainer.is_global_zero:
            os.replace(unfinished, self.path)


def check_checkpoint(path: Path, name: str) -> None:
    """Refuse a damaged checkpoint, of which torch's word would be a page of a traceback.

    Parameters
    ----------
    path : Path
        Where it is, if there is one.
    name : str
        The run's name.

    Raises
    ------
    InputError
        If it cannot be read.
    """
    if not path.is_file():
        return
    try:
        torch.load(path, map_location="cpu", weights_only=True, mmap=True)
    # Damaged files make torch and pickle raise what they like.
    except Exception as error:
        raise InputError(
            f"{path} is damaged ({type(error).__name__}): remove it, and {name} will be "
            "trained from its first epoch"
        ) from error
