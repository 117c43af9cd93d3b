"""What metrics.json says of each model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bentjets.errors import InputError
from bentjets.learning.evaluation.metrics.intervals import (
    bootstrap_interval,
    draw_groups,
    wilson_interval,
)
from bentjets.learning.evaluation.metrics.scores import RankedScores, score_sums, tally
from bentjets.learning.evaluation.predictions import (
    class_index,
    predicted_class,
    probabilities_of,
)

_OVERALL = ("accuracy", "balanced_accuracy", "auc", "macro_f1", "ece", "brier")
_PER_CLASS = ("precision", "recall", "f1")
_TARGET_ACCURACY = 0.95

Scores = dict[str, NDArray[np.float64]]
Number = dict[str, float | None]


def measure_predictions(
    predictions: pd.DataFrame, groups: Mapping[str, int], classes: Sequence[str]
) -> dict[str, Any]:
    """Measure how good each model is under each protocol.

    Every number is the mean over the seeds of what it is over all folds of a seed, with its 95 %
    interval and, of several seeds, their standard deviation. Accuracy, precision and recall of
    one seed, each image a group of its own, have Wilson's interval; everything else the
    bootstrap's, 1,000 draws of whole groups (`bootstrap_interval`). Where nothing varies between
    the draws (all right, all wrong), an interval of a share is Wilson's of as many groups.

    Parameters
    ----------
    predictions : DataFrame
        The tidy table.
    groups : mapping of str to int
        The group of each source: sources that must stay together.
    classes : sequence of str
        Names of the classes.

    Returns
    -------
    dict
        Ready for JSON: ``classes`` and ``entries``, one per model and protocol, with ``model``,
        ``kind``, ``protocol``, ``folds``, ``seeds``, ``n`` (images), ``groups``; ``metrics`` and,
        for each class, ``per_class``, with ``value``, ``low``, ``high`` and ``spread`` of each
        number, and ``support``; ``confusion``, mean counts over the seeds, a row per true and a
        column per predicted class; and ``abstain``. An AUC without two classes to part is null;
        a precision, recall or F1 that is 0/0 is 0, without an interval.

    Raises
    ------
    InputError
        If there are no predictions, a source has no group, or the seeds of a model predicted
        different sources.

    Notes
    -----
    ``ece`` is the expected calibration error over ten bins of equal width (Guo et al. 2017, ICML,
    1321): the mean of abs(accuracy - confidence), where confidence is the largest probability.
    ``brier`` is half of the mean of sum((p - label)^2) over the classes (Brier 1950, Mon. Weather
    Rev. 78, 1), from 0 to 1. ``auc`` is that of the second class of two, or the mean over classes
    of one against the rest; only images of the same fold are ranked against each other.
    """
    if predictions.empty:
        raise InputError("there are no predictions to measure: run the modelling")
    lost = set(predictions["source_id"]) - groups.keys()
    if lost:
        raise InputError(f"{min(lost)} is predicted and in no split: run the curation again")
    entries = predictions.groupby(["model", "protocol"], sort=False)
    return {
        "classes": list(classes),
        "entries": [_measure_entry(rows, groups, classes) for _, rows in entries],
    }


@dataclass(frozen=True)
class _Run:
    """All folds of one seed: what scores are sums of, group by group, and the ranks."""

    by_group: NDArray[np.float64]
    ranked: RankedScores
    group: NDArray[np.int64]
    k: int

    def scores(self, counts: NDArray[np.float64]) -> Scores:
        """Reckon the scores, where groups count as often as `counts`, shape (draws, groups)."""
        found = score_sums(counts @ self.by_group, self.k)
        return found | {"auc": self.ranked.areas(counts[:, self.group])}


def _measure_entry(
    rows: pd.DataFrame, groups: Mapping[str, int], classes: Sequence[str]
) -> dict[str, Any]:
    model, kind, protocol = (rows[name].iloc[0] for name in ("model", "kind", "protocol"))
    seeds = [int(seed) for seed in dict.fromkeys(rows["seed"])]
    parts = [rows[rows["seed"] == seed].sort_values("source_id") for seed in seeds]
    sources = list(parts[0]["source_id"])
    if any(list(part["source_id"]) != sources for part in parts):
        raise InputError(
            f"the seeds of {model} ({protocol}) predicted different sources: run the modelling "
            "again"
        )
    ids, group = np.unique([groups[source] for source in sources], return_inverse=True)
    runs = [_prepare(part, group, len(ids), classes) for part in parts]
    values = [run.scores(np.ones((1, len(ids)))) for run in runs]
    drawn = _draw(runs, len(ids))
    has_plain_images = len(seeds) == 1 and len(ids) == len(sources)

    def number(name: str, column: int | None = None) -> Number:
        place = (0,) if column is None else (0, column)
        each = [float(value[name][place]) for value in values]
        draws = drawn[name] if column is None else drawn[name][:, column]
        whole = _whole(name, column, [value["confusion"][0] for value in values])
        if whole == 0:
            return _number(each, None)
        if whole is not None and has_plain_images:
            return _number(each, wilson_interval(each[0] * whole, whole))
        if whole is not None and np.mean(each) in (0.0, 1.0):
            fewer = max(1.0, whole * len(ids) / len(sources))
            return _number(each, wilson_interval(float(np.mean(each)) * fewer, fewer))
        return _number(each, bootstrap_interval(float(np.mean(each)), draws))

    confusion = np.mean([value["confusion"][0] for value in values], axis=0)
    return {
        "model": str(model),
        "kind": str(kind),
        "protocol": str(protocol),
        "folds": int(rows["fold"].nunique()),
        "seeds": seeds,
        "n": len(sources),
        "groups": len(ids),
        "metrics": {name: number(name) for name in _OVERALL},
        "per_class": {
            name: {
                **{measure: number(measure, column) for measure in _PER_CLASS},
                "support": int(confusion[column].sum().round()),
            }
            for column, name in enumerate(classes)
        },
        "confusion": confusion.tolist(),
        "abstain": _abstain(rows, classes),
    }


def _prepare(
    rows: pd.DataFrame, group: NDArray[np.int64], n_groups: int, classes: Sequence[str]
) -> _Run:
    labels = class_index(rows["label"], classes)
    probabilities = probabilities_of(rows, classes)
    columns = tally(labels, probabilities)
    by_group = np.zeros((n_groups, columns.shape[1]))
    np.add.at(by_group, group, columns)
    ranked = RankedScores(labels, probabilities, rows["fold"].to_numpy(np.int64))
    return _Run(by_group, ranked, group, len(classes))


def _draw(runs: Sequence[_Run], n_groups: int) -> Scores:
    """Reckon the mean over the runs for each draw of groups."""
    parts: list[Scores] = []
    for counts in draw_groups(n_groups):
        each = [run.scores(counts) for run in runs]
        parts.append({name: np.mean([one[name] for one in each], axis=0) for name in each[0]})
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def _whole(
    name: str, column: int | None, confusions: Sequence[NDArray[np.float64]]
) -> float | None:
    """Give of how many images a number is a share, on average; None where it is none."""
    confusion = np.mean(confusions, axis=0)
    if name == "accuracy":
        return float(confusion.sum())
    if name == "precision":
        return float(confusion[:, column].sum())
    if name == "recall":
        return float(confusion[column].sum())
    return None


def _number(each: Sequence[float], interval: tuple[float, float] | None) -> Number:
    value = float(np.mean(each))
    if not np.isfinite(value):
        return {"value": None, "low": None, "high": None, "spread": None}
    low, high = interval or (None, None)
    spread = float(np.std(each, ddof=1)) if len(each) > 1 else None
    return {"value": value, "low": low, "high": high, "spread": spread}


def _abstain(rows: pd.DataFrame, classes: Sequence[str]) -> dict[str, float | None]:
    """Find the largest share of images, the surest ones, of which 95 % are classified rightly.

    The threshold is chosen on the images it is told of, all seeds together: an upper bound.
    """
    confidence = probabilities_of(rows, classes).max(axis=1)
    right = (predicted_class(rows, classes) == rows["label"].to_numpy()).astype(np.float64)
    order = np.argsort(-confidence, kind="stable")
    confidence, n = confidence[order], len(order)
    accuracy = right[order].cumsum() / np.arange(1, n + 1)
    # Equally sure images stay together.
    is_cut = np.append(np.diff(confidence) < 0, True)
    good = np.flatnonzero(is_cut & (accuracy >= _TARGET_ACCURACY))
    if good.size == 0:
        return {"target": _TARGET_ACCURACY, "share": 0.0, "threshold": None, "accuracy": None}
    last = good[-1]
    return {
        "target": _TARGET_ACCURACY,
        "share": float((last + 1) / n),
        "threshold": float(confidence[last]),
        "accuracy": float(accuracy[last]),
    }
