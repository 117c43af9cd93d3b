"""How bright, how large and how bent the sources of each class are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bentjets.plotting import AAS, COLOURS, Journal, empty_figure, new_figure, open_frame, styled
from bentjets.plotting import shorten as cut

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Column of the manifest, words, factor to the unit of the words, whether the axis is logarithmic.
_PANELS = (
    ("peak_jy_beam", "peak (mJy/beam)", 1000, True),
    ("largest_angular_size_arcsec", "largest angular size (″)", 1, True),
    ("opening_angle_deg", "opening angle (°)", 1, False),
)
_BINS = 20
_HEIGHT_IN = 2.5
_LINES = ("-", "--", ":", "-.")
_DECADES = 30


@styled
def draw_distributions(
    manifest: pd.DataFrame, classes: Sequence[str], *, journal: Journal = AAS
) -> Figure:
    """Draw histograms of flux, size and opening angle, with the median of each class.

    Parameters
    ----------
    manifest : DataFrame
        One row per source: ``morphology``, and those of ``peak_jy_beam``,
        ``largest_angular_size_arcsec`` and ``opening_angle_deg`` that are known.
    classes : sequence of str
        Names of the classes.
    journal : Journal
        Whose columns it fills.

    Returns
    -------
    matplotlib.figure.Figure
        A panel for each quantity: the number of sources of each class in 20 bins, and a triangle
        at its median; above it how many sources have a value, and the median. Where nothing was
        measured, a line that says so.
    """
    panels = [
        panel
        for panel in _PANELS
        if panel[0] in manifest and _usable(manifest[panel[0]], is_log=panel[3]).any()
    ]
    if not panels:
        return empty_figure("nothing was measured of these sources", journal)
    from matplotlib.ticker import MaxNLocator

    figure = new_figure(journal.text_in, _HEIGHT_IN)
    axes = figure.subplots(1, len(panels), squeeze=False)[0]
    for axis, (column, words, factor, is_log) in zip(axes, panels, strict=True):
        is_usable = _usable(manifest[column], is_log=is_log)
        values = factor * manifest[column].astype(float)
        edges = _bin(values[is_usable], is_log=is_log)
        for place, name in enumerate(classes):
            own = values[is_usable & (manifest["morphology"] == name)]
            _draw_class(axis, own, edges, cut(name, 10), place)
        if is_log:
            _write_numbers(axis, edges)
        axis.set_xlabel(words)
        axis.yaxis.set_major_locator(MaxNLocator(5, integer=True))
        # Room for the medians below the legend.
        axis.set_ylim(0, 1.1 * axis.get_ylim()[1])
        axis.legend(loc="lower left", bbox_to_anchor=(0, 1), borderaxespad=0.2)
        open_frame(axis)
    axes[0].set_ylabel("sources")
    return figure


def _usable(values: pd.Series, *, is_log: bool) -> pd.Series:
    numbers = pd.to_numeric(values, errors="coerce")
    return (numbers > 0) if is_log else numbers.notna()


def _bin(values: pd.Series, *, is_log: bool) -> NDArray[np.float64]:
    low, high = float(values.min()), float(values.max())
    if not is_log:
        return np.linspace(0, 180, _BINS + 1)
    if low == high:
        low, high = low / 2, high * 2
    return np.geomspace(low, high, _BINS + 1)


def _draw_class(
    axis: Axes, own: pd.Series, edges: NDArray[np.float64], name: str, place: int
) -> None:
    colour = COLOURS[place % len(COLOURS)]
    counts, _ = np.histogram(own, edges)
    median = f", median {float(own.median()):.3g}" if len(own) else ""
    axis.stairs(
        counts, edges, color=colour, linestyle=_LINES[place % len(_LINES)], linewidth=1.2,
        label=f"{name}: {len(own)}{median}",
    )  # fmt: skip
    axis.stairs(counts, edges, color=colour, alpha=0.15, fill=True)
    if len(own):
        axis.plot(
            [own.median()], [0.97], color=colour, marker="v", markersize=5, linestyle="none",
            transform=axis.get_xaxis_transform(),
        )  # fmt: skip


def _write_numbers(axis: Axes, edges: NDArray[np.float64]) -> None:
    """Write numbers, not powers of ten, where there is room for them."""
    from matplotlib.ticker import LogLocator, NullFormatter

    axis.set_xscale("log")
    is_wide = edges[-1] > _DECADES * edges[0]
    axis.xaxis.set_major_locator(LogLocator(subs=(1,) if is_wide else (1, 2, 3, 5)))
    axis.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
    axis.xaxis.set_minor_formatter(NullFormatter())
