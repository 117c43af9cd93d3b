"""Whether probabilities mean what they say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from bentjets.errors import InputError
from bentjets.learning.evaluation.figures.entries import one_protocol
from bentjets.plotting import AAS, BLUE, GREY, Journal, new_panels, open_frame, shorten, styled

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_PANEL_IN = 2.5
_BAR_PERCENT = 15


@styled
def draw_reliability(
    reliability: pd.DataFrame, metrics: Mapping[str, Any], *, journal: Journal = AAS
) -> Figure:
    """Draw how often predictions are right against how sure they are.

    Parameters
    ----------
    reliability : DataFrame
        For each model and protocol a row per bin of the largest probability: ``model``,
        ``protocol``, ``low`` and ``high`` (edges), ``n`` (images), ``confidence`` (their mean),
        ``accuracy``, ``accuracy_low`` and ``accuracy_high`` (Wilson, 95 %); all from 0 to 1.
    metrics : mapping
        What metrics.json holds: ``classes``, and ``entries`` with ``model``, ``kind``,
        ``protocol`` and ``metrics``, of which the expected calibration error is shown.
    journal : Journal
        Whose columns it fills.

    Returns
    -------
    matplotlib.figure.Figure
        A panel per network and ensemble: a point per bin, the band of its intervals, the
        diagonal, and below how many images there are.

    Raises
    ------
    InputError
        If there is no network.
    """
    entries = [entry for entry in metrics["entries"] if entry["kind"] != "baseline"]
    if not entries:
        raise InputError("there is no model to draw: train and evaluate at least one")
    figure, panels = new_panels(len(entries), _PANEL_IN, journal)
    for axis, entry in zip(panels, entries, strict=True):
        is_entry = (reliability["model"] == entry["model"]) & (
            reliability["protocol"] == entry["protocol"]
        )
        _draw_bins(axis, reliability[is_entry], guess=1 / len(metrics["classes"]))
        protocol = one_protocol([other["protocol"] for other in entries], entry["protocol"])
        error = entry["metrics"]["ece"]["value"]
        axis.set_title(f"{shorten(entry['model'], 26)}{protocol}\ncalibration error {error:.3f}")
    return figure


def _draw_bins(axis: Axes, bins: pd.DataFrame, guess: float) -> None:
    start = 100 * np.floor(10 * guess) / 10
    axis.plot([start, 100], [start, 100], color=GREY, linestyle="--", linewidth=0.8)
    edges, widths = 100 * bins["low"], 100 * (bins["high"] - bins["low"])
    heights = _BAR_PERCENT * bins["n"] / max(bins["n"].max(), 1)
    axis.bar(edges, heights, widths, align="edge", color="0.85", edgecolor="white", linewidth=0.8)
    for edge, width, height, n in zip(edges, widths, heights, bins["n"], strict=True):
        axis.text(
            edge + width / 2, height + 1, f"{n:.0f}",
            color="0.35", ha="center", va="bottom",
        )  # fmt: skip
    confidence = 100 * bins["confidence"]
    limits = 100 * bins["accuracy_low"], 100 * bins["accuracy_high"]
    axis.fill_between(confidence, *limits, color=BLUE, alpha=0.2, linewidth=0)
    # One bin alone has no band.
    axis.vlines(confidence, *limits, color=BLUE, linewidth=0.6)
    axis.plot(confidence, 100 * bins["accuracy"], color=BLUE, marker="o", markersize=3.5)
    axis.set_xlim(start, 101)
    axis.set_ylim(0, 103)
    axis.set_xlabel("probability given (%)")
    axis.set_ylabel("right (%)")
    open_frame(axis)
