"""Train a run of a network in its folder, or find that it is done, or go on where it stopped."""

from __future__ import annotations

import logging
import shutil
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from bentjets.errors import InputError
from bentjets.learning.data.stack import ImageStack
from bentjets.learning.evaluation.novelty import MIN_TRAINING, fit_novelty, save_novelty
from bentjets.learning.networks import (
    Description,
    TrainedNetwork,
    build_network,
    save_network,
)
from bentjets.learning.networks.trained import WEIGHTS_FILE
from bentjets.learning.settings import TrainingSettings
from bentjets.learning.training.record import (
    CHECKPOINT_FILE,
    HISTORY_FILE,
    RunRecord,
    describe_machine,
    hash_file,
    hash_images,
    is_intact,
    list_versions,
    read_record,
    write_record,
    write_whole,
)
from bentjets.learning.training.run import Run, StoppedError

if TYPE_CHECKING:
    from bentjets.learning.training.watch import Watch

logger = logging.getLogger(__name__)

LIGHTNING_LOGGERS = ("lightning.pytorch", "lightning.fabric", "lightning.pytorch.utilities")
_SMALLEST_SPREAD = 1e-3


def train_run(run: Run, images: ImageStack) -> RunRecord:
    """Train a run, unless it is done already.

    A finished run of the same settings, images, seed and versions is left as it is. One that was
    stopped goes on from the end of its last epoch, and ends with the same weights as if it had
    not been, on the same machine. Its folder holds ``run.json``, ``history.csv``, while it is
    trained ``last.ckpt``, and then ``model.safetensors`` and ``config.json``.

    Parameters
    ----------
    run : Run
        What to train.
    images : ImageStack
        Images of its sources, and maybe of others. Those of its test are not looked at.

    Returns
    -------
    RunRecord
        What stands in ``run.json``.

    Raises
    ------
    InputError
        If a part of the plan is empty, the settings cannot be, or the loss diverges.
    StoppedError
        If the process was told to stop (SIGTERM).
    """
    training, validation = images.find(run.plan.training), images.find(run.plan.validation)
    _check(run, training, validation)
    record = _describe(run, training, validation)
    found = read_record(run.folder)
    if found is not None and found.is_of_same(record):
        if found.state == "finished" and is_intact(run.folder, found):
            return found
        # Both arithmetics in one run would be neither.
        record = record.model_copy(update={"precision": found.precision})
    else:
        shutil.rmtree(run.folder, ignore_errors=True)
    run.folder.mkdir(parents=True, exist_ok=True)
    return _finish(run, record, training, validation)


def _finish(run: Run, record: RunRecord, training: ImageStack, validation: ImageStack) -> RunRecord:
    """Train to the end, and write down what came of it."""
    from bentjets.learning.evaluation.calibration import fit_temperature
    from bentjets.learning.evaluation.predicting import extract_features, predict_logits
    from bentjets.learning.training.precision import choose_precision

    started = time.monotonic()
    description = _describe_network(run, training)
    network = build_network(
        run.model, training.classes, entry=run.entry, seed=run.seed_of("weights") % 2**32
    )
    if not record.precision:
        precision = choose_precision(
            run.training.precision, network, run.model, run.training.batch_size
        )
        record = record.model_copy(update={"precision": precision})
    write_record(run.folder, record)
    watch, device = _fit(run, network, training, validation, description, record.precision)
    network.load_state_dict(watch.kept)
    network = network.cpu().eval()
    trained = TrainedNetwork(network, description)
    temperature = fit_temperature(predict_logits(trained, validation), validation.labels)
    described = description.model_copy(update={"temperature": temperature})
    save_network(run.folder, TrainedNetwork(network, described))
    features = [extract_features(trained, images) for images in (training, validation)]
    save_novelty(run.folder, fit_novelty(*features))
    history = _history(watch)
    write_whole(run.folder / HISTORY_FILE, history.to_csv(index=False))
    kept = history.loc[history["epoch"] == watch.kept_epoch].iloc[0]
    finished = record.model_copy(
        update={
            "state": "finished",
            "epochs": len(history),
            "kept_epoch": watch.kept_epoch,
            "val_loss": float(kept["val_loss"]),
            "val_accuracy": float(kept["val_accuracy"]),
            "temperature": temperature,
            "seconds": round(time.monotonic() - started, 1),
            "device": device,
            "weights_sha256": hash_file(run.folder / WEIGHTS_FILE),
        }
    )
    write_record(run.folder, finished)
    (run.folder / CHECKPOINT_FILE).unlink(missing_ok=True)
    _tell(run, finished)
    return finished


