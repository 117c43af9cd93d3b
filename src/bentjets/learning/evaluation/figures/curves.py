"""ROC and precision-recall curves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bentjets.errors import InputError
from bentjets.learning.evaluation.figures.entries import choose_best
from bentjets.learning.evaluation.metrics.curves import (
    FALSE_POSITIVE_RATE,
    RECALL,
    Curve,
    measure_curves,
)
from bentjets.plotting import AAS, GREY, Journal, new_figure, open_frame, shorten, styled

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_HEIGHT_IN, _LINE_IN = 3.2, 0.165
_TWO = 2
_LEGEND: Any = {
    "loc": "upper left", "bbox_to_anchor": (0, -0.16), "borderaxespad": 0, "alignment": "left",
    "title_fontsize": "medium",
}  # fmt: skip


@styled
def draw_curves(
    predictions: pd.DataFrame,
    groups: Mapping[str, int],
    metrics: Mapping[str, Any],
    *,
    journal: Journal = AAS,
) -> Figure:
    """Draw ROC and precision-recall of the best networks and the best simple rule, with bands.

    Parameters
    ----------
    predictions : DataFrame
        The tidy table.
    groups : mapping of str to int
        The group of each source.
    metrics : mapping
        What metrics.json holds: ``classes``, and ``entries`` with ``model``, ``kind``,
        ``protocol`` and ``metrics``, of which the areas below the ROC curves are shown.
    journal : Journal
        Whose columns it fills.

    Returns
    -------
    matplotlib.figure.Figure
        Two panels, of the first protocol: six networks or ensembles of the highest accuracy and in
        grey the best simple rule, each with its area and the 95 % interval of that.

    Raises
    ------
    InputError
        If there is no prediction of a model that was measured.
    """
    classes, protocol = metrics["classes"], metrics["entries"][0]["protocol"]
    mine = predictions[predictions["protocol"] == protocol]
    areas = {
        entry["model"]: entry["metrics"]["auc"]
        for entry in metrics["entries"]
        if entry["protocol"] == protocol
    }
    shown = {
        name: look for name, look in choose_best(metrics).items() if name in set(mine["model"])
    }
    if not shown:
        raise InputError("there is no prediction to draw: run the modelling again")
    figure = new_figure(journal.text_in, _HEIGHT_IN + _LINE_IN * len(shown))
    roc_axis, precision_axis = figure.subplots(1, 2)
    for name, look in shown.items():
        rows = mine[mine["model"] == name]
        roc, precision_recall = measure_curves(rows, groups, classes)
        auc = _words(name, *(areas[name][one] for one in ("value", "low", "high")))
        _draw(roc_axis, FALSE_POSITIVE_RATE, roc, look, auc)
        roc_axis.plot([0, 0], [0, roc.value[0]], color=look["color"])
        area = precision_recall.area, precision_recall.area_low, precision_recall.area_high
        _draw(precision_axis, RECALL, precision_recall, look, _words(name, *area))
    roc_axis.plot([0, 1], [0, 1], color=GREY, linestyle=":", linewidth=0.8)
    labels = mine.drop_duplicates("source_id")["label"]
    share = float(np.mean([(labels == name).mean() for name in _positives(classes)]))
    precision_axis.axhline(share, color=GREY, linestyle=":", linewidth=0.8)
    positive = shorten(classes[1]) if len(classes) == _TWO else "each class against the rest"
    roc_axis.set(xlabel="false positive rate", ylabel="true positive rate")
    roc_axis.legend(title="area (AUC)", **_LEGEND)
    precision_axis.set(xlabel="recall", ylabel="precision")
    precision_axis.legend(title="average precision", **_LEGEND)
    for axis in (roc_axis, precision_axis):
        axis.set(xlim=(-0.01, 1.01), ylim=(-0.01, 1.02))
        open_frame(axis)
    roc_axis.set_title(f"ROC: {positive}")
    precision_axis.set_title(f"precision and recall: {positive}")
    return figure


def _positives(classes: list[str]) -> list[str]:
    return classes[1:] if len(classes) == _TWO else classes


def _words(name: str, value: float | None, low: float | None, high: float | None) -> str:
    short = shorten(name, 22)
    if value is None:
        return short
    told = f"{short}: {value:.3f}"
    return told if low is None or high is None else f"{told} [{low:.3f}, {high:.3f}]"


def _draw(
    axis: Axes, at: NDArray[np.float64], curve: Curve, look: Mapping[str, Any], label: str
) -> None:
    axis.fill_between(at, curve.low, curve.high, color=look["color"], alpha=0.15, linewidth=0)
    axis.plot(at, curve.value, color=look["color"], label=label)
