"""Which images a network learns from, which choose its epoch, and which test it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bentjets.errors import InputError
from bentjets.learning.settings import Protocol

PROTOCOLS = {
    "single": "one test batch, read once, at the end",
    "cross_validation": "every image predicted by a network that never saw it",
    "paper": "the epoch chosen on the test batch, as in the published example",
    "published": "the test part of the published split, read once, at the end",
}
"""What each protocol does, in the words of tables and of the report."""

_MIN_FOLDS = 2


@dataclass(frozen=True)
class RunPlan:
    """The sources of a run of a network.

    Parameters
    ----------
    protocol, fold, seed
        What tells the runs of a model apart; folds count from 0.
    training, validation, test
        Sources to learn from, to choose the epoch and the temperature by, and to predict. Only in
        the protocol `paper` do the last two have sources in common.
    """

    protocol: Protocol
    fold: int
    seed: int
    training: tuple[str, ...]
    validation: tuple[str, ...]
    test: tuple[str, ...]

    @property
    def name(self) -> str:
        """The name of the run's folder."""
        return f"{self.protocol}-{self.fold}-{self.seed}"


def fold_of_batch(
    batch: Sequence[int] | NDArray[np.int64], n_batches: int, folds: int
) -> NDArray[np.int64]:
    """Give the fold of each batch: neighbouring batches make a fold.

    Parameters
    ----------
    batch : sequence of int
        Batches, 0 to `n_batches` - 1.
    n_batches : int
        How many there are.
    folds : int
        How many folds to make of them.

    Returns
    -------
    ndarray of int64
        Folds, 0 to `folds` - 1.

    Raises
    ------
    InputError
        If there are fewer batches than folds, or fewer than two folds.
    """
    if not _MIN_FOLDS <= folds <= n_batches:
        raise InputError(
            f"modelling.folds is {folds}, and there are {n_batches} batches: give 2 to {n_batches}"
        )
    return np.asarray(batch, dtype=np.int64) * folds // n_batches


def plan_runs(
    splits: pd.DataFrame,
    *,
    protocol: Protocol,
    folds: int,
    seeds: Sequence[int],
    validation_batch: int,
) -> list[RunPlan]:
    """Plan the runs of a model.

    Parameters
    ----------
    splits : DataFrame
        One row per source: ``source_id``, ``batch`` (int; the last is the test batch).
    protocol : str
        `single`: the validation batch out of the training batches, and the test batch.
        `cross_validation`: each fold is the test once, and the first batch of the fold after it
        the validation. `paper`: the test batch serves as validation too, which flatters.
        `published`: the parts of the column ``split``; without one for the validation,
        `validation_batch` or the last training batch.
    folds : int
        Number of folds of a cross-validation.
    seeds : sequence of int
        Seeds of the training; each gives runs of its own.
    validation_batch : int
        The validation batch of the protocol `single`.

    Returns
    -------
    list of RunPlan
        Seed by seed, fold by fold; sources in the order of `splits`.

    Raises
    ------
    InputError
        If there are too few batches for that, or the validation batch is no training batch.
    """
    batch = splits["batch"].to_numpy(dtype=np.int64)
    if len(batch) == 0:
        raise InputError("there are no splits: accept sources, and run the curation again")
    ids = splits["source_id"].to_numpy(dtype=object)
    if protocol == "published":
        validation_batch = _published_validation(splits, validation_batch)
    parts = list(_part(batch, protocol, folds, validation_batch))
    if not all(training for training, _, _ in parts):
        more = "curation.n_batches"
        more += " or modelling.folds" if protocol == "cross_validation" else ""
        raise InputError(
            f"protocol {protocol} leaves none of {batch.max() + 1} batches to learn from: raise "
            f"{more}"
        )
    return [
        RunPlan(
            protocol,
            fold,
            seed,
            *(tuple(map(str, ids[np.isin(batch, list(some))])) for some in part),
        )
        for seed in seeds
        for fold, part in enumerate(parts)
    ]


def _published_validation(splits: pd.DataFrame, wanted: int) -> int:
    """Give the batch that is the published validation part, or that serves as one."""
    published = splits.loc[splits["split"] == "validation", "batch"]
    return int(published.iloc[0] if len(published) else min(wanted, splits["batch"].max() - 1))


def _part(
    batch: NDArray[np.int64], protocol: Protocol, folds: int, validation_batch: int
) -> Iterator[tuple[set[int], set[int], set[int]]]:
    """Give the batches for training, validation and test of each fold."""
    n_batches = int(batch.max()) + 1
    every, test = set(range(n_batches)), n_batches - 1
    if protocol == "cross_validation":
        fold = fold_of_batch(range(n_batches), n_batches, folds)
        for number in range(folds):
            tested = {int(one) for one in np.flatnonzero(fold == number)}
            chooses = (max(tested) + 1) % n_batches
            yield every - tested - {chooses}, {chooses}, tested
        return
    if protocol == "paper":
        yield every - {test}, {test}, {test}
        return
    if not 0 <= validation_batch < test:
        raise InputError(
            f"modelling.validation_batch is {validation_batch}: choose one of the training "
            f"batches, 0 to {test - 1}"
        )
    yield every - {test, validation_batch}, {validation_batch}, {test}
