"""Tables 1 and 2 of the paper, as tables."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from bentjets.learning.evaluation.baselines import BASELINES
from bentjets.report.reviewing import list_ceilings, list_opinion_ceilings
from bentjets.report.tabulating.scores import ACCURACY, CLASS_MEASURES, METRICS, P_VALUE, Score

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
        Columns ``batch`` ("0", "1", ..., "test", "total": the numbers are those of the files
        ``data_batch_0`` and on), one per class, and ``total``.
    """
    names = list(classes)
    counts = pd.crosstab(manifest["batch"], manifest["morphology"])
    counts = counts.reindex(columns=names, fill_value=0).sort_index()
    counts.index = pd.Index([*map(str, counts.index[:-1]), "test"])
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
        ``protocol``, ``folds``, ``seeds`` (how many), ``n`` (images), ``groups``, ``p_value``
        (missing until `add_p_values`), then four for
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


def add_p_values(table: pd.DataFrame, comparison: pd.DataFrame) -> pd.DataFrame:
    """Say in Table 2 how likely each difference from the best network is by chance.

    Parameters
    ----------
    table : DataFrame
        What `model_table` gives.
    comparison : DataFrame
        Pairs of entries: ``protocol``, ``better``, ``worse``, and ``p_corrected`` of the exact
        McNemar test, corrected for the number of pairs (Holm).

    Returns
    -------
    DataFrame
        With ``p_value``: of the pair of the row and the network or ensemble of the highest
        accuracy in its protocol, the first of equals; missing for that one itself.
    """
    pairs = {
        (row["protocol"], *names): float(f"{row['p_corrected']:.{_DIGITS}g}")
        for row in comparison.to_dict("records")
        for names in ((row["better"], row["worse"]), (row["worse"], row["better"]))
    }
    trained = table[table["kind"].isin(["network", "ensemble"])]
    highest = trained.groupby("protocol", sort=False)[ACCURACY.column()].idxmax()
    best = {protocol: table.at[row, "model"] for protocol, row in highest.items()}
    keys = zip(table["protocol"], table["model"], strict=True)
    values = [pairs.get((protocol, model, best.get(protocol))) for protocol, model in keys]
    return table.assign(**{P_VALUE: pd.Series(values, index=table.index, dtype=float)})


def add_ceilings(
    table: pd.DataFrame, agreement: Mapping[str, Any], opinions: Mapping[str, Any]
) -> pd.DataFrame:
    """Add to Table 2 how often people agree: what a network could be asked for.

    Parameters
    ----------
    table : DataFrame
        What `model_table` gives.
    agreement : mapping
        As `bentjets.review.measure_agreement` gives it; empty where nobody voted.
    opinions : mapping
        ``opinions``, as `bentjets.review.measure_opinions` gives them; empty where none are known.

    Returns
    -------
    DataFrame
        With rows of the kind "human", with an accuracy and its interval: of the protocol "experts",
        where ``n`` are the images that two or more experts looked at, and "catalogues", where they
        are the images whose class another catalogue names, too.
    """
    known = {
        "experts": list_ceilings(agreement),
        "catalogues": list_opinion_ceilings(opinions),
    }
    rows: list[dict[Any, Any]] = [
        {
            **{"model": name, "kind": "human", "protocol": protocol, "folds": 0, "seeds": 0},
            **{"n": estimate["n"], "groups": estimate["n"]},
            **_columns(ACCURACY, estimate),
        }
        for protocol, ceilings in known.items()
        for name, estimate in ceilings
    ]
    return pd.DataFrame(table.to_dict("records") + rows, columns=table.columns) if rows else table


def _model_row(entry: Mapping[str, Any], classes: Iterable[str]) -> dict[str, Any]:
    row: dict[str, Any] = {key: entry[key] for key in ("model", "kind", "protocol", "folds")}
    row |= {"seeds": len(entry["seeds"]), "n": entry["n"], "groups": entry["groups"]}
    row[P_VALUE] = float("nan")
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
