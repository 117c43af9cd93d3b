"""Whether one model is better than another, or only luckier."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from bentjets.learning.evaluation.predictions import predicted_class

_COLUMNS = [
    "protocol", "better", "worse", "n", "only_better_right", "only_worse_right", "p_value",
    "p_corrected",
]  # fmt: skip


def compare_pairs(predictions: pd.DataFrame, classes: Sequence[str]) -> pd.DataFrame:
    """Compare every two models on the images that both predicted, by the exact McNemar test.

    Under the hypothesis that both err equally often, an image on which only one of them is right
    is as likely to be the one's as the other's: a binomial test with probability one half
    (McNemar 1947, Psychometrika 12, 153).

    Parameters
    ----------
    predictions : DataFrame
        The tidy table; of two models the first seed that both have is compared.
    classes : sequence of str
        Names of the classes.

    Returns
    -------
    DataFrame
        Columns ``protocol``; ``better`` and ``worse``, models; ``n``, images; of them
        ``only_better_right`` and ``only_worse_right``; ``p_value``; and ``p_corrected``, for as
        many pairs as the protocol has (Holm 1979, Scand. J. Stat. 6, 65). No rows without two
        models.
    """
    table = predictions[["model", "protocol", "seed", "source_id"]].copy()
    table["right"] = predicted_class(predictions, classes) == predictions["label"].to_numpy()
    parts = []
    for protocol, rows in table.groupby("protocol", sort=False):
        pairs = combinations(rows["model"].unique(), 2)
        found = [_compare(rows, one, other) for one, other in pairs]
        part = pd.DataFrame([row for row in found if row], columns=_COLUMNS)
        part["protocol"] = protocol
        part["p_corrected"] = correct_holm(part["p_value"])
        parts.append(part)
    filled = [part for part in parts if len(part)]
    return pd.concat(filled, ignore_index=True) if filled else pd.DataFrame(columns=_COLUMNS)


def correct_holm(p_values: ArrayLike) -> NDArray[np.float64]:
    """Correct p values for their number (Holm 1979, Scand. J. Stat. 6, 65).

    The i-th smallest of m, counted from 0, is multiplied by m - i; none falls below a smaller
    one's, and none exceeds 1.

    Parameters
    ----------
    p_values : array_like, shape (m,)
        Each of one test.

    Returns
    -------
    ndarray of float64, shape (m,)
        In the same order.
    """
    values = np.asarray(p_values, dtype=np.float64)
    order = np.argsort(values, kind="stable")
    corrected = np.empty_like(values)
    raised = values[order] * np.arange(len(values), 0, -1)
    corrected[order] = np.minimum(np.maximum.accumulate(raised), 1.0)
    return corrected


def _compare(rows: pd.DataFrame, one: str, other: str) -> dict[str, object] | None:
    """Compare two models; nothing where no image was predicted by both with one seed."""
    from scipy.stats import binomtest

    first, second = (rows[rows["model"] == model] for model in (one, other))
    common = first.merge(second, on=["seed", "source_id"], suffixes=("_one", "_other"))
    if common.empty:
        return None
    common = common[common["seed"] == common["seed"].iloc[0]]
    right_one, right_other = (common[f"right_{name}"].to_numpy() for name in ("one", "other"))
    ranked = [(int((right_one & ~right_other).sum()), one)]
    ranked.append((int((right_other & ~right_one).sum()), other))
    (fewer, worse), (more, better) = sorted(ranked, key=lambda pair: pair[0])
    return {
        "better": better,
        "worse": worse,
        "n": len(common),
        "only_better_right": more,
        "only_worse_right": fewer,
        "p_value": float(binomtest(fewer, fewer + more).pvalue) if more else 1.0,
    }
