"""Which source is in which batch."""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bentjets.errors import InputError
from bentjets.learning.data.batches import TEST_BATCH, name_batch

MIN_BATCHES = 2

_STREAM = zlib.crc32(b"splits")
_ATTEMPTS = 20
_PUBLISHED = re.compile(r"(?:data_batch_)?(\d+)(?:\.0*)?")


def assign_batches(labels: Sequence[str], n_batches: int) -> NDArray[np.int64]:
    """Spread sources over batches in the order of the catalogue, as the paper did.

    The folds of scikit-learn's ``StratifiedKFold``, not shuffled: 385 WAT and 254 NAT, a WAT
    first, give the batches of Table 1 of Hossain et al. (2025). The last batch is the test batch,
    and has the last strip of the sky where the catalogue is sorted by right ascension.

    Parameters
    ----------
    labels : sequence of str
        Class of each source.
    n_batches : int
        Number of batches.

    Returns
    -------
    ndarray of int64, shape (len(labels),)
        Batch of each source, 0 to `n_batches` - 1.

    Raises
    ------
    InputError
        If there are fewer than two batches, or a class has fewer sources than batches.
    """
    from sklearn.model_selection import StratifiedKFold

    _check_numbers(labels, n_batches)
    batches = np.empty(len(labels), dtype=np.int64)
    folds = StratifiedKFold(n_batches).split(np.zeros(len(labels)), np.asarray(labels))
    for batch, (_, members) in enumerate(folds):
        batches[members] = batch
    return batches


def assign_shuffled(
    sources: pd.DataFrame, n_batches: int, *, classes: Sequence[str], seed: int
) -> NDArray[np.int64]:
    """Spread sources over batches at random, each class evenly, and part no group.

    The numbers of each class in each batch are those of scikit-learn's ``StratifiedKFold`` for a
    table that has the first of `classes` in its first row: Table 1 of Hossain et al. (2025) for
    385 WAT and 254 NAT. Groups are dealt first, the largest first; single sources fill the
    batches up. Where groups are too large for those numbers, the nearest of several draws is
    taken, and a group that fits nowhere stays out of the test batch. The order of the rows does
    not matter.

    Parameters
    ----------
    sources : DataFrame
        ``source_id`` (unique), ``morphology``, ``group`` (sources of one stay together).
    n_batches : int
        Number of batches.
    classes : sequence of str
        The classes, in the order in which they were declared.
    seed : int
        Seed of the draw, which has a stream of its own.

    Returns
    -------
    ndarray of int64, shape (len(sources),)
        Batch of each source, 0 to `n_batches` - 1; the last is the test batch.

    Raises
    ------
    InputError
        If there are fewer than two batches, or a class has fewer sources than batches.
    """
    _check_numbers(sources["morphology"].to_list(), n_batches)
    order = np.argsort(sources["source_id"].to_numpy(dtype=str), kind="stable")
    labels = pd.Categorical(sources["morphology"].iloc[order], categories=list(classes)).codes
    groups = pd.factorize(sources["group"].to_numpy()[order])[0]
    sizes = np.zeros((groups.max() + 1, len(classes)), dtype=np.int64)
    np.add.at(sizes, (groups, labels), 1)
    dealt = np.sort(labels)
    wanted = np.stack(
        [np.bincount(dealt[batch::n_batches], minlength=len(classes)) for batch in range(n_batches)]
    )
    random = np.random.default_rng([seed, _STREAM])
    together = np.flatnonzero(sizes.sum(axis=1) > 1)
    batch_of_group, room = _place_groups(sizes[together], wanted, random)
    placed = np.full(len(sizes), -1, dtype=np.int64)
    placed[together] = batch_of_group
    batches = placed[groups]
    for label in range(len(classes)):
        single = np.flatnonzero((batches == -1) & (labels == label))
        free = _share_out(len(single), room[:, label])
        batches[random.permutation(single)] = np.repeat(np.arange(n_batches), free)
    found = np.empty_like(batches)
    found[order] = batches
    return found


