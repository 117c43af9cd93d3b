"""A baseline without a network: one threshold on the measured opening angle."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from bentjets.errors import InputError

_COLUMN = "opening_angle_deg"


@dataclass(frozen=True)
class AngleRule:
    """A threshold, and the class on each side of it.

    Parameters
    ----------
    threshold_deg : float
        Where the classes part.
    narrow, wide : str
        The classes below the threshold and from it on.
    unknown : str
        The class of a source without an angle.
    """

    threshold_deg: float
    narrow: str
    wide: str
    unknown: str

    def classify(self, angles_deg: ArrayLike) -> NDArray[np.object_]:
        """Name the class of each angle (deg, NaN where there is none)."""
        angles = np.asarray(angles_deg, dtype=np.float64)
        names = np.where(angles < self.threshold_deg, self.narrow, self.wide)
        return np.where(np.isfinite(angles), names, self.unknown).astype(object)


def learn_rule(angles_deg: ArrayLike, labels: Sequence[str], classes: Sequence[str]) -> AngleRule:
    """Choose the threshold that classifies most sources rightly, half-way between two angles.

    Parameters
    ----------
    angles_deg : array_like, shape (n,)
        Opening angles, deg, NaN where there is none.
    labels : sequence of str
        The class of each source.
    classes : sequence of str
        Names of the classes.

    Returns
    -------
    AngleRule
        Of equally good thresholds the lowest; infinite where no cut helps. Sources without an
        angle are in the majority class, and so are all where no training source has one.

    Raises
    ------
    InputError
        If there is no source to learn from.
    """
    if len(labels) == 0:
        raise InputError("no training sources to learn an opening angle from: accept more sources")
    is_class = np.asarray(labels)[:, None] == np.asarray(classes)
    majority = classes[is_class.sum(axis=0).argmax()]
    angles = np.asarray(angles_deg, dtype=np.float64)
    order = np.argsort(angles)[: np.isfinite(angles).sum()]
    if order.size == 0:
        return AngleRule(np.inf, majority, majority, majority)
    angles, below = np.append(angles[order], np.inf), is_class[order].cumsum(axis=0)
    above = below[-1] - below
    right = below.max(axis=1) + above.max(axis=1)
    # No cut can part equal angles.
    cuts = np.flatnonzero(np.diff(angles))
    cut = cuts[right[cuts].argmax()]
    return AngleRule(
        threshold_deg=float(angles[cut : cut + 2].mean()),
        narrow=classes[below[cut].argmax()],
        wide=classes[above[cut].argmax()],
        unknown=majority,
    )


def classify_by_angle(manifest: pd.DataFrame, classes: Sequence[str]) -> pd.DataFrame:
    """Learn the threshold on the training batches and classify the test batch with it.

    Parameters
    ----------
    manifest : DataFrame
        One row per source: ``source_id``, ``morphology``, ``split`` (train or test) and
        ``opening_angle_deg``.
    classes : sequence of str
        Names of the classes.

    Returns
    -------
    DataFrame
        One row per source of the test batch, in the order of the batch: ``source_id``, ``label``
        and ``predicted``.

    Raises
    ------
    InputError
        If the manifest has no opening angles, or no source to learn from.
    """
    if _COLUMN not in manifest:
        raise InputError(f"the manifest has no {_COLUMN}: run the curation pipeline again")
    test = manifest[manifest["split"] == "test"]
    train = manifest[manifest["split"] != "test"]
    rule = learn_rule(train[_COLUMN], list(train["morphology"]), classes)
    return pd.DataFrame(
        {
            "source_id": list(test["source_id"]),
            "label": list(test["morphology"]),
            "predicted": rule.classify(test[_COLUMN]),
        }
    )
