"""What the tests can and cannot tell of the networks, in plain sentences.

No sentence gives a result without the number of its images and an interval or a p-value.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any

import pandas as pd

from bentjets.learning.evaluation.baselines import (
    AXIS_RATIO,
    MAJORITY,
    OPENING_ANGLE,
    SHAPE_FOREST,
    SHAPE_LOGISTIC,
)
from bentjets.report.tabulating.scores import without_humans
from bentjets.report.wording.captions import (
    count,
    describe_protocols,
    join,
    measured_on,
    share_text,
)
from bentjets.report.wording.certainty import judge_probabilities, judge_spread

SIGNIFICANCE = 0.05
_RULES = {
    MAJORITY: "the majority class",
    OPENING_ANGLE: "the opening angle",
    AXIS_RATIO: "the axis ratio",
    SHAPE_LOGISTIC: "the logistic regression on shapes",
    SHAPE_FOREST: "the forest on shapes",
}
_LISTED_PAIRS = 6
_SMALLEST_P = 0.001

Words = dict[str, list[str]]
"""Sentences by topic."""


def judge_models(
    table2: pd.DataFrame,
    metrics: Mapping[str, Any],
    comparison: pd.DataFrame,
    runs: Mapping[str, pd.DataFrame],
) -> Words:
    """Say what was tested, what beats what, and what the probabilities are worth.

    Parameters
    ----------
    table2 : DataFrame
        What ``tables.model_table`` gives.
    metrics : mapping
        What metrics.json holds.
    comparison : DataFrame
        Pairs of entries: ``protocol``, ``better``, ``worse``, ``n`` (images that both
        predicted), ``p_value`` of the exact McNemar test, and ``p_corrected`` for the number of
        pairs (Holm).
    runs : mapping of str to DataFrame
        For each network its runs; those with a ``temperature`` have calibrated probabilities.

    Returns
    -------
    dict of str to list of str
        Sentences by topic; a topic that there is nothing to say of is left out.
    """
    table2 = without_humans(table2)
    words: Words = {
        "What was tested": describe_protocols(table2),
        "Networks and simple rules": list(_against_baselines(table2, comparison)),
        "Between the networks": list(_between_networks(table2, comparison)),
        "Chance of the training": list(judge_spread(table2)),
        "Probabilities": list(judge_probabilities(table2, metrics, runs)),
    }
    return {topic: [bind(line) for line in lines] for topic, lines in words.items() if lines}


def headline(table2: pd.DataFrame) -> str:
    """Name the best network and the best simple rule in one sentence, for the top of the report."""
    rows = without_humans(table2)
    rows = rows[rows["protocol"] == rows["protocol"].iloc[0]]
    text = f"Best network: {_named(_best(rows[rows['kind'] != 'baseline']))}"
    if (rows["kind"] == "baseline").any():
        text += f"; best simple rule: {_named(_best(rows[rows['kind'] == 'baseline']))}"
    return bind(f"{text}. Measured by {measured_on(rows)}.")


def bind(sentence: str) -> str:
    """Keep numbers from being parted from their signs at the end of a line."""
    for sign in (" %", " = ", " < ", "p ="):
        sentence = sentence.replace(sign, sign.replace(" ", "\N{NO-BREAK SPACE}"))
    return sentence.replace("–", "–\N{WORD JOINER}")


def _against_baselines(table2: pd.DataFrame, comparison: pd.DataFrame) -> Iterator[str]:
    for protocol, rows in table2.groupby("protocol", sort=False):
        baselines = rows[rows["kind"] == "baseline"]
        for _, row in rows[rows["kind"] != "baseline"].iterrows():
            pairs = _pairs_with(comparison, str(protocol), row["model"], list(baselines["model"]))
            seeds = f" (mean of {row['seeds']} seeds)" if row["seeds"] > 1 else ""
            yield (
                f"{row['model']} names {share_text(row)} rightly{seeds}."
                f"{_compared(pairs)}{_worth(row, baselines, pairs)}"
            )
    if len(comparison):
        yield (
            "Here p is that of the exact McNemar test on the images that both predicted "
            f"({_images(comparison)}, the first seed of each), corrected for the number of pairs "
            "after Holm."
        )


def _pairs_with(
    comparison: pd.DataFrame, protocol: str, model: str, others: list[str]
) -> dict[str, tuple[bool, float]]:
    """Give, for each other entry that it was compared with, whether it is better, and p."""
    pairs = {}
    for other in others:
        for better, worse in ((model, other), (other, model)):
            row = comparison[
                (comparison["protocol"] == protocol)
                & (comparison["better"] == better)
                & (comparison["worse"] == worse)
            ]
            if len(row):
                pairs[other] = (better == model, float(row["p_corrected"].iloc[0]))
    return pairs


def _compared(pairs: Mapping[str, tuple[bool, float]]) -> str:
    """Say which baselines a network beats, and which not."""
    beaten = [name for name, (better, p) in pairs.items() if better and p < SIGNIFICANCE]
    beating = [name for name, (better, p) in pairs.items() if not better and p < SIGNIFICANCE]
    level = [name for name in pairs if name not in (*beaten, *beating)]
    said = [
        f"{verb} {join([_RULES.get(name, name) for name in names], word)} "
        f"({_p_text([pairs[name][1] for name in names])})"
        for verb, names, word in (
            ("beats", beaten, "and"),
            ("is not shown to beat", level, "or"),
            ("does worse than", beating, "and"),
        )
        if names
    ]
    return f" It {'; it '.join(said)}." if said else ""


def _worth(row: pd.Series, baselines: pd.DataFrame, pairs: Mapping[str, tuple[bool, float]]) -> str:
    """Say so where a network is no better than the shape of the islands."""
    shapes = baselines[
        baselines["model"].isin([name for name in (SHAPE_LOGISTIC, SHAPE_FOREST) if name in pairs])
    ]
    if shapes.empty:
        return ""
    best = _best(shapes)
    better, p = pairs[best["model"]]
    if better and p < SIGNIFICANCE:
        return ""
    verb = "is not shown to beat" if better else "does not beat"
    return (
        f" A network that {verb} ten numbers is not worth its GPU: "
        f"{_RULES[best['model']]} names {share_text(best)} rightly."
    )


def _between_networks(table2: pd.DataFrame, comparison: pd.DataFrame) -> Iterator[str]:
    trained = set(table2.loc[table2["kind"] != "baseline", "model"])
    both = comparison["better"].isin(trained) & comparison["worse"].isin(trained)
    for _, pairs in comparison[both].groupby("protocol", sort=False):
        clear = pairs[pairs["p_corrected"] < SIGNIFICANCE].sort_values("p_corrected")
        images = _images(pairs)
        if clear.empty:
            smallest = _p_text([float(pairs["p_corrected"].min())])
            yield f"No difference between them is significant on {images} (smallest {smallest})."
            continue
        named = "; ".join(
            f"{row['better']} over {row['worse']} ({_p_text([row['p_corrected']])})"
            for _, row in clear.head(_LISTED_PAIRS).iterrows()
        )
        more = len(clear) - _LISTED_PAIRS
        others = f"; {more} more are in model_comparison.csv" if more > 0 else ""
        rest = " The other differences are not." if len(clear) < len(pairs) else ""
        yield f"On {images} these differences are significant: {named}{others}.{rest}"


def _best(rows: pd.DataFrame) -> pd.Series:
    return rows.iloc[int(rows["accuracy_percent"].argmax())]


def _named(row: pd.Series) -> str:
    return f"{row['model']}, {share_text(row)}"


def _images(pairs: pd.DataFrame) -> str:
    low, high = int(pairs["n"].min()), int(pairs["n"].max())
    return count(low, "image") if low == high else f"{low:,} to {high:,} images"


def _p_text(values: list[float]) -> str:
    texts = [f"< {_SMALLEST_P}" if p < _SMALLEST_P else f"= {p:.2g}" for p in values]
    if len({*texts}) == 1:
        return f"p {texts[0]}"
    # Two equal signs in a row read badly: of "= 0.4, = 0.1", the first is enough.
    shown = [
        text.removeprefix("= ") if before.startswith("=") else text
        for before, text in pairwise(["", *texts])
    ]
    return "p " + ", ".join(shown)
