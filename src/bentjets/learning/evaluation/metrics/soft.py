"""What probabilities are worth against labels that are probabilities themselves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import get_args

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bentjets.learning.data.soft_labels import shares_of
from bentjets.learning.evaluation.metrics.intervals import bootstrap_interval, draw_groups
from bentjets.learning.evaluation.metrics.scores import BINS, bin_of
from bentjets.learning.evaluation.predictions import Kind, probabilities_of

SOFT_SCORES = ("brier", "ece")


def measure_against_shares(
    predictions: pd.DataFrame,
    soft_labels: pd.DataFrame,
    groups: Mapping[str, int],
    classes: Sequence[str],
) -> pd.DataFrame:
    """Judge the calibration of each model by the sources on which there are several opinions.

    ``brier`` is half of the mean of sum((p - q)^2) over the classes, where q are the shares of the
    opinions; ``ece`` the mean over ten bins of abs(q - p) of the class with the largest p, as in
    `measure_predictions`, where q takes the place of right or wrong.

    Parameters
    ----------
    predictions : DataFrame
        The tidy table.
    soft_labels : DataFrame
        ``source_id``, ``morphology``, ``share``, ``opinions``.
    groups : mapping of str to int
        The group of each source: sources that must stay together.
    classes : sequence of str
        Names of the classes.

    Returns
    -------
    DataFrame
        A row per model and protocol, networks first: ``model``, ``kind``, ``protocol``, ``n``
        (sources), and each score, the mean over seeds, with ``_low`` and ``_high``, of the 95 %
        interval by 1,000 draws of whole groups. Without a row where no predicted source has several
        opinions.
    """
    several = set(soft_labels.loc[soft_labels["opinions"] > 1, "source_id"])
    judged = predictions[predictions["source_id"].isin(several)]
    rows = [
        {**dict(zip(("model", "kind", "protocol"), named, strict=True)), **scores}
        for named, part in judged.groupby(["model", "kind", "protocol"], sort=False)
        for scores in [_judge(part, soft_labels, groups, classes)]
    ]
    rows.sort(key=lambda row: get_args(Kind).index(row["kind"]))
    columns = [f"{name}{end}" for name in SOFT_SCORES for end in ("", "_low", "_high")]
    return pd.DataFrame(rows, columns=["model", "kind", "protocol", "n", *columns])


def _judge(
    rows: pd.DataFrame,
    soft_labels: pd.DataFrame,
    groups: Mapping[str, int],
    classes: Sequence[str],
) -> dict[str, float]:
    seeds = [part for _, part in rows.groupby("seed", sort=False)]
    ids, group = np.unique([groups[one] for one in rows["source_id"]], return_inverse=True)
    sums = np.zeros((len(seeds), len(ids), 2 + BINS))
    for number, part in enumerate(seeds):
        shares = shares_of(soft_labels, list(part["source_id"]), classes)
        columns = _tally(shares.astype(np.float64), probabilities_of(part, classes))
        np.add.at(sums[number], group[(rows["seed"] == part["seed"].iloc[0]).to_numpy()], columns)
    value = _score(sums.sum(axis=1)[:, None]).mean(axis=0)[0]
    drawn = np.concatenate(
        [
            np.mean([_score((counts @ one)[None])[0] for one in sums], axis=0)
            for counts in draw_groups(len(ids))
        ]
    )
    found: dict[str, float] = {"n": len(seeds[0])}
    for column, name in enumerate(SOFT_SCORES):
        low, high = bootstrap_interval(float(value[column]), drawn[:, column])
        found |= {name: float(value[column]), f"{name}_low": low, f"{name}_high": high}
    return found


def _tally(shares: NDArray[np.float64], probabilities: NDArray[np.float64]) -> NDArray[np.float64]:
    """Write down for each image what the scores are sums of: one, distance, gap in its bin."""
    rows, predicted = np.arange(len(shares)), probabilities.argmax(axis=1)
    confidence = probabilities[rows, predicted]
    columns = np.zeros((len(shares), 2 + BINS))
    columns[:, 0] = 1.0
    columns[:, 1] = ((probabilities - shares) ** 2).sum(axis=1) / 2
    columns[rows, 2 + bin_of(confidence)] = confidence - shares[rows, predicted]
    return columns


def _score(sums: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give both scores of sums, shape (..., columns)."""
    n = sums[..., 0]
    return np.stack([sums[..., 1] / n, np.abs(sums[..., 2:]).sum(axis=-1) / n], axis=-1)
