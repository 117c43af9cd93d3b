"""Figure 1 of the paper: example cutouts of each class, on the sky."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from astropy.io import fits
from astropy.stats import mad_std
from astropy.wcs import WCS
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.colors import AsinhNorm
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, NullLocator

from bentjets.plotting import AAS, Journal, shorten, styled
from bentjets.radio.cutouts import celestial_wcs, pixel_scale_arcsec
from bentjets.radio.imaging.figures.on_the_sky import (
    SKY_COLOUR,
    choose_bar,
    corner_px,
    draw_beam,
    draw_scale_bar,
    show_field,
)

MOST_COLUMNS, LEAST_COLUMNS = 4, 3
_MJY_PER_JY = 1000.0
_TICKS_MJY = tuple(step * 10.0**power for power in range(-2, 5) for step in (1, 2, 5))
# Of the length of a colour bar: nearer ones would overlap.
_TICKS_APART = 0.16
# In inches: room on the left, above and below; for a colour bar with its ticks; the bar itself.
_LEFT, _TITLE, _BELOW, _BAR_ROOM, _BAR, _RIGHT = 0.7, 0.22, 0.37, 0.36, 0.07, 0.16


@dataclass(frozen=True)
class Example:
    """A source of Figure 1.

    Parameters
    ----------
    name
        What stands over it.
    cutout
        2-D data in Jy/beam with a celestial WCS; NaN pixels are shown grey. The beam is drawn where
        the header has BMAJ, BMIN and BPA (deg).
    redshift
        If it is known.
    """

    name: str
    cutout: fits.PrimaryHDU
    redshift: float | None = None


@styled
def draw_examples(examples: Mapping[str, Sequence[Example]], *, journal: Journal = AAS) -> Figure:
    """Draw example cutouts, by class, with beam, scale bar, colour bar and the contour at 3 rms.

    The stretch is asinh (Lupton et al. 1999, AJ 118, 1406), linear below 3 rms and up to the peak;
    the rms is 1.4826 times the median absolute deviation of the cutout.

    Parameters
    ----------
    examples
        The sources of each class.
    journal
        Whose columns the figure fills.

    Returns
    -------
    Figure
        For each class a row of panels, or several of four; all show a field of the same size, with
        offsets from their middle in arcsec.
    """
    rows = [
        (morphology if start == 0 else "", sources[start : start + MOST_COLUMNS])
        for morphology, sources in examples.items()
        for start in range(0, len(sources), MOST_COLUMNS)
    ]
    n_columns = max(LEAST_COLUMNS, *(len(sources) for _, sources in rows))
    side = (journal.text_in - _LEFT - _RIGHT) / n_columns - _BAR_ROOM
    height = len(rows) * (side + _TITLE) + _BELOW
    figure = Figure(figsize=(journal.text_in, height))
    field = max(_field_arcsec(one.cutout) for _, sources in rows for one in sources)
    for number, (morphology, sources) in enumerate(rows):
        bottom = height - (number + 1) * (side + _TITLE)
        figure.text(
            0.1 / journal.text_in, (bottom + side / 2) / height, shorten(morphology),
            rotation=90, ha="center", va="center",
            fontweight="bold",
        )  # fmt: skip
        for column, example in enumerate(sources):
            left = _LEFT + column * (side + _BAR_ROOM)
            axes: Any = figure.add_axes(
                (left / journal.text_in, bottom / height, side / journal.text_in, side / height),
                projection=celestial_wcs(example.cutout.header),
            )
            bar = figure.add_axes(
                (
                    *((left + side + 0.04) / journal.text_in, bottom / height),
                    *(_BAR / journal.text_in, side / height),
                )
            )
            offsets = _draw_cutout(axes, bar, example, field)
            right, up = offsets
            is_lowest = all(len(below) <= column for _, below in rows[number + 1 :])
            right.set_ticklabel_visible(is_lowest)
            up.set_ticklabel_visible(column == 0)
            if is_lowest:
                right.set_axislabel("ΔRA (″)", minpad=0.7)
            if column == 0:
                up.set_axislabel("ΔDec (″)", minpad=0.2)
        bar.set_ylabel("mJy/beam")
    return figure


def _field_arcsec(cutout: fits.PrimaryHDU) -> float:
    return max(cutout.data.shape) * pixel_scale_arcsec(celestial_wcs(cutout.header))


def _draw_cutout(axes: Any, bar: Axes, example: Example, field_arcsec: float) -> Any:
    data = np.asarray(example.cutout.data, dtype=np.float64) * _MJY_PER_JY
    rms, peak = float(mad_std(data, ignore_nan=True)), float(np.nanmax(data))
    norm = AsinhNorm(linear_width=3 * rms, vmin=-2 * rms, vmax=peak)
    colours = colormaps["inferno"].with_extremes(bad="0.5")
    image = axes.imshow(data, origin="lower", cmap=colours, norm=norm)
    if peak > 3 * rms:
        axes.contour(data, levels=[3 * rms], colors=SKY_COLOUR, linewidths=0.35, alpha=0.8)
    axes.set_title(shorten(example.name, 20), pad=3)
    wcs: WCS = celestial_wcs(example.cutout.header)
    offsets = show_field(axes, wcs, data.shape, field_arcsec)
    draw_scale_bar(axes, wcs, choose_bar(field_arcsec), example.redshift)
    draw_beam(axes, wcs, example.cutout.header, corner_px(axes))
    axes.figure.colorbar(image, cax=bar)
    bar.yaxis.set_major_locator(FixedLocator(_choose_ticks(norm, peak)))
    bar.yaxis.set_minor_locator(NullLocator())
    bar.yaxis.set_major_formatter(lambda value, _: f"{value:g}")
    bar.tick_params(pad=1.5, length=2)
    return offsets


def _choose_ticks(norm: AsinhNorm, peak: float) -> list[float]:
    """Choose zero and round numbers that stand far enough apart, the largest first."""
    chosen: list[float] = [0.0]
    for value in sorted((v for v in _TICKS_MJY if v <= peak), reverse=True):
        if all(abs(norm(value) - norm(other)) > _TICKS_APART for other in chosen):
            chosen.append(value)
    return chosen
