"""What the simple rules on the shape of the islands go by."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from bentjets.learning.evaluation.baselines import SHAPE_LOGISTIC
from bentjets.plotting import (
    AAS,
    BLUE,
    VERMILION,
    Journal,
    empty_figure,
    new_figure,
    open_frame,
    shorten,
    styled,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_UNIT = " arcsec"
_TWO = 2


@styled
def draw_importance(
    shape_importance: pd.DataFrame, classes: Sequence[str], *, journal: Journal = AAS
) -> Figure:
    """Draw how much each moment counts in the rules on shapes, the largest above.

    Parameters
    ----------
    shape_importance : DataFrame
        ``model``, ``feature``, ``value`` (mean over the folds), ``low`` and ``high`` (least and
        largest of a fold): of the logistic regression coefficients, above zero where they speak
        for the second of two classes; of the forest the accuracy lost where a moment is shuffled.
    classes : sequence of str
        Names of the classes.
    journal : Journal
        Whose columns it fills.

    Returns
    -------
    matplotlib.figure.Figure
        A panel per model; without rows a line that says so. All panels have the features in one
        order, that of the first model.
    """
    if shape_importance.empty:
        return empty_figure("no shapes of islands were measured: there is no rule on them", journal)
    models = list(dict.fromkeys(shape_importance["model"]))
    first = shape_importance[shape_importance["model"] == models[0]]
    # The largest stands above, and axes count from below.
    by_size = first.assign(size=first["value"].abs()).sort_values("size")
    features = list(by_size["feature"])
    figure = new_figure(journal.text_in, 0.6 + 0.17 * len(features))
    axes = figure.subplots(1, len(models), squeeze=False, sharey=True)[0]
    for axis, model in zip(axes, models, strict=True):
        rows = shape_importance[shape_importance["model"] == model].set_index("feature")
        is_logistic = model == SHAPE_LOGISTIC
        _draw_bars(axis, rows.reindex(features), factor=1 if is_logistic else 100)
        axis.set_title(model)
        axis.set_xlabel(_coefficient(classes) if is_logistic else "accuracy lost (points)")
    axes[0].set_yticks(range(len(features)), [_words(feature) for feature in features])
    return figure


def _coefficient(classes: Sequence[str]) -> str:
    if len(classes) > _TWO:
        return "size of the coefficients"
    first, second = (shorten(name) for name in classes)
    return f"← {first}    coefficient    {second} →"


def _draw_bars(axis: Axes, rows: pd.DataFrame, factor: float) -> None:
    places, values = np.arange(len(rows)), factor * rows["value"]
    axis.barh(places, values, color=np.where(values < 0, VERMILION, BLUE), height=0.7)
    limits = [values - factor * rows["low"], factor * rows["high"] - values]
    axis.errorbar(
        values, places, xerr=np.clip(limits, 0, None), fmt="none", ecolor="black", elinewidth=0.8
    )
    axis.axvline(0, color="black", linewidth=0.6)
    open_frame(axis)
    axis.grid(visible=False, axis="y")
    axis.tick_params(axis="y", length=0)


def _words(feature: str) -> str:
    """Write the name of a column as a reader would."""
    text = feature.replace("n_islands", "number of islands").replace("_", " ")
    return text.removesuffix(_UNIT)