def read_assignment(given: pd.Series, n_batches: int, column: str) -> NDArray[np.int64]:
    """Read the batches that somebody published beside the sources of a catalogue.

    Parameters
    ----------
    given : Series
        Number of the batch of each source, or its name (``data_batch_0``, ``test_batch``); the
        index has the sources.
    n_batches : int
        Number of batches; the last is the test batch.
    column : str
        What the column is called, for errors.

    Returns
    -------
    ndarray of int64, shape (len(given),)
        Batch of each source, 0 to `n_batches` - 1.

    Raises
    ------
    InputError
        If a source has no batch or one that is not known, or a batch has no source.
    """
    found = given.map(lambda value: _read_batch_number(value, n_batches))
    without = given.isna() | (given == "")
    for wrong, what in ((without, "no batch"), (found.isna(), "a batch that is not known")):
        if count := int(wrong.sum()):
            value = "" if what == "no batch" else f", {given[wrong].iloc[0]!r}"
            others = f" ({count} such sources)" * (count > 1)
            raise InputError(
                f"{given.index[wrong][0]} is accepted and has {what} in the column {column} of the "
                f"catalogue{value}{others}: give one from 0 to {n_batches - 1}, or "
                f"{name_batch(0, n_batches)} to {TEST_BATCH}, or set curation.splits.column to null"
            )
    batches = found.to_numpy(dtype=np.int64)
    if empty := sorted({*range(n_batches)} - {*batches.tolist()}):
        raise InputError(
            f"no accepted source has the batch {empty[0]} in the column {column} of the "
            f"catalogue: set curation.n_batches, now {n_batches}, to the number of batches there"
        )
    return batches


def _check_numbers(labels: Sequence[str], n_batches: int) -> None:
    if n_batches < MIN_BATCHES:
        raise InputError(f"curation.n_batches is {n_batches}: give at least {MIN_BATCHES}")
    if len(labels) == 0:
        raise InputError("no source is accepted: quality.csv and decisions.csv say why")
    name, count = min(pd.Series(labels).value_counts().items(), key=lambda item: item[1])
    if count < n_batches:
        lower = f"lower it to {count}" if count >= MIN_BATCHES else "leave the class out of classes"
        raise InputError(
            f"class {name} has {count} accepted source{'s' * (count > 1)}, fewer than the "
            f"{n_batches} batches of curation.n_batches: accept more of that class (decisions.csv "
            f"says why the others are not), or {lower}"
        )


def _place_groups(
    sizes: NDArray[np.int64], wanted: NDArray[np.int64], random: np.random.Generator
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Put groups in batches; give the batch of each, and the room that is left, by class."""
    best, least = (np.empty(0, dtype=np.int64), wanted), np.inf
    for _ in range(_ATTEMPTS):
        batches, room = _draw_places(sizes, wanted, random)
        excess = np.maximum(-room, 0).sum()
        if excess < least:
            best, least = (batches, room), excess
        if excess == 0:
            break
    return best


def _draw_places(
    sizes: NDArray[np.int64], wanted: NDArray[np.int64], random: np.random.Generator
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    room, batches = wanted.copy(), np.empty(len(sizes), dtype=np.int64)
    drawn = random.permutation(len(sizes))
    for group in drawn[np.argsort(-sizes[drawn].sum(axis=1), kind="stable")]:
        lacking = np.maximum(sizes[group] - room, 0).sum(axis=1)
        if lacking.min() > 0:
            lacking = lacking[:-1]
        batch = random.choice(np.flatnonzero(lacking == lacking.min()))
        batches[group] = batch
        room[batch] -= sizes[group]
    return batches, room


def _share_out(count: int, room: NDArray[np.int64]) -> NDArray[np.int64]:
    """Say how many of `count` sources go where there is room; what lacks, lacks evenly."""
    given = np.maximum(room, 0)
    while given.sum() > count:
        short = np.where(given > 0, room - given, np.iinfo(np.int64).max)
        given[short.argmin()] -= 1
    return given


def _read_batch_number(value: Any, n_batches: int) -> float:
    text = str(value).strip()
    if text == TEST_BATCH:
        return n_batches - 1
    match = _PUBLISHED.fullmatch(text)
    return int(match[1]) if match and int(match[1]) < n_batches else np.nan
