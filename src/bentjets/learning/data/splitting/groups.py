"""Sources that are not independent: pairs of them, groups, and pairs that a split parts."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bentjets.errors import InputError
from bentjets.learning.data.batches import name_batch

RELATED_COLUMNS = ["kind", "source_id", "other_id", "detail"]
LEAK_COLUMNS = ["kind", "source_id", "other_id", "batch", "other_batch", "detail"]
SAME_NAME = "same name"
SAME_GROUP = "same group"

logger = logging.getLogger(__name__)


def link_equal(source_ids: Sequence[str], values: Sequence[Any], kind: str) -> pd.DataFrame:
    """Pair the sources that have the same value.

    Parameters
    ----------
    source_ids : sequence of str
        The sources.
    values : sequence
        A value for each; a missing or empty one is that of no other.
    kind : str
        What the pairs have in common.

    Returns
    -------
    DataFrame
        ``kind``, ``source_id``, ``other_id``, ``detail`` (the value): each source but the first
        of a value, with that first one; so n sources make n - 1 pairs.
    """
    table = pd.DataFrame(
        {"other_id": pd.Series(source_ids, dtype=str), "value": pd.Series(values, dtype=object)}
    )
    table = table[table["value"].notna() & (table["value"] != "")]
    table["source_id"] = table.groupby("value")["other_id"].transform("first")
    later = table[table["value"].duplicated()]
    return later.assign(kind=kind, detail=later["value"].astype(str))[RELATED_COLUMNS].reset_index(
        drop=True
    )


def find_groups(source_ids: Sequence[str], related: pd.DataFrame) -> NDArray[np.int64]:
    """Group the sources that are related, be it by way of others.

    Parameters
    ----------
    source_ids : sequence of str
        The sources.
    related : DataFrame
        Pairs of them: ``source_id``, ``other_id``.

    Returns
    -------
    ndarray of int64, shape (len(source_ids),)
        The connected component of each source, numbered from 0 as they come.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    row_of = {source_id: row for row, source_id in enumerate(source_ids)}
    ends = [related[column].map(row_of).to_numpy(np.int64) for column in ("source_id", "other_id")]
    graph = coo_array((np.ones(len(related)), ends), shape=(len(row_of), len(row_of)))
    _, component = connected_components(graph, directed=False)
    return pd.factorize(component)[0].astype(np.int64)


def find_leaks(splits: pd.DataFrame, related: pd.DataFrame) -> pd.DataFrame:
    """Find the related sources that stand in different batches.

    Parameters
    ----------
    splits : DataFrame
        ``source_id`` and ``batch`` of each source.
    related : DataFrame
        Pairs of them: ``kind``, ``source_id``, ``other_id``, ``detail``.

    Returns
    -------
    DataFrame
        ``kind``, ``source_id``, ``other_id``, ``batch``, ``other_batch``, ``detail``; the other
        source is in the later batch. Those between training and test come first.
    """
    batch_of = splits.set_index("source_id")["batch"]
    ids = related["source_id"].to_numpy(), related["other_id"].to_numpy()
    batches = [related[name].map(batch_of).to_numpy(np.int64) for name in ("source_id", "other_id")]
    forward = batches[0] <= batches[1]
    leaks = pd.DataFrame(
        {
            "kind": related["kind"].to_numpy(),
            "source_id": np.where(forward, *ids),
            "other_id": np.where(forward, *ids[::-1]),
            "batch": np.minimum(*batches),
            "other_batch": np.maximum(*batches),
            "detail": related["detail"].to_numpy(),
        }
    )
    leaks["among_training"] = leaks["other_batch"] != splits["batch"].max()
    leaks = leaks[leaks["batch"] != leaks["other_batch"]]
    order = ["among_training", "kind", "source_id", "other_id"]
    return leaks.sort_values(order, kind="stable")[LEAK_COLUMNS].reset_index(drop=True)


def judge_leaks(leaks: pd.DataFrame, n_batches: int, *, fail_on_leak: bool) -> None:
    """Warn of related sources in different batches, or end the run.

    Parameters
    ----------
    leaks : DataFrame
        As `find_leaks` gives them.
    n_batches : int
        How many batches there are, the last of which is the test batch.
    fail_on_leak : bool
        Whether a pair in training and test ends the run.

    Raises
    ------
    InputError
        If it does, and there is one: names the first pair.
    """
    if leaks.empty:
        return
    tested = leaks[leaks["other_batch"] == n_batches - 1]
    if fail_on_leak and len(tested):
        first = tested.iloc[0]
        others = f" (and {len(tested) - 1} more such pairs: see leaks.csv)" * (len(tested) > 1)
        raise InputError(
            f"{first['source_id']} in {name_batch(int(first['batch']), n_batches)} and "
            f"{first['other_id']} in the test batch are not independent: {first['kind']}, "
            f"{first['detail']}{others}; let curation.splits.order be shuffled, mend the batches "
            "that were given, or set curation.splits.fail_on_leak to false"
        )
    logger.warning(
        "%d pairs of sources that are not independent stand in different batches, %d of them in "
        "training and test: see leaks.csv",
        *(len(leaks), len(tested)),
    )
