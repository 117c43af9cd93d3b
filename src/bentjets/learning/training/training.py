"""Train a network until its validation loss stops falling."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pandas as pd

from bentjets.errors import InputError
from bentjets.learning.data import LabelledImages
from bentjets.learning.settings import ModelSettings, TrainingSettings

if TYPE_CHECKING:
    from torch import nn

HISTORY_COLUMNS = ("epoch", "train_loss", "val_loss", "val_accuracy", "learning_rate")
LIGHTNING_LOGGERS = ("lightning.pytorch", "lightning.fabric", "lightning.pytorch.utilities")


def train_network(
    network: nn.Module,
    training: LabelledImages,
    validation: LabelledImages,
    model: ModelSettings,
    settings: TrainingSettings,
    *,
    seed: int = 0,
) -> tuple[nn.Module, pd.DataFrame]:
    """Train a network, and give it back with the weights of its lowest validation loss.

    The same seed gives the same weights on the same machine.

    Parameters
    ----------
    network : torch.nn.Module
        What `build_network` gives; it is trained in place.
    training, validation : LabelledImages
        The images to learn from, and those that choose the epoch. Never the test batch.
    model : ModelSettings
        Optimiser and schedule.
    settings : TrainingSettings
        Epochs, patience, batch size, precision, random orientation.
    seed : int
        Seed of the order of the images, their orientation, and dropout.

    Returns
    -------
    network : torch.nn.Module
        The network, on the CPU, in evaluation mode.
    history : DataFrame
        `epoch` (from 1), `train_loss`, `val_loss`, `val_accuracy`, `learning_rate`.

    Raises
    ------
    InputError
        If a set is empty, the precision needs a GPU that is not there, or the loss diverges.
    """
    _check(training, validation, settings)
    from lightning.pytorch import Trainer, seed_everything
    from lightning.pytorch.callbacks import EarlyStopping

    from bentjets.learning.data.data_module import ImageDataModule
    from bentjets.learning.training.callbacks import BestWeights, History
    from bentjets.learning.training.classifier import Classifier

    precision: Any = settings.precision
    history, best = History(model.timm_model), BestWeights()
    data = ImageDataModule(training, validation, _description(network), settings, seed)
    with _quiet(), _own_randomness():
        seed_everything(seed, verbose=False)
        trainer = Trainer(
            accelerator="auto",
            devices=1,
            precision=precision,
            max_epochs=settings.epochs,
            callbacks=[history, best, EarlyStopping("val_loss", patience=settings.patience)],
            deterministic="warn",
            logger=False,
            enable_checkpointing=False,
            enable_progress_bar=False,
            enable_model_summary=False,
            num_sanity_val_steps=0,
        )
        trainer.fit(Classifier(network, model), datamodule=data)
    if not best.weights:
        raise InputError(
            f"model {model.timm_model}: the validation loss is not a number after the first epoch: "
            "lower the learning rate (lr) of its optimizer"
        )
    return network.cpu().eval(), pd.DataFrame(history.rows, columns=list(HISTORY_COLUMNS))


def _check(
    training: LabelledImages, validation: LabelledImages, settings: TrainingSettings
) -> None:
    import torch

    for what, images in (("training", training), ("validation", validation)):
        if len(images) == 0:
            raise InputError(f"there are no {what} images: give at least one {what} batch")
    if settings.precision == "16-mixed" and not torch.accelerator.is_available():
        raise InputError(
            "training: precision 16-mixed needs a GPU: choose bf16-mixed or 32-true on a CPU"
        )


def _description(network: nn.Module) -> dict[str, Any]:
    description: Any = network.pretrained_cfg
    return dict(description)


@contextmanager
def _own_randomness() -> Iterator[None]:
    """Leave the random generators and torch's determinism as they were."""
    import torch
    from lightning.pytorch.utilities.seed import isolate_rng

    before = torch.are_deterministic_algorithms_enabled()
    warn_only = torch.is_deterministic_algorithms_warn_only_enabled()
    try:
        with isolate_rng():
            yield
    finally:
        torch.use_deterministic_algorithms(before, warn_only=warn_only)


@contextmanager
def _quiet() -> Iterator[None]:
    """Silence Lightning's banners, tips and advice: what matters is logged by the history."""
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
