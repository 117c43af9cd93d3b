"""Where the sample is on the sky."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from bentjets.plotting import AAS, COLOURS, MARKERS, Journal, empty_figure, shorten, styled

if TYPE_CHECKING:
    from astropy.wcs import WCS
    from matplotlib.figure import Figure
    from mocpy import MOC

_MIDDLE_RA_DEG = 180.0
# Half axes of the whole sky in Mollweide's projection, in degrees of its own grid.
_HALF_WIDTH, _HALF_HEIGHT = 162.2, 81.1
_FOOTPRINT, _GRID = "0.85", "0.75"
# Points of a larger sample are one image within a vector file.
_MOST_VECTORS = 3000
_LEFT_RA_DEG, _BESIDE_IN = 359.9, 0.06
_HOURS = range(3, 24, 3)
_DECLINATIONS = (-60, -30, 0, 30, 60)
# Finer is not seen at this size.
_GRAIN_DEG = 0.4


@styled
def draw_sky(
    manifest: pd.DataFrame,
    classes: Sequence[str],
    footprint: MOC | None = None,
    *,
    journal: Journal = AAS,
) -> Figure:
    """Draw the sample on the whole sky, in Mollweide's projection, with the survey's footprint.

    Parameters
    ----------
    manifest : DataFrame
        One row per source: ``morphology``, and ``ra_deg`` and ``dec_deg`` (J2000), where known.
    classes : sequence of str
        Names of the classes.
    footprint : mocpy.MOC, optional
        The sky that the survey covers, drawn in grey.
    journal : Journal
        Whose columns it fills.

    Returns
    -------
    matplotlib.figure.Figure
        Right ascension grows to the left, and 12 h is in the middle. Where no source has a
        position, a line that says so.
    """
    from astropy.visualization.wcsaxes.frame import EllipticalFrame

    known = manifest.dropna(subset=["ra_deg", "dec_deg"]) if "ra_deg" in manifest else manifest[:0]
    if known.empty:
        return empty_figure("no position is known of these sources", journal)
    from matplotlib.figure import Figure as NewFigure

    legend_in = 0.3
    height_in = journal.text_in / 2 + legend_in
    figure = NewFigure(figsize=(journal.text_in, height_in))
    wcs = _all_sky()
    share = (height_in - legend_in) / height_in
    axes: Any = figure.add_axes(
        (0.02, 0.02 * share, 0.96, 0.96 * share), projection=wcs, frame_class=EllipticalFrame
    )
    axes.set_aspect("equal")
    if footprint is not None:
        _fill(axes, footprint, wcs)
    # By chance, not by class: none is to lie over another.
    order = np.random.default_rng(0).permutation(len(known))
    shuffled = known.iloc[order]
    is_dense = len(known) > _MOST_VECTORS
    places = {name: place for place, name in enumerate(classes)}
    for name, place in places.items():
        own = shuffled[shuffled["morphology"] == name]
        axes.scatter(
            own["ra_deg"], own["dec_deg"], transform=axes.get_transform("icrs"),
            s=3 if is_dense else 7, color=COLOURS[place % len(COLOURS)],
            marker=MARKERS[place % len(MARKERS)], linewidths=0, alpha=0.8, rasterized=is_dense,
            label=f"{shorten(name)}: {len(own)}", zorder=3,
        )  # fmt: skip
    _draw_grid(axes)
    axes.set_xlim(-0.5, 2 * _HALF_WIDTH + 0.5)
    axes.set_ylim(-0.5, 2 * _HALF_HEIGHT + 0.5)
    handles, labels = axes.get_legend_handles_labels()
    figure.legend(handles, labels, loc="upper center", ncols=5, markerscale=2)
    return figure


def _all_sky() -> WCS:
    from astropy.wcs import WCS as NewWCS

    wcs = NewWCS(naxis=2)
    wcs.wcs.ctype = ["RA---MOL", "DEC--MOL"]
    wcs.wcs.crval = [_MIDDLE_RA_DEG, 0.0]
    wcs.wcs.cdelt = [-1.0, 1.0]
    wcs.wcs.crpix = [_HALF_WIDTH + 1, _HALF_HEIGHT + 1]
    wcs.pixel_shape = (round(2 * _HALF_WIDTH), round(2 * _HALF_HEIGHT))
    return wcs


def _fill(axes: Any, footprint: MOC, wcs: WCS) -> None:
    from astropy import units as u

    columns = np.arange(0, 2 * _HALF_WIDTH, _GRAIN_DEG)
    rows = np.arange(0, 2 * _HALF_HEIGHT, _GRAIN_DEG)
    ra_deg, dec_deg = wcs.wcs_pix2world(*np.meshgrid(columns, rows), 0)
    is_sky = np.isfinite(ra_deg) & np.isfinite(dec_deg)
    covered = np.zeros(is_sky.shape)
    covered[is_sky] = footprint.contains_lonlat(ra_deg[is_sky] * u.deg, dec_deg[is_sky] * u.deg)
    axes.contourf(columns, rows, covered, levels=[0.5, 1.5], colors=[_FOOTPRINT])
    # For the legend only: contours have no entry there.
    axes.fill([], [], color=_FOOTPRINT, label="footprint of the survey")


def _draw_grid(axes: Any) -> None:
    """Draw meridians and parallels, with their names along the equator and the middle."""
    from astropy import units as u
    from matplotlib import patheffects
    from matplotlib.transforms import ScaledTranslation

    right_ascension, declination = axes.coords
    right_ascension.set_ticks(values=[15 * hour for hour in _HOURS] * u.deg)
    declination.set_ticks(values=_DECLINATIONS * u.deg)
    for one in axes.coords:
        one.set_ticklabel_visible(False)
        one.set_ticks_visible(False)
        one.set_axislabel("")
        one.grid(color=_GRID, linewidth=0.4)
    sky = axes.get_transform("icrs")
    # Readable over points, too.
    around = [patheffects.withStroke(linewidth=2, foreground="white")]
    style: Any = {
        "transform": sky, "color": "0.35", "va": "center", "zorder": 4, "path_effects": around
    }  # fmt: skip
    for hour in _HOURS:
        axes.text(15 * hour, 0, f"{hour}h", ha="center", **style)
    for degrees in _DECLINATIONS:
        # On the left edge, beyond the sky.
        text = f"{degrees:+d}°".replace("-", "−")
        if degrees:
            beside = sky + ScaledTranslation(-_BESIDE_IN, 0, axes.figure.dpi_scale_trans)
            place = {"ha": "right", "clip_on": False, **style, "transform": beside}
            axes.text(_LEFT_RA_DEG, degrees, text, **place)
