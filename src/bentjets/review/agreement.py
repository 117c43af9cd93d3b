"""How far experts agree with each other, and each with themselves."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bentjets.review.standing import find_stale, standing_votes

Estimate = dict[str, Any]
Measure = Callable[[NDArray[np.int64]], float]

_BOOTSTRAPS = 1000
_LEVEL = 0.95
_PAIR = 2


def measure_agreement(
    votes: pd.DataFrame, image_sha256: Mapping[str, str], *, seed: int = 0
) -> dict[str, Any]:
    """Measure agreement in the first round, by the votes that stand.

    Only what was said of one and the same image is compared; a vote that does not tell its image
    is taken as one on the image as it is now.

    Parameters
    ----------
    votes
        The table of votes, in the order in which they were cast.
    image_sha256
        The sha256 of each source's masked image as it is now; other sources are ignored.
    seed
        Of the bootstrap over images, from which the intervals (95 %) come.

    Returns
    -------
    dict
        ``experts``, ``n_votes``, ``n_stale`` and, where somebody voted, ``n_sources`` (whose
        image two or more voted on), ``percent_agreement``, ``cohen_kappa`` (of two experts; Cohen
        1960, Educational and Psychological Measurement 20, 37), ``fleiss_kappa`` (of images on
        which all voted; Fleiss 1971, Psychological Bulletin 76, 378), ``consistency`` of each
        expert (images shown twice), ``human_ceiling`` (how often one expert predicts the other's
        ``verdict``, and the ``morphology`` that both named) and ``rejected`` (reasons). Each
        estimate has ``value``, ``low``, ``high`` and ``n``; None where it cannot be had.
    """
    mine = standing_votes(votes)
    mine = mine[mine["source_id"].isin(list(image_sha256)) & (mine["round"] == 1)]
    first = mine[mine["showing"] == 1]
    experts = sorted(first["expert"].unique())
    counts = {"experts": experts, "n_votes": len(mine)}
    if first.empty:
        return counts
    verdicts = tabulate_votes(first, image_sha256, "verdict")
    named = first[first["morphology"] != ""]
    morphologies = tabulate_votes(named, image_sha256, "morphology")
    of_verdicts = _estimate(_with_others(verdicts), agreeing_pairs, seed)
    against = first[first["verdict"] != "accept"]
    return counts | {
        "n_stale": int(find_stale(mine, image_sha256).sum()),
        "n_sources": len(_with_others(verdicts)),
        "percent_agreement": of_verdicts,
        "cohen_kappa": _estimate(verdicts.dropna(), cohen_kappa, seed)
        if len(experts) == _PAIR
        else None,
        "fleiss_kappa": _estimate(verdicts.dropna(), fleiss_kappa, seed)
        if len(experts) >= _PAIR
        else None,
        "consistency": _consistency(mine),
        "human_ceiling": {
            "verdict": of_verdicts,
            "morphology": _estimate(_with_others(morphologies), agreeing_pairs, seed),
        },
        "rejected": dict(Counter(against["reason"].replace("", "no reason")).most_common()),
    }


def cohen_kappa(labels: NDArray[np.int64]) -> float:
    """Give Cohen's kappa of two raters who both rated every subject.

    Parameters
    ----------
    labels
        Codes of the labels, shape (subjects, 2).

    Returns
    -------
    float
        NaN where both gave one and the same label to all.
    """
    from sklearn.metrics import cohen_kappa_score

    if (labels == labels[0, 0]).all():
        return float("nan")
    return float(cohen_kappa_score(labels[:, 0], labels[:, 1]))


def fleiss_kappa(labels: NDArray[np.int64]) -> float:
    """Give Fleiss' kappa of raters who all rated every subject.

    Fleiss 1971, Eqs. 3 to 7: the mean share of agreeing pairs, over what chance would give from
    the frequencies of the labels.

    Parameters
    ----------
    labels
        Codes of the labels, shape (subjects, raters).

    Returns
    -------
    float
        NaN where one label was given to all.
    """
    n_of = np.stack([(labels == label).sum(axis=1) for label in np.unique(labels)], axis=1)
    raters = labels.shape[1]
    observed = float(((n_of**2).sum(axis=1) - raters).mean() / (raters * (raters - 1)))
    by_chance = float(((n_of.sum(axis=0) / n_of.sum()) ** 2).sum())
    return float("nan") if by_chance == 1 else (observed - by_chance) / (1 - by_chance)


def agreeing_pairs(labels: NDArray[np.int64]) -> float:
    """Give the share of pairs of raters of one subject who say the same.

    Parameters
    ----------
    labels
        Codes of the labels, shape (subjects, raters); -1 where one did not rate.
    """
    agree = both = 0
    for one, other in combinations(labels.T, 2):
        rated = (one >= 0) & (other >= 0)
        agree += int((one == other)[rated].sum())
        both += int(rated.sum())
    return agree / both


def tabulate_votes(
    votes: pd.DataFrame, image_sha256: Mapping[str, str], column: str
) -> pd.DataFrame:
    """Tabulate what experts (columns) said of images (rows)."""
    now = votes["source_id"].map(dict(image_sha256))
    image = votes["image_sha256"].where(votes["image_sha256"] != "", now)
    return votes.assign(image=image).pivot(
        index=["source_id", "image"], columns="expert", values=column
    )


def _with_others(table: pd.DataFrame) -> pd.DataFrame:
    """Keep the images that two or more experts say something about."""
    return table[table.notna().sum(axis=1) >= _PAIR]


def _estimate(table: pd.DataFrame, measure: Measure, seed: int) -> Estimate | None:
    """Measure a table of labels (images, experts), and samples of it for the interval."""
    if table.empty:
        return None
    labels = pd.factorize(table.to_numpy().ravel())[0].reshape(table.shape)
    value = measure(labels)
    if np.isnan(value):
        return None
    rng, n = np.random.default_rng(seed), len(labels)
    drawn = [measure(labels[rng.integers(n, size=n)]) for _ in range(_BOOTSTRAPS)]
    tail = 100 * (1 - _LEVEL) / 2
    low, high = np.nanpercentile(drawn, [tail, 100 - tail])
    return {"value": value, "low": float(low), "high": float(high), "n": n}


def _consistency(votes: pd.DataFrame) -> dict[str, Estimate]:
    """Compare what each expert said of the same image at its first and its second showing."""
    found = {}
    key = ["source_id", "expert", "image_sha256"]
    shown = [votes.loc[votes["showing"] == k, [*key, "verdict"]] for k in (1, 2)]
    both = shown[0].merge(shown[1], on=key, suffixes=("", "_again"))
    for expert, theirs in both.groupby("expert"):
        same = int((theirs["verdict"] == theirs["verdict_again"]).sum())
        found[str(expert)] = estimate_share(same, len(theirs))
    return found


def estimate_share(successes: int, n: int) -> Estimate:
    """Give a share with its 95 % interval (Wilson 1927, J. Am. Stat. Assoc. 22, 209)."""
    from scipy.stats import binomtest

    interval = binomtest(successes, n).proportion_ci(_LEVEL, method="wilson")
    return {
        "value": successes / n,
        "low": float(interval.low),
        "high": float(interval.high),
        "n": n,
    }
