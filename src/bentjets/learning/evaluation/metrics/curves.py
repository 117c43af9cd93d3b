"""ROC and precision-recall curves of a model, with bootstrap bands."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bentjets.learning.evaluation.metrics.intervals import (
    CONFIDENCE,
    bootstrap_interval,
    draw_groups,
)
from bentjets.learning.evaluation.metrics.scores import share
from bentjets.learning.evaluation.predictions import class_index, probabilities_of

DRAWS = 400
FALSE_POSITIVE_RATE = np.linspace(0.0, 1.0, 201)
"""Where ROC curves are read."""
RECALL = np.linspace(0.0, 1.0, 201)[1:]
"""Where precision-recall curves are read: precision is not defined at no recall."""

_TWO = 2
_ROUNDING = 1e-12
_Array = NDArray[np.float64]


@dataclass(frozen=True)
class Curve:
    """A curve with its band, read at `FALSE_POSITIVE_RATE` or at `RECALL`.

    Attributes
    ----------
    value, low, high : ndarray
        True positive rate or precision, and the 95 % band of each point by itself.
    area, area_low, area_high : float
        Area below the curve as it is, and its 95 % interval.
    """

    value: _Array
    low: _Array
    high: _Array
    area: float
    area_low: float
    area_high: float


def measure_curves(
    predictions: pd.DataFrame, groups: Mapping[str, int], classes: Sequence[str]
) -> tuple[Curve, Curve]:
    """Measure ROC and precision-recall of one model under one protocol.

    Of two classes those of the second one, of more the mean over each against the rest. Only
    images of the same fold are ranked against each other, as for ``auc`` of
    `measure_predictions`: the curves are means over the folds, weighted with their pairs of a
    positive and a negative (ROC) or their positives (precision-recall), and over the seeds. So the
    area below the ROC curve is that ``auc``; precision is a step function, as in the average
    precision of scikit-learn, which is the area below it.

    Parameters
    ----------
    predictions : DataFrame
        Rows of the tidy table.
    groups : mapping of str to int
        The group of each source, which is drawn as a whole.
    classes : sequence of str
        Names of the classes.

    Returns
    -------
    roc, precision_recall : Curve
        With the bands of 400 draws of groups with replacement.
    """
    ids, group = np.unique([groups[one] for one in predictions["source_id"]], return_inverse=True)
    parts = [
        [rows.to_numpy() for _, rows in seed.groupby("fold")["_row"]]
        for _, seed in predictions.assign(_row=np.arange(len(predictions))).groupby("seed")
    ]
    labels = class_index(predictions["label"], classes)
    probabilities = probabilities_of(predictions, classes)
    positives = [1] if len(classes) == _TWO else range(len(classes))
    rankings = [
        [_Ranking(rows, probabilities[rows, one], labels[rows] == one) for rows in folds]
        for folds in parts
        for one in positives
    ]
    weights = [np.ones((1, len(ids))), *draw_groups(len(ids), DRAWS)]
    by_kind: tuple[list[_Array], list[_Array]] = ([], [])
    for counts in weights:
        of_rows = counts[:, group]
        for found, read in zip(by_kind, (_Ranking.roc, _Ranking.precision_recall), strict=True):
            found.append(np.mean([_mean_fold(folds, read, of_rows) for folds in rankings], axis=0))
    roc, precision_recall = (_with_band(np.concatenate(found)) for found in by_kind)
    return roc, precision_recall


class _Ranking:
    """The images of a fold by falling score, for many weightings of them at once."""

    def __init__(
        self, rows: NDArray[np.int64], scores: _Array, is_positive: NDArray[np.bool_]
    ) -> None:
        order = np.argsort(-scores, kind="stable")
        self._rows, self._positive = rows[order], is_positive[order]
        # Equal scores are passed together.
        self._ends = np.flatnonzero(np.append(np.diff(scores[order]) < 0, True))

    def roc(self, weights: _Array) -> tuple[_Array, _Array]:
        """Give curve and area for each weighting, shape (draws, points + 1); and its weight."""
        true, false = self._passed(weights)
        true_rate = np.pad(share(true, true[:, -1:]), ((0, 0), (1, 0)))
        false_rate = np.pad(share(false, false[:, -1:]), ((0, 0), (1, 0)))
        areas = np.trapezoid(true_rate, false_rate, axis=1)
        curves = [
            np.interp(FALSE_POSITIVE_RATE, x, y) for x, y in zip(false_rate, true_rate, strict=True)
        ]
        return np.column_stack([curves, areas]), true[:, -1] * false[:, -1]

    def precision_recall(self, weights: _Array) -> tuple[_Array, _Array]:
        """Give curve and area for each weighting, shape (draws, points + 1); and its weight."""
        true, false = self._passed(weights)
        recall, precision = share(true, true[:, -1:]), share(true, true + false)
        areas = (np.diff(recall, axis=1, prepend=0.0) * precision).sum(axis=1)
        last = len(self._ends) - 1
        curves = [
            y[np.minimum(np.searchsorted(x, RECALL - _ROUNDING), last)]
            for x, y in zip(recall, precision, strict=True)
        ]
        return np.column_stack([curves, areas]), true[:, -1]

    def _passed(self, weights: _Array) -> tuple[_Array, _Array]:
        ranked = weights[:, self._rows]
        true = np.cumsum(ranked * self._positive, axis=1)[:, self._ends]
        return true, np.cumsum(ranked, axis=1)[:, self._ends] - true


def _mean_fold(
    folds: Sequence[_Ranking],
    read: Callable[[_Ranking, _Array], tuple[_Array, _Array]],
    weights: _Array,
) -> _Array:
    found = [read(one, weights) for one in folds]
    total = np.sum([weight for _, weight in found], axis=0)
    summed = np.sum([curve * weight[:, np.newaxis] for curve, weight in found], axis=0)
    mean: _Array = summed / np.where(total > 0, total, np.nan)[:, np.newaxis]
    return mean


def _with_band(curves: _Array) -> Curve:
    """Take the first curve as it is, and the band of the others; the last column is the area."""
    value, drawn = curves[0], curves[1:][np.isfinite(curves[1:, -1])]
    tail = 50.0 * (1.0 - CONFIDENCE)
    low, high = np.percentile(drawn, [tail, 100.0 - tail], axis=0) if len(drawn) else (value, value)
    area = float(value[-1])
    interval = bootstrap_interval(area, drawn[:, -1])
    band = np.minimum(low, value)[:-1], np.maximum(high, value)[:-1]
    return Curve(value[:-1], *band, area, *interval)
