"""How far results could be chance, and what probabilities are worth, in plain sentences."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from bentjets.learning.evaluation.metrics import wilson_interval
from bentjets.report.tabulating.scores import Score, interval_text, score_text, spread_text
from bentjets.report.wording.captions import count, join, share_text

_ECE = Score("ece")


def judge_spread(table2: pd.DataFrame) -> Iterator[str]:
    """Say how far the accuracy of each network of Table 2 scatters over its seeds."""
    networks = table2[table2["kind"] == "network"]
    for _, row in networks[networks["seeds"] > 1].iterrows():
        yield (
            f"{row['model']}: over {row['seeds']} seeds the accuracy has a standard deviation of "
            f"{spread_text(row)} points around {share_text(row)}."
        )
    if len(once := networks.loc[networks["seeds"] == 1, "model"].drop_duplicates()):
        verb = "was" if len(once) == 1 else "were"
        yield (
            f"{join(list(once))} {verb} trained with one seed: how far the accuracy depends on the "
            "chance of the training is not known (modelling.seeds takes several)."
        )


def judge_probabilities(
    table2: pd.DataFrame, metrics: Mapping[str, Any], runs: Mapping[str, pd.DataFrame]
) -> Iterator[str]:
    """Say how far the probabilities of each network can be believed, and what to do with them.

    Parameters
    ----------
    table2 : DataFrame
        What ``tables.model_table`` gives.
    metrics : mapping
        What metrics.json holds.
    runs : mapping of str to DataFrame
        For each network its runs, where they are known with their ``temperature``.

    Yields
    ------
    str
        A sentence or two for each network and ensemble.
    """
    for entry in metrics["entries"]:
        if entry["kind"] == "baseline":
            continue
        of_entry = (table2["model"] == entry["model"]) & (table2["protocol"] == entry["protocol"])
        row = table2[of_entry].iloc[0]
        yield (
            f"{entry['model']}: expected calibration error {score_text(row, _ECE)} (95 % interval "
            f"{interval_text(row, _ECE) or 'not known'}) on {count(entry['n'], 'image')}"
            f"{_temperature(runs.get(entry['model']))}. {_abstain(entry)}"
        )
    yield "The limits of probability were found on the same images: the shares are upper bounds."


def _temperature(runs: pd.DataFrame | None) -> str:
    if runs is None or runs["temperature"].isna().all():
        return ""
    low, high = runs["temperature"].min(), runs["temperature"].max()
    text = f"{low:.2f}" if f"{low:.2f}" == f"{high:.2f}" else f"{low:.2f} to {high:.2f}"
    return f", with the temperature fitted on validation images ({text})"


def _abstain(entry: Mapping[str, Any]) -> str:
    found, n = entry["abstain"], entry["n"]
    target = f"{100 * found['target']:.0f} %"
    if not found["share"] or found["threshold"] is None:
        return f"No part of them can be classified with an accuracy of {target}."
    low, high = wilson_interval(round(found["share"] * n), n)
    return (
        f"With an accuracy of {target} it classifies at most {100 * found['share']:.0f} % of them "
        f"(95 % interval {100 * low:.0f}–{100 * high:.0f}), those with a probability of at least "
        f"{found['threshold']:.2f}."
    )
