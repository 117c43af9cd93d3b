"""The scores of Table 2: their columns, how they are written, and which are shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

CLASS_MEASURES = ("precision", "recall", "f1")
PROTOCOL_NAMES = {
    "single": "single test",
    "cross_validation": "cross-validation",
    "paper": "paper's selection",
    "published": "published split",
    "experts": "votes",
    "catalogues": "catalogues",
}
_TITLES = {
    "accuracy": "Accuracy",
    "balanced_accuracy": "Bal. acc.",
    "auc": "AUC",
    "macro_f1": "Macro F1",
    "ece": "ECE",
    "brier": "Brier",
    "precision": "Prec.",
    "recall": "Recall",
    "f1": "F1",
}
_NOT_PERCENT = ("auc", "ece", "brier")
_SHOWN = ("accuracy", "balanced_accuracy", "auc")
# What fits on the page of two and of three classes; of more only F1 is shown.
_SHOWN_OF_CLASSES = {1: CLASS_MEASURES, 2: CLASS_MEASURES, 3: ("precision", "recall")}
_NARROW_PERCENT, _NARROW = 5.0, 0.05


Row = Mapping[Any, Any] | pd.Series


@dataclass(frozen=True)
class Score:
    """A number of Table 2.

    Parameters
    ----------
    name : str
        Of metrics.json: ``accuracy``, ``recall``, ...
    group : str
        The class that it is of; empty where it is of all.
    """

    name: str
    group: str = ""

    @property
    def percent(self) -> bool:
        """Whether it is given in per cent."""
        return self.name not in _NOT_PERCENT

    @property
    def short_title(self) -> str:
        """Its heading."""
        return _TITLES[self.name]

    def column(self, part: str = "") -> str:
        """Name its column, or that of its ``low``, ``high`` or ``spread``."""
        words = (self.group, self.name, part, "percent" if self.percent else "")
        return "_".join(word for word in words if word)


P_VALUE = "p_value"
"""The column of how likely a difference from the best network as large is by chance."""
_SMALLEST_P = 0.001
METRICS = tuple(map(Score, ("accuracy", "balanced_accuracy", "auc", "macro_f1", "ece", "brier")))
ACCURACY = METRICS[0]


def table_classes(table: pd.DataFrame) -> list[str]:
    """Name the classes of Table 2, in the order of its columns."""
    suffix = f"_{CLASS_MEASURES[0]}_percent"
    return [str(name).removesuffix(suffix) for name in table.columns if name.endswith(suffix)]


def without_humans(table: pd.DataFrame) -> pd.DataFrame:
    """Leave out the rows of Table 2 that are of people, and on other images."""
    return table[table["kind"] != "human"]


def shown_scores(table: pd.DataFrame) -> list[Score]:
    """List the scores that fit on a page; the file has them all."""
    classes = table_classes(table)
    measures = _SHOWN_OF_CLASSES.get(len(classes), ("f1",))
    return [
        *(Score(name) for name in _SHOWN),
        *(Score(measure, group) for group in classes for measure in measures),
    ]


def best_scores(table: pd.DataFrame) -> list[set[Score]]:
    """Name, for each row, the shown scores that no network or ensemble of its protocol exceeds.

    Returns
    -------
    list of set of Score
        One set per row; of equals all, of baselines and people none.
    """
    trained = table["kind"].isin(["network", "ensemble"])
    best: list[set[Score]] = [set() for _ in range(len(table))]
    for score in shown_scores(table):
        values = table[score.column()].where(trained)
        highest = values.groupby(table["protocol"]).transform("max")
        for row, is_best in enumerate(values == highest):
            if is_best:
                best[row].add(score)
    return best


def rules_before(table: pd.DataFrame) -> list[bool]:
    """Tell before which rows a rule is drawn: the baselines', and the next protocol's first."""
    block = table["protocol"] + (table["kind"] == "baseline").astype(str)
    return [False, *(block.to_numpy()[1:] != block.to_numpy()[:-1])] if len(table) else []


def score_text(row: Row, score: Score) -> str:
    """Write a score, per cent with one decimal, others with two, or a dash where there is none."""
    value = row[score.column()]
    if pd.isna(value):
        return "–"
    return f"{value:.1f}" if score.percent else f"{value:.2f}"


def interval_text(row: Row, score: Score = ACCURACY) -> str:
    """Write the 95 % interval of a score, with as many decimals as it needs; empty without one."""
    low, high = row[score.column("low")], row[score.column("high")]
    if pd.isna(low) or pd.isna(high):
        return ""
    if score.percent:
        decimals = 1 if high - low < _NARROW_PERCENT else 0
    else:
        decimals = 3 if high - low < _NARROW else 2
    return f"{low:.{decimals}f}–{high:.{decimals}f}"


def spread_text(row: Row, score: Score = ACCURACY) -> str:
    """Write the standard deviation of a score over the seeds; empty where there is one seed."""
    spread = row[score.column("spread")]
    if pd.isna(spread):
        return ""
    return f"{spread:.1f}" if score.percent else f"{spread:.3f}"


def has_p_values(table: pd.DataFrame) -> bool:
    """Tell whether anything in Table 2 was compared with the best network."""
    return bool(table[P_VALUE].notna().any())


def p_text(row: Row) -> str:
    """Write the p value of the difference from the best network; a dash where there is none."""
    value = row[P_VALUE]
    if pd.isna(value):
        return "–"
    return f"< {_SMALLEST_P}" if value < _SMALLEST_P else f"{value:.3f}"


def seeds_text(row: Row) -> str:
    """Write with how many seeds a network was trained; a dash where nothing was trained."""
    return str(row["seeds"]) if row["kind"] == "network" else "–"
