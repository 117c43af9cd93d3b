"""Whether one model is better than another, or only luckier."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations

import pandas as pd

from bentjets.errors import InputError


def compare_pairs(predictions: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Compare every pair of models on the same images by the exact McNemar test.

    Under the hypothesis that both err equally often, an image on which only one of them is right
    is as likely to be the one's as the other's: a binomial test with probability one half
    (McNemar 1947, Psychometrika 12, 153).

    Parameters
    ----------
    predictions : mapping of str to DataFrame
        For each model, one row per test image, in the same order: ``source_id``, ``label``,
        ``predicted``.

    Returns
    -------
    DataFrame
        Columns ``better`` and ``worse`` (models), ``only_better_right``, ``only_worse_right``
        (images), ``p_value``; without rows where there is one model only.

    Raises
    ------
    InputError
        If two models were tested on different images.
    """
    from scipy.stats import binomtest

    rows: list[tuple[str, str, int, int, float]] = []
    for first, second in combinations(predictions, 2):
        one, two = predictions[first], predictions[second]
        if list(one["source_id"]) != list(two["source_id"]):
            raise InputError(
                f"{first} and {second} were tested on different images: run the modelling again"
            )
        right_one = (one["label"] == one["predicted"]).to_numpy()
        right_two = (two["label"] == two["predicted"]).to_numpy()
        ranked = [(int((right_one & ~right_two).sum()), first)]
        ranked.append((int((right_two & ~right_one).sum()), second))
        (fewer, worse), (more, better) = sorted(ranked, key=lambda pair: pair[0])
        p_value = binomtest(fewer, fewer + more).pvalue if more else 1.0
        rows.append((better, worse, more, fewer, float(p_value)))
    columns = ["better", "worse", "only_better_right", "only_worse_right", "p_value"]
    return pd.DataFrame(rows, columns=columns)
