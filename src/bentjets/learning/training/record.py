"""A run to be trained, and ``run.json``: what it was made of, and how far it has come."""

from __future__ import annotations

import hashlib
import json
import platform
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict, Field

from bentjets.errors import BentjetsError, InputError
from bentjets.files import write_whole
from bentjets.learning.data.splitting.protocols import PROTOCOLS, RunPlan
from bentjets.learning.data.stack import ImageStack
from bentjets.learning.evaluation.novelty import NOVELTY_FILE
from bentjets.learning.networks.trained import CONFIG_FILE, WEIGHTS_FILE
from bentjets.learning.settings import ModelSettings, TrainingSettings
from bentjets.validation import validate

RUN_FILE = "run.json"
HISTORY_FILE = "history.csv"
CHECKPOINT_FILE = "last.ckpt"
FORMAT = 1
_FILES = (RUN_FILE, HISTORY_FILE, CHECKPOINT_FILE, WEIGHTS_FILE, CONFIG_FILE, NOVELTY_FILE)
_RUN_NAME = re.compile(rf"({'|'.join(PROTOCOLS)})-\d+-\d+")
_PACKAGES = ("bentjets", "torch", "timm", "lightning", "numpy")
_BITS = 63


class StoppedError(BentjetsError):
    """Training was asked to stop, and goes on when it is started again."""


@dataclass(frozen=True)
class Run:
    """A run to be trained: one model, protocol, fold and seed, in a folder of its own.

    Parameters
    ----------
    entry
        The model's name in the parameters.
    plan
        Which sources are for what.
    model, training
        The settings of the model, and how it is trained.
    folder
        The run's folder.
    facts
        What else the description of the network shall hold, such as ``pixel_scale_arcsec``.
    start
        The weights of a pretrained network, where those of the model are `simulated`.
    """

    entry: str
    plan: RunPlan
    model: ModelSettings
    training: TrainingSettings
    folder: Path
    facts: dict[str, Any] = field(default_factory=dict)
    start: Path | None = None

    @property
    def name(self) -> str:
        """The run's name in messages."""
        return f"{self.entry} {self.plan.name}"

    def seed_of(self, *names: object) -> int:
        """Give the seed of a stream of this run, which no other run has."""
        plan = self.plan
        return stream_seed(self.entry, plan.protocol, plan.fold, plan.seed, *names)


