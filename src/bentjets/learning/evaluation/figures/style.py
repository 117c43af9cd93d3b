"""What all figures of learning share: fonts, colours, panels, short names."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any, ParamSpec

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

STYLE: Any = {
    "font.size": 8,
    "axes.titlesize": 8,
    "axes.labelsize": 8,
    "xtick.labelsize": 8,
    "ytick.labelsize": 8,
    "legend.fontsize": 8,
    "axes.linewidth": 0.6,
    "lines.linewidth": 1.2,
}
DPI = 200
BLUE, VERMILION, GREEN, PURPLE = "#0072B2", "#D55E00", "#009E73", "#CC79A7"
ORANGE, SKY, BLACK, GREY = "#E69F00", "#56B4E9", "#000000", "#8c8c8c"
COLOURS = (BLUE, VERMILION, GREEN, PURPLE, ORANGE, SKY, BLACK)
MARKERS = ("o", "s", "^", "D", "v", "P", "X")
PANELS_PER_ROW = 3
LONGEST_NAME = 18

_Arguments = ParamSpec("_Arguments")


def styled(draw: Callable[_Arguments, Figure]) -> Callable[_Arguments, Figure]:
    """Draw in this style, and leave matplotlib's settings as they were."""

    @wraps(draw)
    def drawn(*args: _Arguments.args, **kwargs: _Arguments.kwargs) -> Figure:
        from matplotlib import rc_context

        with rc_context(STYLE):
            return draw(*args, **kwargs)

    return drawn


def new_figure(width_in: float, height_in: float) -> Figure:
    """Give an empty figure that is laid out when it is drawn."""
    from matplotlib.figure import Figure as NewFigure

    return NewFigure(figsize=(width_in, height_in), dpi=DPI, layout="constrained")


def new_panels(n_panels: int, width_in: float, height_in: float) -> tuple[Figure, list[Axes]]:
    """Give a figure with panels of this size, at most three in a row, sharing no axis."""
    n_columns = min(n_panels, PANELS_PER_ROW)
    n_rows = -(-n_panels // n_columns)
    figure = new_figure(n_columns * width_in, n_rows * height_in)
    axes = figure.subplots(n_rows, n_columns, squeeze=False).ravel()
    for axis in axes[n_panels:]:
        axis.remove()
    return figure, list(axes[:n_panels])


def open_frame(axis: Axes) -> None:
    """Leave the lines on the left and below of an axis, over a light grid."""
    axis.grid(color="0.92")
    axis.set_axisbelow(True)
    axis.spines[["top", "right"]].set_visible(False)


def shorten(name: str, longest: int = LONGEST_NAME) -> str:
    """Cut a name that would run into its neighbour's."""
    return name if len(name) <= longest else f"{name[: longest - 1]}…"


def one_protocol(table_protocols: list[str], protocol: str) -> str:
    """Say the protocol beside a model's name where there is more than one."""
    return f" ({protocol.replace('_', ' ')})" if len({*table_protocols}) > 1 else ""


def empty_figure(reason: str) -> Figure:
    """Give a figure that says why there is nothing to draw."""
    figure = new_figure(5, 0.5)
    figure.text(0.5, 0.5, reason, ha="center", va="center", color=GREY)
    return figure
