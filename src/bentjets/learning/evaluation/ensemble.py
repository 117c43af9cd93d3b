"""Trained runs that answer together: which ones, whether they fit, what they say (loads torch)."""

from __future__ import annotations

import glob
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bentjets.errors import InputError
from bentjets.learning.data.stack import ImageStack
from bentjets.learning.evaluation.classifying import classify
from bentjets.learning.evaluation.novelty import Novelty, load_novelty
from bentjets.learning.networks import (
    Description,
    TrainedNetwork,
    load_network,
    read_description,
)
from bentjets.learning.networks.trained import CONFIG_FILE
from bentjets.learning.training.record import RUN_FILE, read_record

logger = logging.getLogger(__name__)

# What is done to an image is done once, for all runs.
_SHARED = ("classes", "images", "image_size", "pixel_scale_arcsec", "side_px")


@dataclass(frozen=True)
class Answers:
    """What an ensemble says of some images, in their order.

    Parameters
    ----------
    probabilities : ndarray of float64, shape (n, classes)
        Mean over the runs.
    predicted : tuple of str
        The class that is named.
    unlike, p_value : ndarray of float64, shape (n,)
        Distance from the training images over its threshold, and the share of held-out images
        that are at least as far; means over the runs, NaN where none of them can tell.
    """

    probabilities: NDArray[np.float64]
    predicted: tuple[str, ...]
    unlike: NDArray[np.float64]
    p_value: NDArray[np.float64]


@dataclass(frozen=True)
class Ensemble:
    """One trained run, or several whose probabilities are averaged.

    Parameters
    ----------
    networks : tuple of TrainedNetwork
        The networks, which take the same images and know the same classes.
    novelties : tuple of Novelty or None
        For each of them, what tells images that are unlike those of its training.
    """

    networks: tuple[TrainedNetwork, ...]
    novelties: tuple[Novelty | None, ...]

    @classmethod
    def load(cls, folders: Sequence[Path]) -> Ensemble:
        """Load the runs of some folders, as `find_runs` lists them.

        Raises
        ------
        InputError
            If one cannot be loaded.
        """
        ensemble = cls(
            tuple(load_network(folder) for folder in folders),
            tuple(load_novelty(folder) for folder in folders),
        )
        if None in ensemble.novelties:
            folder = folders[ensemble.novelties.index(None)]
            logger.warning(
                "%s cannot tell images that are unlike those of its training: unlike is missing "
                "or rests on other runs; train it again",
                folder,
            )
        return ensemble

    @property
    def description(self) -> Description:
        """How the images are made: the same for all runs."""
        return self.networks[0].description

    def answer(self, images: ImageStack) -> Answers:
        """Classify images.

        Parameters
        ----------
        images : ImageStack
            Of the classes and the size of the networks.

        Returns
        -------
        Answers
            The class of the largest mean probability is named, the first of equals; of two
            classes with a threshold in every run, the second where its probability reaches the
            mean threshold.
        """
        said = [classify(network, images) for network in self.networks]
        probabilities = np.mean([probability for probability, _ in said], axis=0)
        unlike, p_value = [], []
        for (_, features), novelty in zip(said, self.novelties, strict=True):
            if novelty is not None:
                distance = novelty.distance(features)
                unlike.append(distance / novelty.threshold)
                p_value.append(novelty.p_value(distance))
        missing = np.full(len(images), np.nan)
        return Answers(
            probabilities,
            self._name(probabilities),
            np.mean(unlike, axis=0) if unlike else missing,
            np.mean(p_value, axis=0) if p_value else missing,
        )

    def _name(self, probabilities: NDArray[np.float64]) -> tuple[str, ...]:
        thresholds = [network.description.threshold for network in self.networks]
        given = [threshold for threshold in thresholds if threshold is not None]
        if len(given) == len(thresholds):
            chosen = (probabilities[:, 1] >= np.mean(given)).astype(np.int64)
        else:
            chosen = probabilities.argmax(axis=1)
        return tuple(self.description.classes[number] for number in chosen)


def find_runs(given: Sequence[str]) -> list[Path]:
    """Find the folders of trained runs.

    Parameters
    ----------
    given : sequence of str
        Folders of runs, folders of models (all their finished runs), or patterns of either.

    Returns
    -------
    list of Path
        Each folder once, in the order given, those of a pattern or a model by name.

    Raises
    ------
    InputError
        If a folder is missing, is no run, or its run is not finished, or a model has no run that
        is.
    """
    found: dict[Path, None] = {}
    for text in given:
        paths = sorted(glob.glob(str(Path(text).expanduser())))
        if not paths:
            raise InputError(
                f"{text} does not exist: give the folder of a trained run, such as "
                "data/06_models/<model>/<protocol>-<fold>-<seed>"
            )
        for path in map(Path, paths):
            found |= dict.fromkeys(_runs_in(path))
    return list(found)


def describe_runs(folders: Sequence[Path]) -> list[Description]:
    """Read the descriptions of runs that are to answer together.

    Parameters
    ----------
    folders : sequence of Path
        Folders of runs.

    Raises
    ------
    InputError
        If one is of another version, or two differ in their classes or in how images are made.
    """
    descriptions = [read_description(folder) for folder in folders]
    for folder, description in zip(folders, descriptions, strict=True):
        for name in _SHARED:
            ours, theirs = getattr(descriptions[0], name), getattr(description, name)
            if ours != theirs:
                raise InputError(
                    f"{folder} has {name} {_short(theirs)}, {folders[0]} has {_short(ours)}: they "
                    "cannot answer together; give runs of one model"
                )
    return descriptions


def _runs_in(path: Path) -> list[Path]:
    if (path / CONFIG_FILE).is_file() or (path / RUN_FILE).is_file():
        if not _is_finished(path):
            raise InputError(
                f"{path} is not finished: train it to its end with kedro run --pipeline modelling, "
                "or give another run"
            )
        return [path]
    inside = [child for child in sorted(path.glob("*")) if (child / RUN_FILE).is_file()]
    finished = [child for child in inside if _is_finished(child)]
    if not finished:
        raise InputError(
            f"{path} holds no finished run{' of ' * bool(inside)}{len(inside) or ''}: give the "
            "folder of a trained run, such as data/06_models/<model>/<protocol>-<fold>-<seed>"
        )
    if unfinished := len(inside) - len(finished):
        logger.warning("%s: %d runs are not finished, and left out", path, unfinished)
    return finished


def _is_finished(folder: Path) -> bool:
    """Tell whether a run was trained to its end; so is a network that was saved without a run."""
    if not (folder / RUN_FILE).is_file():
        return True
    record = read_record(folder)
    if record is None:
        raise InputError(f"{folder / RUN_FILE} is damaged: train the network again")
    return record.state == "finished"


def _short(value: Any) -> str:
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    return str(value)
