"""How numbers were measured, in the words of captions: protocol, images, seeds, baselines."""

from __future__ import annotations

import pandas as pd

from bentjets.learning.evaluation.baselines import (
    AXIS_RATIO,
    MAJORITY,
    OPENING_ANGLE,
    SHAPE_FOREST,
    SHAPE_LOGISTIC,
)
from bentjets.report.tabulating import scores

TABLE2 = "Scores of the networks, and of what needs no network."
"""What Table 2 shows."""
_PROTOCOLS = {
    "single": "One test batch of {n:,} images, read once, at the end: no network learnt from it or "
    "chose its epoch by it.",
    "cross_validation": "Cross-validation in {folds} folds: each of the {n:,} images was predicted "
    "by a network that neither learnt from it nor chose its epoch by it.",
    "paper": "The protocol of the published example: the epoch was chosen on the {n:,} test images "
    "themselves, which makes the networks look better than they are.",
    "published": "The published split: its test part of {n:,} images was read once, at the end; no "
    "network learnt from it or chose its epoch by it.",
}
_PROTOCOLS_IN_SHORT = {
    "single": "one test batch",
    "cross_validation": "cross-validation in {folds} folds",
    "paper": "the epoch chosen on the test images",
    "published": "the published split",
}
_BASELINES = {
    MAJORITY: "always the majority class",
    OPENING_ANGLE: "one threshold on the opening angle of the jets",
    AXIS_RATIO: "one threshold on the axis ratio of the islands",
    SHAPE_LOGISTIC: "a logistic regression on ten moments of the islands",
    SHAPE_FOREST: "a forest of decision trees on the same moments",
}


def describe_protocols(table: pd.DataFrame) -> list[str]:
    """Say in a sentence each how the protocols of Table 2 measure."""
    return [
        _PROTOCOLS[str(protocol)].format(folds=rows["folds"].iloc[0], n=rows["n"].iloc[0])
        for protocol, rows in scores.without_humans(table).groupby("protocol", sort=False)
    ]


def measured_on(table: pd.DataFrame) -> str:
    """Say in a few words what the networks of Table 2 were measured on: protocol, images, seeds."""
    trained = table[table["kind"] == "network"]
    parts = []
    for protocol, rows in trained.groupby("protocol", sort=False):
        short = _PROTOCOLS_IN_SHORT[str(protocol)].format(folds=rows["folds"].iloc[0])
        parts.append(f"{short}, {count(rows['n'].iloc[0], 'image')}, {_seeds(rows['seeds'])}")
    return "; ".join(parts)


def explain_table(table: pd.DataFrame) -> list[str]:
    """Say what the reader of Table 2 must know: one sentence each.

    Parameters
    ----------
    table : DataFrame
        What ``tables.model_table`` gives.
    """
    spread = table["accuracy_spread_percent"].notna().any()
    several = scores.without_humans(table)["protocol"].nunique() > 1
    sentences = [
        *describe_protocols(table),
        "Results are in %, the area under the curve (AUC) is from 0 to 1; brackets hold 95 % "
        "intervals; table2.csv has more scores.",
    ]
    if spread:
        sentences.append("Values are means over the seeds, and ± is the standard deviation.")
    by_protocol = ", protocol by protocol" if several else ""
    sentences.append(f"The best network of each column is in bold{by_protocol}.")
    if baselines := describe_baselines(table):
        sentences.append(f"Below the rule, learnt on the same images: {baselines}.")
    if scores.has_p_values(table):
        sentences.append(
            "p is that of the exact McNemar test against the best network, corrected for the "
            "number of pairs (Holm)."
        )
    humans = set(table.loc[table["kind"] == "human", "protocol"])
    if "experts" in humans:
        sentences.append(
            "Last, the human ceiling: how often what one expert said of an image is what another "
            "said, of its class or of whether to accept it, on the images that both looked at."
        )
    if "catalogues" in humans:
        sentences.append(
            "A second opinion is how often another catalogue names the same class, on the images "
            "that both have."
        )
    return sentences


def describe_baselines(table: pd.DataFrame) -> str:
    """List what the baselines of Table 2 are."""
    names = dict.fromkeys(table.loc[table["kind"] == "baseline", "model"])
    return "; ".join(_BASELINES.get(name, name) for name in names)


def share_text(row: pd.Series) -> str:
    """Write the accuracy of a row of Table 2 with its images and its interval."""
    interval = scores.interval_text(row)
    told = f" (95 % interval {interval})" if interval else ""
    return f"{row['accuracy_percent']:.1f} % of {count(row['n'], 'image')}{told}"


def count(number: int, noun: str) -> str:
    """Write a number of things."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def join(words: list[str], last: str = "and") -> str:
    """Join words as a sentence does: a, b and c."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} {last} {words[-1]}"


def _seeds(seeds: pd.Series) -> str:
    low, high = int(seeds.min()), int(seeds.max())
    return count(low, "seed") if low == high else f"{low} to {high} seeds"
