"""Figure 3 of the paper: where each network looks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from bentjets.errors import InputError
from bentjets.plotting import AAS, VERMILION, Journal, new_figure, shorten, styled

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

RIGHT_COLOUR, WRONG_COLOUR = "black", VERMILION
MOST_COLUMNS, LEAST_COLUMNS = 8, 4
# The square root shows the faint jets beside the bright core.
_GAMMA = 0.5
_NOTHING = 1e-30


@styled
def draw_attention(attention: Mapping[str, pd.DataFrame], *, journal: Journal = AAS) -> Figure:
    """Draw where each network looks, as Figure 3 of Hossain et al. (2025).

    A row of the images themselves, then a row per network with its attention over them; where a
    network was asked about other sources than the one before, its images come first again.
    More than eight images stand in several such blocks, one below the other.

    Parameters
    ----------
    attention : mapping of str to DataFrame
        For each network one row per source: ``source_id``, ``label``, ``predicted``,
        ``probability``, ``height`` and ``width`` (pixels), ``image`` and ``attention`` (height x
        width floats from 0 to 1, FITS row order), ``against`` (bool: the map shows what speaks
        against the prediction, as nothing speaks for it) and ``flat`` (bool: it shows nothing).
    journal : Journal
        Whose columns it fills.

    Returns
    -------
    matplotlib.figure.Figure
        The figure; a wrong prediction has a cross and a vermilion title. A flat map says that it
        is flat instead of showing anything; one of what speaks against says so, and is green.

    Raises
    ------
    InputError
        If there is no image to draw.
    """
    most = max((len(table) for table in attention.values()), default=0)
    if most == 0:
        raise InputError("there is no attention to draw: choose at least one image for a model")
    n_blocks = -(-most // MOST_COLUMNS)
    n_columns = -(-most // n_blocks)
    blocks = [
        {name: table[start : start + n_columns] for name, table in attention.items()}
        for start in range(0, most, n_columns)
    ]
    strips = [strip for block in blocks for strip in _lay_out(block)]
    panel_in = journal.text_in / max(n_columns, LEAST_COLUMNS)
    figure = new_figure(journal.text_in, len(strips) * (panel_in + 0.22))
    axes = figure.subplots(len(strips), n_columns, squeeze=False)
    for row, (name, table, overlaid) in zip(axes, strips, strict=True):
        for axis, (_, source) in zip(row, table.iterrows(), strict=False):
            (_draw_map if overlaid else _draw_image)(axis, source)
        for axis in row[len(table) :]:
            axis.set_axis_off()
        row[0].set_ylabel(shorten(name, 16))
    return figure


def _lay_out(attention: Mapping[str, pd.DataFrame]) -> list[tuple[str, pd.DataFrame, bool]]:
    """Give the rows of the figure: title, sources, and whether the attention is overlaid."""
    strips: list[tuple[str, pd.DataFrame, bool]] = []
    shown: list[str] = []
    for name, table in attention.items():
        if table.empty:
            continue
        sources = list(table["source_id"])
        if sources != shown:
            strips.append(("image", table, False))
            shown = sources
        strips.append((name, table, True))
    return strips


def _draw_image(axis: Axes, source: Any) -> None:
    _show(axis, source)
    axis.set_title(f"{shorten(source['source_id'], 14)}\n{shorten(source['label'], 14)}")


def _draw_map(axis: Axes, source: Any) -> None:
    _show(axis, source)
    right = source["predicted"] == source["label"]
    axis.set_title(
        f"{shorten(source['predicted'], 8)} {source['probability']:.2f}{'' if right else ' ✗'}",
        color=RIGHT_COLOUR if right else WRONG_COLOUR,
    )
    words = "map is flat" if source["flat"] else "speaks against" if source["against"] else ""
    if words:
        axis.text(0.5, 0.04, words, color="white", ha="center", transform=axis.transAxes)
    if source["flat"]:
        return
    colours = "viridis" if source["against"] else "inferno"
    heat = np.asarray(source["attention"], dtype=np.float32).reshape(_shape(source))
    axis.imshow(heat, cmap=colours, vmin=0, vmax=1, alpha=0.55, origin="lower")


def _show(axis: Axes, source: Any) -> None:
    image = np.asarray(source["image"], dtype=np.float32).reshape(_shape(source))
    peak = max(float(image.max()), _NOTHING)
    # FITS row order: the first row is the southernmost.
    axis.imshow((image / peak) ** _GAMMA, cmap="gray", vmin=0, vmax=1, origin="lower")
    axis.set_xticks([])
    axis.set_yticks([])


def _shape(source: Any) -> tuple[int, int]:
    return int(source["height"]), int(source["width"])
