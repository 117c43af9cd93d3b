"""What others published, beside the best network of the run, and how far that can be compared."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import pandas as pd

from bentjets.learning.evaluation.metrics import wilson_interval
from bentjets.report.tabulating.scores import ACCURACY, PROTOCOL_NAMES, Score, table_classes
from bentjets.report.wording.captions import count

_METRICS = {"accuracy": ACCURACY, "macro_f1": Score("macro_f1")}
_KEPT = ("set", "title", "model", "protocol", "metric", "n", "citation", "note")
_COLUMNS = [
    *_KEPT,
    *("value_percent", "low_percent", "high_percent", "our_model", "our_protocol", "our_n"),
    *("our_value_percent", "our_low_percent", "our_high_percent", "comparable", "remark"),
]
_UNSTATED = "unstated"


def compare_published(
    published: pd.DataFrame, table2: pd.DataFrame, *, images_of: str, made_of: str
) -> pd.DataFrame:
    """Put results that others published on the same classes beside the best network of a run.

    Parameters
    ----------
    published : DataFrame
        As `bentjets.tables.benchmarks.PUBLISHED` describes it: shares from 0 to 1.
    table2 : DataFrame
        What ``tables.model_table`` gives.
    images_of : str
        The ``set`` whose very images were used; empty where that is none that is known.
    made_of : str
        The catalogue and the survey that the images were made of, joined by a plus; empty where
        the images were taken as they are.

    Returns
    -------
    DataFrame
        As `bentjets.tables.benchmarks.BESIDE_OURS` describes it: per cent. The interval of an
        accuracy is Wilson's of as many images; other scores have none.
    """
    ours = _best_network(table2)
    if ours is None:
        return empty_comparison()
    wanted = _spell(table_classes(table2))
    known = published.loc[published["set"] == images_of, "made_of"]
    origin = made_of or next(iter(known), "")
    rows = [
        _compare(row, ours, same=row["set"] == images_of, remade=origin == row["made_of"] != "")
        for row in published.to_dict("records")
        if _spell(row["classes"].split(";")) == wanted
    ]
    return pd.DataFrame(rows, columns=_COLUMNS)


def empty_comparison() -> pd.DataFrame:
    """Give the table without a row: there is nothing to compare."""
    return pd.DataFrame(columns=_COLUMNS)


def describe_published(table: pd.DataFrame) -> dict[str, Any] | None:
    """Lay the comparison out for the page: what ours is, and the texts of each row.

    Returns
    -------
    dict or None
        ``ours`` and ``rows``; None where there is nothing to compare.
    """
    if table.empty:
        return None
    first = table.iloc[0]
    protocol = PROTOCOL_NAMES[first["our_protocol"]]
    return {
        "ours": f"{first['our_model']}; {protocol}, {count(int(first['our_n']), 'image')}",
        "rows": [
            {
                "model": row["model"],
                "title": row["title"],
                "citation": row["citation"],
                "measured": "; ".join(filter(None, (_measured(row), row["note"]))),
                "metric": _METRICS[row["metric"]].short_title,
                "theirs": _text(row["value_percent"]),
                "interval": _interval(row["low_percent"], row["high_percent"]),
                "ours": _text(row["our_value_percent"]),
                "our_interval": _interval(row["our_low_percent"], row["our_high_percent"]),
                "remark": row["remark"],
            }
            for row in table.to_dict("records")
        ],
    }


def _compare(row: dict[Any, Any], ours: pd.Series, *, same: bool, remade: bool) -> dict[str, Any]:
    score = _METRICS[row["metric"]]
    low, high = _published_interval(row)
    found: dict[str, Any] = {
        **{name: row[name] for name in _KEPT},
        "value_percent": round(100 * row["value"], 2),
        "low_percent": low,
        "high_percent": high,
        "our_model": ours["model"],
        "our_protocol": ours["protocol"],
        "our_n": ours["n"],
        **{
            f"our_{part}_percent": ours[score.column("" if part == "value" else part)]
            for part in ("value", "low", "high")
        },
        "comparable": same and row["protocol"] == ours["protocol"],
    }
    return found | {"remark": _remark(found, same=same, remade=remade)}


def _remark(found: dict[str, Any], *, same: bool, remade: bool) -> str:
    """Say what tells the two apart, and, of the same images only, whether they differ."""
    protocols = _protocols(found["protocol"], found["our_protocol"])
    if not same:
        data = (
            "the same catalogue and survey, but not the same selection, images and split"
            if remade
            else "other sources and images"
        )
        return f"not comparable: {'; '.join(filter(None, (data, protocols)))}"
    difference = _difference(found)
    return f"with care: {protocols}; {difference}" if protocols else difference


def _protocols(theirs: str, ours: str) -> str:
    if theirs == ours:
        return ""
    if theirs == _UNSTATED:
        return "their protocol is not stated"
    return f"theirs by {PROTOCOL_NAMES[theirs]}, ours by {PROTOCOL_NAMES[ours]}"


def _difference(found: dict[str, Any]) -> str:
    theirs, ours = found["value_percent"], found["our_value_percent"]
    is_none = found["our_low_percent"] <= theirs <= found["our_high_percent"]
    known = pd.notna(found["low_percent"])
    if known:
        is_none = is_none or found["low_percent"] <= ours <= found["high_percent"]
    within = "the intervals" if known else "our interval (theirs is not known)"
    if is_none:
        return f"no difference: within {within}"
    word = "higher" if ours > theirs else "lower"
    return f"ours is {word} by {abs(ours - theirs):.1f} points, outside {within}"


def _published_interval(row: dict[Any, Any]) -> tuple[float, float]:
    if row["metric"] != "accuracy" or pd.isna(row["n"]):
        return float("nan"), float("nan")
    n = int(row["n"])
    low, high = wilson_interval(round(row["value"] * n), n)
    return round(100 * low, 2), round(100 * high, 2)


def _best_network(table2: pd.DataFrame) -> pd.Series | None:
    """Give the network or ensemble of the highest accuracy under the first protocol."""
    rows = table2[table2["kind"].isin(["network", "ensemble"])]
    if rows.empty:
        return None
    rows = rows[rows["protocol"] == rows["protocol"].iloc[0]]
    return rows.iloc[int(rows[ACCURACY.column()].argmax())]


def _spell(classes: Iterable[str]) -> frozenset[str]:
    """Spell classes alike: FR I, FR-I and FRI are one."""
    return frozenset(re.sub(r"[^a-z0-9]", "", name.casefold()) for name in classes)


def _measured(row: dict[Any, Any]) -> str:
    images = "number of images" if pd.isna(row["n"]) else count(int(row["n"]), "image")
    protocol = PROTOCOL_NAMES.get(row["protocol"], "protocol")
    unstated = [protocol] if row["protocol"] == _UNSTATED else []
    unstated += [images] if pd.isna(row["n"]) else []
    stated = [word for word in (protocol, images) if word not in unstated]
    told = [f"{' and '.join(unstated)} not stated"] if unstated else []
    return ", ".join([*stated, *told])


def _text(percent: float) -> str:
    return "–" if pd.isna(percent) else f"{percent:.1f}"


def _interval(low: float, high: float) -> str:
    return "" if pd.isna(low) else f"{low:.0f}–{high:.0f}"
