"""Where networks are good: accuracy against what is known of the sources."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from bentjets.learning.evaluation.figures.entries import choose_best
from bentjets.plotting import (
    AAS,
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

_LABELS = {
    "peak_jy_beam": ("peak (mJy/beam)", 1000),
    "snr": ("signal to noise", 1),
    "largest_angular_size_arcsec": ("largest angular size (″)", 1),
    "opening_angle_deg": ("opening angle (°)", 1),
}
_PER_ROW = 2
_DODGE = 0.6
_TWO_FIGURES = 10


@styled
def draw_properties(
    metrics_by_property: pd.DataFrame, metrics: Mapping[str, Any], *, journal: Journal = AAS
) -> Figure:
    """Draw the accuracy on sources of different flux, signal to noise, size and opening angle.

    Parameters
    ----------
    metrics_by_property : DataFrame
        For each model and protocol a row per property and part of the sources: ``model``,
        ``protocol``, ``property`` (a column of the manifest), ``low`` and ``high`` (of the sources
        of this part), ``n`` (images), ``accuracy``, ``accuracy_low`` and ``accuracy_high``
        (Wilson, 95 %; 0 to 1).
    metrics : mapping
        What metrics.json holds: ``entries`` with ``model``, ``kind``, ``protocol`` and ``metrics``.
    journal : Journal
        Whose columns it fills.

    Returns
    -------
    matplotlib.figure.Figure
        A panel per property, of the first protocol; the six networks or ensembles of the highest
        accuracy, and in grey the best of the simple rules. Without rows a line that says so.
    """
    shown = choose_best(metrics)
    protocol = metrics["entries"][0]["protocol"]
    rows = metrics_by_property[
        metrics_by_property["model"].isin(list(shown))
        & (metrics_by_property["protocol"] == protocol)
    ]
    if rows.empty:
        return empty_figure(
            "nothing was measured of these sources: there are no properties", journal
        )
    properties = list(dict.fromkeys(rows["property"]))
    n_columns = min(_PER_ROW, len(properties))
    n_rows = -(-len(properties) // n_columns)
    figure = new_figure(journal.text_in, 1.75 * n_rows + 0.3)
    axes = figure.subplots(n_rows, n_columns, squeeze=False, sharey=True).ravel()
    for axis, name in zip(axes, properties, strict=False):
        _draw_property(axis, rows[rows["property"] == name], name, shown)
    for axis in axes[::n_columns]:
        axis.set_ylabel("accuracy (%)")
    for axis in axes[len(properties) :]:
        axis.remove()
    axes[0].set_ylim(max(0, 100 * rows["accuracy_low"].min() - 5), 102)
    handles, labels = axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper center", ncols=4)
    return figure


def _draw_property(
    axis: Axes, rows: pd.DataFrame, name: str, shown: Mapping[str, dict[str, Any]]
) -> None:
    text, factor = _LABELS.get(name, (name.replace("_", " "), 1))
    parts = rows.drop_duplicates("low").sort_values("low")
    place_of = {low: place for place, low in enumerate(parts["low"])}
    offsets = np.linspace(-0.5, 0.5, len(shown) + 2)[1:-1] * _DODGE
    for (model, look), offset in zip(shown.items(), offsets, strict=True):
        own = rows[rows["model"] == model]
        accuracy = 100 * own["accuracy"]
        limits = [accuracy - 100 * own["accuracy_low"], 100 * own["accuracy_high"] - accuracy]
        axis.errorbar(
            own["low"].map(place_of) + offset, accuracy, yerr=np.clip(limits, 0, None),
            linestyle="none", markersize=4, elinewidth=1, label=shorten(model, 26), **look,
        )  # fmt: skip
    labels = [
        f"{_number(factor * part['low'])}–{_number(factor * part['high'])}\n{part['n']:.0f} images"
        for _, part in parts.iterrows()
    ]
    axis.set_xticks(range(len(parts)), labels)
    axis.set_xlim(-0.5, len(parts) - 0.5)
    axis.set_xlabel(text)
    open_frame(axis)
    axis.grid(visible=False, axis="x")


def _number(value: float) -> str:
    """Write a number with two figures at least, and no power of ten."""
    return f"{value:,.0f}" if abs(value) >= _TWO_FIGURES else f"{value:.2g}"
