"""Fit a network: Lightning's trainer, with what a run needs around it (loads torch)."""

from __future__ import annotations

import logging
import signal
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from lightning.pytorch import Callback, LightningModule, Trainer
from lightning.pytorch.utilities.exceptions import SIGTERMException
from lightning.pytorch.utilities.seed import isolate_rng

from bentjets.errors import InputError
from bentjets.learning.data.data_module import ImageDataModule
from bentjets.learning.data.stack import ImageStack
from bentjets.learning.networks import Description
from bentjets.learning.training.callbacks import EpochBar, EpochCheckpoint, PlainFiles, Watch
from bentjets.learning.training.classifier import Classifier
from bentjets.learning.training.precision import keep_depthwise_exact
from bentjets.learning.training.processes import count_processes
from bentjets.learning.training.record import CHECKPOINT_FILE, Run, StoppedError

LIGHTNING_LOGGERS = ("lightning.pytorch", "lightning.fabric", "lightning.pytorch.utilities")


def fit(
    run: Run,
    network: Any,
    training: ImageStack,
    validation: ImageStack,
    description: Description,
    precision: Any,
) -> tuple[Watch, str]:
    """Fit the network of a run, from its last checkpoint if there is one.

    Parameters
    ----------
    run : Run
        Settings, seeds and folder are used.
    network : torch.nn.Module
        What learns.
    training, validation : ImageStack
        Images to learn from, and to choose the epoch by.
    description : Description
        Channels and scale of the network's input.
    precision : str
        Arithmetic of Lightning's trainer.

    Returns
    -------
    Watch
        With the history, and in the first process the weights that are kept.
    str
        The device.

    Raises
    ------
    InputError
        If the loss diverges.
    StoppedError
        If the process was told to stop (SIGTERM).
    """
    settings = run.training
    keep_depthwise_exact(network)
    scale: dict[str, Any] = {
        "channels": description.channels, "mean": description.mean, "std": description.std,
    }  # fmt: skip

    def seed_of_epoch(epoch: int, what: str) -> int:
        return run.seed_of("epoch", epoch, what)

    watch = Watch(training, validation, settings, **scale, seed_of_epoch=seed_of_epoch)
    module = Classifier(
        network,
        run.model,
        settings,
        entry=run.entry,
        class_weights=class_weights(training) if settings.class_weights else None,
    )
    data = ImageDataModule(training, settings, **scale, seed_of_epoch=seed_of_epoch)
    checkpoint = run.folder / CHECKPOINT_FILE
    with _quiet(), _own_randomness():
        torch.manual_seed(run.seed_of("fit"))
        callbacks = [watch, EpochCheckpoint(checkpoint), EpochBar(run.name, watch), StopTogether()]
        trainer = _make_trainer(run, precision, callbacks)
        try:
            trainer.fit(
                module,
                datamodule=data,
                ckpt_path=checkpoint if checkpoint.is_file() else None,
                weights_only=True,
            )
        except SIGTERMException as error:
            raise StoppedError(
                f"{run.name}: told to stop (SIGTERM) in epoch {trainer.current_epoch + 1} of "
                f"{settings.epochs}: the same command goes on from the epoch before"
            ) from error
    if not watch.kept_epoch:
        raise InputError(
            f"{run.name}: the validation loss is not a number: lower the learning rate (lr) of "
            f"models.{run.entry}.optimizer"
        )
    return watch, str(trainer.strategy.root_device)


def _make_trainer(run: Run, precision: Any, callbacks: list[Any]) -> Trainer:
    devices, machines = count_processes()
    return Trainer(
        accelerator="auto",
        devices=devices,
        num_nodes=machines,
        strategy="auto" if devices * machines == 1 else "ddp",
        precision=precision,
        max_epochs=run.training.epochs,
        accumulate_grad_batches=run.training.accumulate,
        callbacks=callbacks,
        plugins=[PlainFiles()],
        deterministic="warn",
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        use_distributed_sampler=False,
        limit_val_batches=0,
    )


class StopTogether(Callback):
    """Lets SIGTERM end several processes after the same step.

    Lightning's own handler would ask the others in the middle of a step, and wait for ever.
    """

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Note the signal only: before each step, Lightning asks the first process for it."""
        if trainer.world_size > 1 and threading.current_thread() is threading.main_thread():
            connector: Any = trainer._signal_connector
            signal.signal(signal.SIGTERM, lambda *_: setattr(connector, "received_sigterm", True))


def class_weights(images: ImageStack) -> torch.Tensor:
    """Give how much an image of each class counts, float32, so that classes count alike."""
    counts = np.bincount(images.labels, minlength=len(images.classes))
    weights = len(images) / (len(counts) * np.maximum(counts, 1))
    return torch.tensor(weights, dtype=torch.float32)


@contextmanager
def _own_randomness() -> Iterator[None]:
    """Leave the random generators and torch's determinism as they were."""
    before = torch.are_deterministic_algorithms_enabled()
    warn_only = torch.is_deterministic_algorithms_warn_only_enabled()
    memory: Any = torch.utils.deterministic
    fill = memory.fill_uninitialized_memory
    # What is written over at once need not be filled first.
    memory.fill_uninitialized_memory = False
    try:
        with isolate_rng():
            yield
    finally:
        torch.use_deterministic_algorithms(before, warn_only=warn_only)
        memory.fill_uninitialized_memory = fill


@contextmanager
def _quiet() -> Iterator[None]:
    """Silence Lightning's banners, tips and advice: what matters is told when a run ends."""
    loggers = [logging.getLogger(name) for name in LIGHTNING_LOGGERS]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", module=r"(lightning|torch)\.")
            yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)