class RunRecord(BaseModel):
    """What a run of a network was made of, and how far it has come."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: Literal[1] = Field(default=1, description="version of this record")
    model: str = Field(description="the model's name in the parameters")
    protocol: str = Field(description="which images were for what")
    fold: int = Field(description="which part was the test")
    seed: int = Field(description="seed of the training")
    settings: dict[str, Any] = Field(description="the model's entry, its training apart")
    training: dict[str, Any] = Field(description="how it was trained")
    facts: dict[str, Any] = Field(default={}, description="what else the network's file tells")
    initial_sha256: str = Field(
        default="", description="of the local or pretrained weights that it started from, if any"
    )
    pretraining: str = Field(
        default="", description="folder of those that were trained on simulated sources"
    )
    classes: list[str] = Field(description="names of the outputs, in order")
    n_training: int = Field(description="images to learn from")
    n_validation: int = Field(description="images that chose the epoch and the temperature")
    training_sha256: str = Field(description="of those images and labels")
    validation_sha256: str = Field(description="of those images and labels")
    versions: dict[str, str] = Field(description="of Python and of the packages that trained it")
    machine: str = Field(default="", description="name of the processor's architecture and system")
    threads: int = Field(default=0, description="threads of torch")
    processes: int = Field(default=1, description="how many shared each batch")
    device: str = Field(default="", description="what it was trained on")
    precision: str = Field(default="", description="arithmetic")
    state: Literal["training", "finished"] = Field(default="training")
    epochs: int = Field(default=0, description="epochs that were trained")
    kept_epoch: int = Field(default=0, description="the epoch whose weights are kept, from 1")
    val_loss: float | None = Field(default=None, description="validation loss of that epoch")
    val_accuracy: float | None = Field(default=None, description="validation accuracy of it")
    temperature: float | None = Field(default=None, description="fitted on the validation images")
    seconds: float = Field(default=0.0, description="what training took, since it last began")
    weights_sha256: str = Field(default="", description="of model.safetensors")

    def is_of_same(self, other: RunRecord) -> bool:
        """Tell whether the same would be trained: settings, data, seed and versions agree."""
        made_of = (
            "model", "protocol", "fold", "seed", "settings", "training", "facts",
            "initial_sha256", "classes", "training_sha256", "validation_sha256", "versions",
        )  # fmt: skip
        return all(getattr(self, name) == getattr(other, name) for name in made_of)

    def summary(self) -> dict[str, Any]:
        """Give what a table of runs tells: nothing that another run of the same would change."""
        names = (
            "protocol", "fold", "seed", "state", "epochs", "kept_epoch", "val_loss",
            "val_accuracy", "temperature", "n_training", "n_validation", "device", "precision",
            "weights_sha256",
        )  # fmt: skip
        return {name: getattr(self, name) for name in names}


def stream_seed(*names: object) -> int:
    """Give the seed of the stream with these names: the same on every machine.

    Parameters
    ----------
    *names
        What tells the stream apart, such as the model, the seed and the epoch.

    Returns
    -------
    int
        0 to 2**63 - 1.
    """
    digest = hashlib.sha256("/".join(map(str, names)).encode()).digest()
    return int.from_bytes(digest[:8], "little") >> (64 - _BITS)


def hash_images(images: ImageStack) -> str:
    """Give the sha256 of images, their labels, shares and sources, in their order."""
    digest = hashlib.sha256(repr((images.images.shape, images.source_ids, images.classes)).encode())
    for part in images.parts():
        digest.update(np.ascontiguousarray(part).data)
    digest.update(np.ascontiguousarray(images.labels).data)
    if images.shares is not None:
        digest.update(np.ascontiguousarray(images.shares).data)
    return digest.hexdigest()


def hash_file(path: Path) -> str:
    """Give the sha256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def list_versions() -> dict[str, str]:
    """List the versions of Python and of the packages that train."""
    return {
        "python": platform.python_version(),
        **{name: version(name) for name in _PACKAGES},
    }


def describe_machine() -> str:
    """Name the processor's architecture and the system."""
    return f"{platform.machine()} {platform.system()}"


def read_record(folder: Path) -> RunRecord | None:
    """Read the record of a run; None where there is none, or none that can be read.

    Raises
    ------
    InputError
        If another version of bentjets wrote it.
    """
    path = folder / RUN_FILE
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return None
    if not isinstance(found, dict):
        return None
    if found.get("format") != FORMAT:
        raise InputError(
            f"{path} is of version {found.get('format')!r}, this bentjets reads {FORMAT}: move the "
            "folder away, and the run will be trained again"
        )
    try:
        return validate(RunRecord, found)
    except InputError:
        return None


def write_record(folder: Path, record: RunRecord) -> None:
    """Write the record of a run, whole or not at all."""
    text = json.dumps(record.model_dump(mode="json"), indent=2) + "\n"
    write_whole(folder / RUN_FILE, text)


def is_intact(folder: Path, record: RunRecord) -> bool:
    """Tell whether the files of a finished run are there, and its weights are those it left."""
    weights = folder / WEIGHTS_FILE
    return (
        (folder / HISTORY_FILE).is_file()
        and (folder / CONFIG_FILE).is_file()
        and weights.is_file()
        and hash_file(weights) == record.weights_sha256
    )


def read_history(folder: Path) -> pd.DataFrame:
    """Read ``history.csv`` of a run: a row per epoch.

    Returns
    -------
    DataFrame
        ``epoch`` (from 1), ``train_loss``, ``train_accuracy``, ``val_loss`` and ``val_accuracy``
        (missing where an epoch was not validated), ``learning_rate``.
    """
    return pd.read_csv(folder / HISTORY_FILE)


def list_run_files(folder: Path) -> Iterator[Path]:
    """Name the files that runs of a model may have written below its folder."""
    for run in folder.glob("*-*-*"):
        if _RUN_NAME.fullmatch(run.name):
            yield from list_files_of(run)


def list_files_of(run: Path) -> Iterator[Path]:
    """Name the files that a run may have written in its folder, unfinished ones among them."""
    for name in _FILES:
        yield run / name
        yield from run.glob(f".{name}.*part")
