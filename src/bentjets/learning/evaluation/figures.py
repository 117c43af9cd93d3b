"""Figures of what networks learned and where they look. Matplotlib is imported inside functions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from bentjets.errors import InputError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

STYLE: Any = {
    "font.size": 8,
    "axes.titlesize": 8,
    "axes.labelsize": 9,
    "xtick.labelsize": 8,
    "ytick.labelsize": 8,
    "legend.fontsize": 8,
    "axes.linewidth": 0.6,
}
DPI = 200
RIGHT_COLOUR, WRONG_COLOUR = "black", "#D55E00"
# Okabe and Ito's colours, which colour-blind readers can tell apart.
TRAINING_COLOUR, VALIDATION_COLOUR = "#0072B2", "#D55E00"
PANEL_IN = 1.3
LONGEST_NAME = 18
PANELS_PER_ROW = 3


def _styled(draw: Callable[[Mapping[str, Any]], Figure]) -> Callable[[Mapping[str, Any]], Figure]:
    """Draw in this page's style, and leave matplotlib's settings as they were."""

    @wraps(draw)
    def styled(content: Mapping[str, Any]) -> Figure:
        from matplotlib import rc_context

        with rc_context(STYLE):
            return draw(content)

    return styled


@_styled
def draw_attention(attention: Mapping[str, pd.DataFrame]) -> Figure:
    """Draw where each model looks, as Figure 3 of Hossain et al. (2025).

    A row of the images themselves, then a row per model with its attention over them; where a
    model was asked about other sources than the one before, its images come first again.

    Parameters
    ----------
    attention : mapping of str to DataFrame
        For each model what `attend` gives.

    Returns
    -------
    matplotlib.figure.Figure
        The figure; a wrong prediction has a cross and a vermilion title.

    Raises
    ------
    InputError
        If there is no image to draw.
    """
    strips = _lay_out(attention)
    n_columns = max((len(table) for _, table, _ in strips), default=0)
    if n_columns == 0:
        raise InputError("there is no attention to draw: choose at least one image for a model")
    figure = _new_figure(n_columns * PANEL_IN + 0.4, len(strips) * (PANEL_IN + 0.3))
    axes = figure.subplots(len(strips), n_columns, squeeze=False)
    for row, (name, table, overlaid) in zip(axes, strips, strict=True):
        for axis, (_, source) in zip(row, table.iterrows(), strict=False):
            _draw_source(axis, source, overlaid)
        for axis in row[len(table) :]:
            axis.set_axis_off()
        row[0].set_ylabel(_shorten(name))
    return figure


@_styled
def draw_confusion(metrics: Mapping[str, dict[str, Any]]) -> Figure:
    """Draw the confusion matrix of each model: counts, and shares of each true class.

    Parameters
    ----------
    metrics : mapping of str to dict
        For each model what `measure` gives.

    Returns
    -------
    matplotlib.figure.Figure
        One panel per model.

    Raises
    ------
    InputError
        If there is no model.
    """
    figure, panels = _panels(len(metrics), height_in=2.6)
    for axis, (name, measured) in zip(panels, metrics.items(), strict=True):
        counts = np.array(measured["confusion"], dtype=float)
        shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
        image = axis.imshow(shares, cmap="Blues", vmin=0, vmax=1)
        for (row, column), count in np.ndenumerate(counts):
            share = shares[row, column]
            axis.text(
                column, row, f"{count:.0f}\n{share:.0%}",
                ha="center", va="center", color="white" if share > 0.5 else "black",  # noqa: PLR2004
            )  # fmt: skip
        axis.set_xticks(range(len(counts)), measured["classes"])
        axis.set_yticks(range(len(counts)), measured["classes"], rotation=90, va="center")
        axis.set_xlabel("predicted class")
        axis.set_ylabel("true class")
        axis.set_title(f"{name}\naccuracy {measured['accuracy']:.2f}, n = {measured['n']}")
    bar = figure.colorbar(image, ax=panels, shrink=0.8, label="share of the true class")
    bar.outline.set_visible(False)
    return figure


@_styled
def draw_history(history: Mapping[str, pd.DataFrame]) -> Figure:
    """Draw loss and accuracy against epoch.

    Parameters
    ----------
    history : mapping of str to DataFrame
        For each model what `train_network` gives.

    Returns
    -------
    matplotlib.figure.Figure
        A column per model: losses above, validation accuracy below; a dotted line marks the
        epoch of the lowest validation loss, whose weights are kept.

    Raises
    ------
    InputError
        If there is no model.
    """
    if not history:
        raise InputError("there is no model to draw: train at least one")
    figure = _new_figure(max(3.4, 2.2 * len(history) + 0.6), 3.8)
    axes = figure.subplots(2, len(history), squeeze=False, sharey="row")
    for column, (name, table) in enumerate(history.items()):
        _draw_model_history(list(axes[:, column]), name, table)
    axes[0, 0].set_ylabel("loss")
    axes[1, 0].set_ylabel("validation accuracy")
    axes[1, 0].set_ylim(0, 1.02)
    handles, labels = axes[0, 0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper center", ncols=3, frameon=False)
    return figure


def _lay_out(attention: Mapping[str, pd.DataFrame]) -> list[tuple[str, pd.DataFrame, bool]]:
    """Give the rows of the figure: title, sources, and whether the attention is overlaid."""
    strips: list[tuple[str, pd.DataFrame, bool]] = []
    shown: list[str] = []
    for name, table in attention.items():
        sources = list(table["source_id"])
        if sources != shown:
            strips.append(("image", table, False))
            shown = sources
        strips.append((name, table, True))
    return strips


def _draw_source(axis: Axes, source: Any, overlaid: bool) -> None:
    shape = (int(source["height"]), int(source["width"]))
    grey = np.asarray(source["image"], dtype=np.uint8).reshape(shape)
    # Batches keep FITS row order: their first row is the southernmost.
    axis.imshow(grey, cmap="gray", vmin=0, vmax=255, origin="lower")
    axis.set_xticks([])
    axis.set_yticks([])
    if not overlaid:
        axis.set_title(f"{_shorten(source['source_id'])}\n{source['label']}")
        return
    heat = np.asarray(source["attention"], dtype=np.float32).reshape(shape)
    axis.imshow(heat, cmap="inferno", vmin=0, vmax=1, alpha=0.55, origin="lower")
    right = source["predicted"] == source["label"]
    axis.set_title(
        f"{source['predicted']} {source['probability']:.2f}{'' if right else ' ✗'}",
        color=RIGHT_COLOUR if right else WRONG_COLOUR,
    )


def _draw_model_history(axes: Sequence[Axes], name: str, table: pd.DataFrame) -> None:
    from matplotlib.ticker import MaxNLocator

    above, below = axes
    above.plot(table["epoch"], table["train_loss"], color=TRAINING_COLOUR, label="training",
               marker="o", markersize=2)  # fmt: skip
    above.plot(table["epoch"], table["val_loss"], color=VALIDATION_COLOUR, label="validation",
               marker="s", markersize=2)  # fmt: skip
    below.plot(table["epoch"], table["val_accuracy"], color=VALIDATION_COLOUR,
               marker="s", markersize=2)  # fmt: skip
    best = table["epoch"].iloc[int(table["val_loss"].argmin())]
    for axis in axes:
        axis.axvline(best, color="0.5", linestyle=":", linewidth=1, label="kept epoch")
        axis.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=5))
        axis.grid(color="0.92")
        axis.spines[["top", "right"]].set_visible(False)
    above.set_title(name)
    below.set_xlabel("epoch")


def _panels(n_panels: int, height_in: float) -> tuple[Figure, list[Axes]]:
    """Give a figure with panels, at most three in a row."""
    if n_panels == 0:
        raise InputError("there is no model to draw: train and evaluate at least one")
    n_columns = min(n_panels, PANELS_PER_ROW)
    n_rows = -(-n_panels // n_columns)
    figure = _new_figure(n_columns * 2.4 + 0.9, n_rows * height_in + 0.2)
    axes = figure.subplots(n_rows, n_columns, squeeze=False).ravel()
    for axis in axes[n_panels:]:
        axis.remove()
    return figure, list(axes[:n_panels])


def _new_figure(width_in: float, height_in: float) -> Figure:
    from matplotlib.figure import Figure as NewFigure

    return NewFigure(figsize=(width_in, height_in), dpi=DPI, layout="constrained")


def _shorten(name: str) -> str:
    return name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 1]}…"
