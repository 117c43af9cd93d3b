"""Tables 1 and 2 of the paper, as tables."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from bentjets.learning.evaluation.baselines import BASELINES
from bentjets.report.reviewing import list_ceilings
from bentjets.report.scores import ACCURACY, CLASS_MEASURES, METRICS, Score

_KINDS = ("network", "ensemble", "baseline")
_PARTS = ("value", "low", "high", "spread")
_PERCENT_DIGITS, _DIGITS = 2, 4


def batch_table(manifest: pd.DataFrame, classes: Iterable[str]) -> pd.DataFrame:
    """Count the sources of each class in each batch (the paper's Table 1).

    Parameters
    ----------
    manifest : DataFrame
        One row per accepted source, with ``batch`` (int; the largest is the test batch) and
        ``morphology``.
    classes : iterable of str
        The classes, in the order of the columns.

    Returns
    -------
    DataFrame
        Columns ``batch`` ("1", "2", ..., "test", "total"), one per class, and ``total``.
    """
    names = list(classes)
    counts = pd.crosstab(manifest["batch"], manifest["morphology"])
    counts = counts.reindex(columns=names, fill_value=0).sort_index()
    counts.index = pd.Index([*(str(batch + 1) for batch in counts.index[:-1]), "test"])
    counts.loc["total"] = counts.sum()
    counts["total"] = counts.sum(axis="columns")
    return counts.rename_axis(index="batch", columns=None).reset_index()


def model_table(metrics: Mapping[str, Any]) -> pd.DataFrame:
    """Gather the results (the paper's Table 2): a row per network, ensemble and baseline.

    Parameters
    ----------
    metrics : mapping
        What metrics.json holds: ``classes``, and ``entries`` with ``model``, ``kind`` (network,
        ensemble or baseline), ``protocol``, ``folds``, ``seeds``, ``n``, ``groups``, ``metrics``
        and ``per_class``, each number with ``value``, ``low``, ``high`` (95 %) and ``spread``
        (standard deviation over the seeds).

    Returns
    -------
    DataFrame
        Protocol by protocol networks, ensembles, then baselines. Columns ``model``, ``kind``,
        ``protocol``, ``folds``, ``seeds`` (how many), ``n`` (images), ``groups``, then four for
        each number: ``accuracy_percent``, ``accuracy_low_percent``, ``accuracy_high_percent`` and
        ``accuracy_spread_percent``; likewise ``balanced_accuracy`` and ``macro_f1`` in per cent;
        ``auc``, ``ece`` and ``brier`` from 0 to 1; and ``<class>_precision_percent`` and so on
        for precision, recall and F1 of each class. Missing where a number makes no sense.
    """
    protocols = list(dict.fromkeys(entry["protocol"] for entry in metrics["entries"]))
    rules = {name: place for place, name in enumerate(BASELINES)}
    entries = sorted(
        metrics["entries"],
        key=lambda entry: (
            protocols.index(entry["protocol"]),
            _KINDS.index(entry["kind"]),
            rules.get(entry["model"], -1),
        ),
    )
    return pd.DataFrame([_model_row(entry, metrics["classes"]) for entry in entries])


def add_ceilings(table: pd.DataFrame, agreement: Mapping[str, Any]) -> pd.DataFrame:
    """Add to Table 2 how often one expert predicts another: what a network could be asked for.

    Parameters
    ----------
    table : DataFrame
        What `model_table` gives.
    agreement : mapping
        As `bentjets.review.measure_agreement` gives it.

    Returns
    -------
    DataFrame
        Rows of the kind "human", protocol "experts", with an accuracy and its interval; ``n`` are
        the images that two or more experts looked at. None where nobody voted.
    """
    rows: list[dict[Any, Any]] = [
        {
            **{"model": name, "kind": "human", "protocol": "experts", "folds": 0, "seeds": 0},
            **{"n": estimate["n"], "groups": estimate["n"]},
            **_columns(ACCURACY, estimate),
        }
        for name, estimate in list_ceilings(agreement)
    ]
    return pd.DataFrame(table.to_dict("records") + rows, columns=table.columns) if rows else table


def _model_row(entry: Mapping[str, Any], classes: Iterable[str]) -> dict[str, Any]:
    row: dict[str, Any] = {key: entry[key] for key in ("model", "kind", "protocol", "folds")}
    row |= {"seeds": len(entry["seeds"]), "n": entry["n"], "groups": entry["groups"]}
    for score in METRICS:
        row |= _columns(score, entry["metrics"].get(score.name, {}))
    for name in classes:
        for measure in CLASS_MEASURES:
            score = Score(measure, group=name)
            row |= _columns(score, entry["per_class"][name][measure])
    return row


def _columns(score: Score, number: Mapping[str, float | None]) -> dict[str, float]:
    factor, digits = (100, _PERCENT_DIGITS) if score.percent else (1, _DIGITS)
    values = {part: number.get(part) for part in _PARTS}
    return {
        score.column("" if part == "value" else part): float("nan")
        if value is None
        else round(factor * value, digits)
        for part, value in values.items()
    }
