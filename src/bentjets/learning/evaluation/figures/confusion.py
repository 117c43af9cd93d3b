"""Confusion matrices."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from bentjets.errors import InputError
from bentjets.learning.evaluation.figures.entries import one_protocol
from bentjets.plotting import AAS, Journal, new_panels, shorten, styled

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_DARK = 0.5
_ROOM_FOR_SHARES = 5


@styled
def draw_confusion(metrics: Mapping[str, Any], *, journal: Journal = AAS) -> Figure:
    """Draw the confusion matrix of each network and ensemble.

    Parameters
    ----------
    metrics : mapping
        What metrics.json holds: ``classes``, and ``entries`` with ``model``, ``kind``,
        ``protocol``, ``n``, ``metrics`` and ``confusion`` (true classes in rows; the mean over
        the seeds).
    journal : Journal
        Whose columns it fills.

    Returns
    -------
    matplotlib.figure.Figure
        One panel each: counts, and shares of the true class.

    Raises
    ------
    InputError
        If there is no network.
    """
    entries = [entry for entry in metrics["entries"] if entry["kind"] != "baseline"]
    if not entries:
        raise InputError("there is no model to draw: train and evaluate at least one")
    height_in = 0.42 * max(len(metrics["classes"]), 4) + 1.0
    figure, panels = new_panels(len(entries), height_in, journal)
    for axis, entry in zip(panels, entries, strict=True):
        _draw_counts(axis, np.array(entry["confusion"], dtype=float), metrics["classes"])
        protocol = one_protocol([entry["protocol"] for entry in entries], entry["protocol"])
        accuracy = 100 * entry["metrics"]["accuracy"]["value"]
        axis.set_title(f"{shorten(entry['model'], 26)}{protocol}\n{accuracy:.1f} % of {entry['n']}")
    return figure


def _draw_counts(axis: Axes, counts: np.ndarray, classes: list[str]) -> None:
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    axis.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    for (row, column), count in np.ndenumerate(counts):
        share = shares[row, column]
        text = f"{count:.0f}" if float(count).is_integer() else f"{count:.1f}"
        if len(classes) <= _ROOM_FOR_SHARES:
            text += f"\n{share:.0%}"
        colour = "white" if share > _DARK else "black"
        axis.text(column, row, text, ha="center", va="center", color=colour)
    names = [shorten(name, 10) for name in classes]
    axis.set_xticks(range(len(names)), names)
    axis.set_yticks(range(len(names)), names, rotation=90, va="center")
    axis.tick_params(length=0)
    axis.set_xlabel("predicted class")
    axis.set_ylabel("true class")