def _fit(
    run: Run,
    network: Any,
    training: ImageStack,
    validation: ImageStack,
    description: Description,
    precision: Any,
) -> tuple[Watch, str]:
    """Fit the network, from its last checkpoint if there is one."""
    import torch
    from lightning.pytorch import Trainer
    from lightning.pytorch.utilities.exceptions import SIGTERMException

    from bentjets.learning.data.data_module import ImageDataModule
    from bentjets.learning.training.classifier import Classifier
    from bentjets.learning.training.progress import EpochBar
    from bentjets.learning.training.watch import EpochCheckpoint, Watch

    settings = run.training
    scale: dict[str, Any] = {
        "channels": description.channels, "mean": description.mean, "std": description.std,
    }  # fmt: skip
    seed_of_epoch: Callable[[int, str], int] = partial(_seed_of_epoch, run)
    watch = Watch(training, validation, settings, **scale, seed_of_epoch=seed_of_epoch)
    module = Classifier(
        network,
        run.model,
        settings,
        entry=run.entry,
        class_weights=_class_weights(training) if settings.class_weights else None,
    )
    data = ImageDataModule(training, settings, **scale, seed_of_epoch=seed_of_epoch)
    checkpoint = run.folder / CHECKPOINT_FILE
    _check_checkpoint(run, checkpoint)
    with _quiet(), _own_randomness():
        torch.manual_seed(run.seed_of("fit"))
        trainer = Trainer(
            accelerator="auto",
            devices=settings.devices,
            num_nodes=settings.nodes,
            strategy=_strategy(settings),
            precision=precision,
            max_epochs=settings.epochs,
            accumulate_grad_batches=settings.accumulate,
            callbacks=[watch, EpochCheckpoint(checkpoint), EpochBar(run.name, watch)],
            deterministic="warn",
            logger=False,
            enable_checkpointing=False,
            enable_progress_bar=False,
            enable_model_summary=False,
            use_distributed_sampler=False,
            limit_val_batches=0,
        )
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
    if not watch.kept:
        raise InputError(
            f"{run.name}: the validation loss is not a number: lower the learning rate (lr) of "
            f"models.{run.entry}.optimizer"
        )
    return watch, str(trainer.strategy.root_device)


def _strategy(settings: TrainingSettings) -> str:
    return "auto" if settings.devices * settings.nodes == 1 else "ddp"


def _seed_of_epoch(run: Run, epoch: int, what: str) -> int:
    return run.seed_of("epoch", epoch, what)


def _check_checkpoint(run: Run, path: Path) -> None:
    """Refuse a damaged checkpoint, of which torch's word would be a page of a traceback."""
    import torch

    if not path.is_file():
        return
    try:
        torch.load(path, map_location="cpu", weights_only=True, mmap=True)
    # Damaged files make torch and pickle raise what they like.
    except Exception as error:
        raise InputError(
            f"{path} is damaged ({type(error).__name__}): remove it, and {run.name} will be "
            "trained from its first epoch"
        ) from error


def _class_weights(images: ImageStack) -> Any:
    import torch

    counts = np.bincount(images.labels, minlength=len(images.classes))
    weights = len(images) / (len(counts) * np.maximum(counts, 1))
    return torch.tensor(weights, dtype=torch.float32)


def _describe_network(run: Run, training: ImageStack) -> Description:
    """Say how the images of the network are made: their scale is that of the training images."""
    mean, spread = float(training.images.mean()), float(training.images.std())
    return Description(
        format=1,
        classes=training.classes,
        images=run.model.images,
        image_size=run.model.image_size,
        channels=run.model.channels,
        mean=mean,
        std=max(spread, _SMALLEST_SPREAD),
        symmetry=run.model.symmetry,
        views=run.model.views,
        entry=run.entry,
        run=run.plan.name,
        bentjets=list_versions()["bentjets"],
        **run.facts,
    )


def _describe(run: Run, training: ImageStack, validation: ImageStack) -> RunRecord:
    import torch

    initial = Path(run.model.weights)
    return RunRecord(
        model=run.entry,
        protocol=run.plan.protocol,
        fold=run.plan.fold,
        seed=run.plan.seed,
        settings=run.model.model_dump(mode="json", by_alias=True, exclude={"training"}),
        training=run.training.model_dump(mode="json"),
        facts=run.facts,
        initial_sha256=hash_file(initial) if initial.is_file() else "",
        classes=list(training.classes),
        n_training=len(training),
        n_validation=len(validation),
        training_sha256=hash_images(training),
        validation_sha256=hash_images(validation),
        versions=list_versions(),
        machine=describe_machine(),
        threads=torch.get_num_threads(),
    )


def _history(watch: Watch) -> pd.DataFrame:
    from bentjets.learning.training.watch import HISTORY_COLUMNS

    history = pd.DataFrame(watch.rows, columns=list(HISTORY_COLUMNS))
    return history.astype({"epoch": int})


def _tell(run: Run, record: RunRecord) -> None:
    early = ""
    if record.epochs < run.training.epochs:
        early = f" of {run.training.epochs}, as the validation loss did not fall any more"
    logger.info(
        "%s: %d epochs%s; epoch %d is kept: validation loss %.3f, accuracy %.3f; %.0f s",
        *(run.name, record.epochs, early, record.kept_epoch),
        *(record.val_loss, record.val_accuracy, record.seconds),
    )


def _check(run: Run, training: ImageStack, validation: ImageStack) -> None:
    for what, images, fewest in (
        ("training", training, MIN_TRAINING),
        ("validation", validation, 1),
    ):
        if len(images) < fewest:
            raise InputError(
                f"{run.name}: there are {len(images)} {what} images, {fewest} are needed: accept "
                "more sources, or lower curation.n_batches or modelling.folds"
            )


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
