"""What is drawn over an image of the sky: offsets, the beam, a scale bar."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from astropy import units as u
from astropy.coordinates import SkyOffsetFrame
from astropy.cosmology import Planck18
from astropy.visualization.wcsaxes import WCSAxes
from astropy.wcs import WCS
from astropy.wcs.utils import pixel_to_skycoord
from matplotlib.axes import Axes
from matplotlib.patches import Ellipse

from bentjets.radio.cutouts import pixel_scale_arcsec

SKY_COLOUR = "white"
_ARCSEC_PER_DEG = 3600.0
_ARCSEC_PER_ARCMIN = 60.0
_TICKS_ARCSEC = tuple(float(f"{step}e{power}") for power in range(-1, 4) for step in (1, 2, 5))
_BARS_ARCSEC = (1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600)
# Of the side of an image.
_BAR_SHARE, _TICKS_SHARE, _MARGIN = 0.12, 0.35, 0.05


def kpc_per_arcsec(redshift: float) -> float:
    """Give the length that an arcsec spans at a redshift: Planck 2018 cosmology, in proper kpc."""
    per_arcmin = Planck18.kpc_proper_per_arcmin(redshift)
    return float(per_arcmin.to_value(u.kpc / u.arcmin)) / _ARCSEC_PER_ARCMIN


def choose_bar(field_arcsec: float) -> float:
    """Choose the length of a scale bar for a field, in arcsec."""
    return _nearest(_BARS_ARCSEC, _BAR_SHARE * field_arcsec)


def show_field(axes: WCSAxes, wcs: WCS, shape_px: tuple[int, int], field_arcsec: float) -> Any:
    """Show a square field around the middle of an image, with offsets in arcsec from there.

    Parameters
    ----------
    axes
        Axes on the sky, made with `wcs` as their projection.
    wcs
        Celestial axes of the image.
    shape_px
        Rows and columns of the image.
    field_arcsec
        Side of the field.

    Returns
    -------
    astropy.visualization.wcsaxes.CoordinatesMap
        The offsets in right ascension and declination.
    """
    rows, columns = shape_px
    middle = ((columns - 1) / 2, (rows - 1) / 2)
    half_px = field_arcsec / pixel_scale_arcsec(wcs) / 2
    axes.set_xlim(middle[0] - half_px, middle[0] + half_px)
    axes.set_ylim(middle[1] - half_px, middle[1] + half_px)
    for own in axes.coords:
        own.set_ticks_visible(False)
        own.set_ticklabel_visible(False)
        own.set_axislabel("")
    centre = pixel_to_skycoord(*middle, wcs).icrs
    offsets = axes.get_coords_overlay(SkyOffsetFrame(origin=centre))
    offsets[0].set_coord_type("longitude", coord_wrap=180 * u.deg)
    spacing = _nearest(_TICKS_ARCSEC, _TICKS_SHARE * field_arcsec) * u.arcsec
    for offset, place in zip(offsets, ("b", "l"), strict=True):
        offset.set_format_unit(u.arcsec, decimal=True, show_decimal_unit=False)
        offset.set_ticks(spacing=spacing, color=SKY_COLOUR, direction="in", size=2.5)
        offset.set_ticks_position(place)
        offset.set_ticklabel_position(place)
        offset.set_axislabel_position(place)
        offset.set_axislabel("")
    return offsets


def draw_beam(axes: Axes, wcs: WCS, header: Any, lower_left_px: tuple[float, float]) -> None:
    """Draw the ellipse of the beam (FWHM) into a corner, if the header has BMAJ, BMIN and BPA.

    Parameters
    ----------
    axes
        Axes in pixels of the image.
    wcs
        Celestial axes of the image as it is shown.
    header
        BMAJ, BMIN and BPA in deg.
    lower_left_px
        The corner: column and row. The beam lies to the right of it, and within the picture.
    """
    if not all(key in header for key in ("BMAJ", "BMIN", "BPA")):
        return
    pixel_deg = pixel_scale_arcsec(wcs) / _ARCSEC_PER_DEG
    major_px, minor_px = header["BMAJ"] / pixel_deg, header["BMIN"] / pixel_deg
    x, y = lower_left_px
    up = -1.0 if axes.yaxis_inverted() else 1.0
    axes.add_patch(
        Ellipse(
            (x + major_px / 2, y + up * major_px / 2), width=major_px, height=minor_px,
            angle=_pixel_angle_deg(wcs, header["BPA"]),
            facecolor="none", edgecolor=SKY_COLOUR, linewidth=0.8,
        )
    )  # fmt: skip


def draw_scale_bar(
    axes: Axes, wcs: WCS, length_arcsec: float, redshift: float | None = None
) -> None:
    """Draw a bar into the lower right corner, with its length in arcsec, and kpc if known."""
    length_px = length_arcsec / pixel_scale_arcsec(wcs)
    (left, right), (bottom, top) = axes.get_xlim(), axes.get_ylim()
    end, y = right - _MARGIN * (right - left), bottom + _MARGIN * (top - bottom)
    axes.plot([end - length_px, end], [y, y], color=SKY_COLOUR, linewidth=1.5)
    text = f"{length_arcsec:g}″"
    if redshift is not None:
        text += f" = {length_arcsec * kpc_per_arcsec(redshift):.0f} kpc"
    axes.annotate(
        text, (end, y), (0, 2), textcoords="offset points", ha="right", va="bottom",
        color=SKY_COLOUR,
    )  # fmt: skip


def corner_px(axes: Axes) -> tuple[float, float]:
    """Give the place near the lower left corner of the picture at which marks begin."""
    (left, right), (bottom, top) = axes.get_xlim(), axes.get_ylim()
    return left + _MARGIN * (right - left), bottom + _MARGIN * (top - bottom)


def _nearest(lengths: Sequence[float], wanted: float) -> float:
    return float(min(lengths, key=lambda length: abs(np.log(length / wanted))))


def _pixel_angle_deg(wcs: WCS, position_angle_deg: float) -> float:
    """Turn a position angle (north through east) into one from the x axis towards the y axis."""
    angle = np.deg2rad(position_angle_deg)
    x, y = np.linalg.solve(wcs.pixel_scale_matrix, [np.sin(angle), np.cos(angle)])
    return float(np.rad2deg(np.arctan2(y, x)))
