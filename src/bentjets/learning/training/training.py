"""Train a run of a network in its folder, or find that it is done, or go on where it stopped."""

from __future__ import annotations

import logging
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from bentjets.errors import InputError
from bentjets.files import write_whole
from bentjets.learning.data.stack import ImageStack
from bentjets.learning.evaluation.novelty import MIN_TRAINING, fit_novelty, save_novelty
from bentjets.learning.networks import (
    Description,
    TrainedNetwork,
    build_network,
    save_network,
)
from bentjets.learning.networks.trained import WEIGHTS_FILE
from bentjets.learning.settings import SIMULATED
from bentjets.learning.training.record import (
    CHECKPOINT_FILE,
    HISTORY_FILE,
    Run,
    RunRecord,
    StoppedError,
    describe_machine,
    hash_file,
    hash_images,
    is_intact,
    list_files_of,
    list_versions,
    read_record,
    write_record,
)

if TYPE_CHECKING:
    from bentjets.learning.training.callbacks import Watch

logger = logging.getLogger(__name__)

_SMALLEST_SPREAD = 1e-3


def train_run(run: Run, images: ImageStack) -> RunRecord:
    """Train a run, unless it is done already.

    A finished run of the same settings, images, seed and versions is left as it is. One that was
    stopped goes on from the end of its last epoch, and ends with the same weights as if it had
    not been, on the same machine. Its folder holds ``run.json``, ``history.csv``, while it is
    trained ``last.ckpt``, and then ``model.safetensors`` and ``config.json``.

    Where ``training.devices`` is more than 1, it starts as many processes. Those of ``torchrun``,
    on one machine or several, all call it, and share the run instead, whatever ``devices`` is:
    the first writes the files, in a folder that all of them see, and all return its record when
    they are written. A batch has as many images as without them.

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
    from bentjets.learning.training.processes import agree, is_first, is_launched

    training, validation = images.find(run.plan.training), images.find(run.plan.validation)
    _check(run, training, validation)
    record = agree(lambda: _begin(run, training, validation))
    if record.state == "finished":
        return record
    if run.training.devices > 1 and not is_launched():
        record = _launch(run, record, training, validation)
    else:
        record = _train(run, record, training, validation)
    if is_first():
        _tell(run, record)
    return record


def _begin(run: Run, training: ImageStack, validation: ImageStack) -> RunRecord:
    """Read the record of a run that is done or begun, or clear its folder for a new one."""
    from bentjets.learning.training.callbacks import check_checkpoint

    record = _describe(run, training, validation)
    found = read_record(run.folder)
    if found is not None and found.is_of_same(record):
        if found.state == "finished" and is_intact(run.folder, found):
            return found
        # Both arithmetics in one run would be neither.
        record = record.model_copy(update={"precision": found.precision})
        check_checkpoint(run.folder / CHECKPOINT_FILE, run.name)
    else:
        # What a person put there stays.
        for path in list_files_of(run.folder):
            path.unlink(missing_ok=True)
    run.folder.mkdir(parents=True, exist_ok=True)
    return record


def _launch(run: Run, record: RunRecord, training: ImageStack, validation: ImageStack) -> RunRecord:
    from bentjets.learning.training.processes import launch

    try:
        return launch(run.training.devices, _train, run, record, training, validation)
    except StoppedError as error:
        raise StoppedError(f"{run.name}: {error}") from error


def _train(run: Run, record: RunRecord, training: ImageStack, validation: ImageStack) -> RunRecord:
    """Train to the end, and write down what came of it."""
    from bentjets.learning.training.fitting import fit
    from bentjets.learning.training.precision import choose_precision
    from bentjets.learning.training.processes import agree, count_processes

    started = time.monotonic()
    description = _describe_network(run, training)
    network = build_network(
        run.model,
        training.classes,
        entry=run.entry,
        seed=run.seed_of("weights") % 2**32,
        start=run.start,
    )
    devices, machines = count_processes()

    def prepare() -> RunRecord:
        precision = record.precision or choose_precision(run.training.precision)
        found = {"precision": precision, "processes": devices * machines}
        begun = record.model_copy(update=found)
        write_record(run.folder, begun)
        return begun

    begun = agree(prepare)
    watch, device = fit(run, network, training, validation, description, begun.precision)

    def finish() -> RunRecord:
        network.load_state_dict(watch.kept)
        trained = TrainedNetwork(network.cpu().eval(), description)
        temperature = _save(run.folder, trained, training, validation)
        history = _history(watch)
        write_whole(run.folder / HISTORY_FILE, history.to_csv(index=False))
        kept = history.loc[history["epoch"] == watch.kept_epoch].iloc[0]
        finished = begun.model_copy(
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
        return finished

    return agree(finish)


def _save(
    folder: Path, trained: TrainedNetwork, training: ImageStack, validation: ImageStack
) -> float:
    """Save a network with its temperature and what is like its training images."""
    from bentjets.learning.evaluation.calibration import fit_temperature
    from bentjets.learning.evaluation.predicting import extract_features, predict_logits

    temperature = fit_temperature(predict_logits(trained, validation), validation.labels)
    described = trained.description.model_copy(update={"temperature": temperature})
    save_network(folder, TrainedNetwork(trained.network, described))
    features = [extract_features(trained, images) for images in (training, validation)]
    save_novelty(folder, fit_novelty(*features))
    return temperature


def _describe_network(run: Run, training: ImageStack) -> Description:
    """Say how the images of the network are made: their scale is that of the training images."""
    mean, spread = training.measure_scale()
    made: dict[str, Any] = {"images": run.model.images, **run.facts}
    return Description(
        format=1,
        classes=training.classes,
        image_size=run.model.image_size,
        channels=run.model.channels,
        mean=mean,
        std=max(spread, _SMALLEST_SPREAD),
        symmetry=run.model.symmetry,
        views=run.model.views,
        entry=run.entry,
        run=run.plan.name,
        bentjets=list_versions()["bentjets"],
        **made,
    )


def _describe(run: Run, training: ImageStack, validation: ImageStack) -> RunRecord:
    import torch

    initial = run.start or Path(run.model.weights)
    return RunRecord(
        model=run.entry,
        protocol=run.plan.protocol,
        fold=run.plan.fold,
        seed=run.plan.seed,
        settings=run.model.model_dump(mode="json", by_alias=True, exclude={"training"}),
        # How the work is spread is not what is trained, and steps are epochs by now.
        training=run.training.model_dump(mode="json", exclude={"devices", "steps"}),
        facts=run.facts,
        initial_sha256=hash_file(initial) if initial.is_file() else "",
        pretraining=run.start.parent.name if run.start else "",
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
    from bentjets.learning.training.callbacks.watch import HISTORY_COLUMNS

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
    if run.model.weights == SIMULATED and run.start is None:
        raise InputError(
            f"{run.name}: models.{run.entry}.weights is {SIMULATED}, and the pretrained network is "
            "not named: give its file as start of the run"
        )
    for what, images, fewest in (
        ("training", training, MIN_TRAINING),
        ("validation", validation, 1),
    ):
        if len(images) < fewest:
            raise InputError(
                f"{run.name}: there are {len(images)} {what} images, {fewest} are needed: accept "
                "more sources, or lower curation.n_batches or modelling.folds"
            )
