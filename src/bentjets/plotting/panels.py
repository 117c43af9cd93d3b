"""Empty figures at the width of a journal, and their panels."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bentjets.plotting.journals import AAS, Journal
from bentjets.plotting.style import GREY

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

PANELS_PER_ROW = 3


def new_figure(width_in: float, height_in: float) -> Figure:
    """Give an empty figure that is laid out when it is drawn."""
    from matplotlib.figure import Figure as NewFigure
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    engine = ConstrainedLayoutEngine(w_pad=0.03, h_pad=0.03)
    return NewFigure(figsize=(width_in, height_in), layout=engine)


def new_panels(n_panels: int, height_in: float, journal: Journal) -> tuple[Figure, list[Axes]]:
    """Give a figure with panels of this height that share no axis.

    One panel is as wide as a column; more of them stand over both columns, three in a row.
    """
    n_columns = min(n_panels, PANELS_PER_ROW)
    n_rows = -(-n_panels // n_columns)
    width_in = journal.column_in if n_panels == 1 else journal.text_in
    figure = new_figure(width_in, n_rows * height_in)
    axes = figure.subplots(n_rows, n_columns, squeeze=False).ravel()
    for axis in axes[n_panels:]:
        axis.remove()
    return figure, list(axes[:n_panels])


def open_frame(axis: Axes) -> None:
    """Leave the lines on the left and below of an axis, over a light grid."""
    axis.grid(visible=True)
    axis.spines[["top", "right"]].set_visible(False)


def empty_figure(reason: str, journal: Journal = AAS) -> Figure:
    """Give a figure that says why there is nothing to draw."""
    figure = new_figure(journal.text_in, 0.5)
    figure.text(0.5, 0.5, reason, ha="center", va="center", color=GREY)
    return figure
