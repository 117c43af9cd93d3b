"""Figures of radio sources: example cutouts on the sky, and the way to a masked image.

Imports matplotlib: import this module where a figure is drawn, not at the top of another module.
"""

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
from matplotlib.figure import Figure, SubFigure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.patches import Ellipse
from numpy.typing import NDArray

SCALE_BAR_ARCSEC = 30.0
_WIDTH_INCH = 7.2
_TITLE_PT = 8
_LABEL_PT = 9
_SKY_COLOUR = "white"
_STEPS = ("image", "mask", "masked")


@dataclass(frozen=True)
class MaskingExample:
    """The image (Eq. 4), the mask (Eq. 3) and the masked image (Eq. 5) of one source.

    Attributes
    ----------
    name : str
        What stands over the panels.
    image, mask, masked : ndarray of uint8, shape (height, width)
        As stored in PNG: row 0 is the top of the picture.
    """

    name: str
    image: NDArray[np.uint8]
    mask: NDArray[np.uint8]
    masked: NDArray[np.uint8]


def draw_examples(examples: Mapping[str, Sequence[tuple[str, fits.PrimaryHDU]]]) -> Figure:
    """Draw example cutouts, one row per class, with beam, scale bar and the contour at 3 rms.

    The stretch is asinh (Lupton et al. 1999, AJ 118, 1406), linear below 3 rms and up to the peak;
    the rms is 1.4826 times the median absolute deviation of the cutout.

    Parameters
    ----------
    examples : mapping of str to sequence of (str, PrimaryHDU)
        For each class, the names and the cutouts: 2-D data in Jy/beam with a celestial WCS; the
        beam is drawn where the header has BMAJ, BMIN and BPA (deg). NaN pixels are shown grey.

    Returns
    -------
    Figure
        As many rows as classes, as many columns as the largest class has examples.
    """
    columns = max(len(sources) for sources in examples.values())
    side_inch = _WIDTH_INCH / max(columns, 4)
    figure = Figure(figsize=(_WIDTH_INCH, len(examples) * (side_inch + 0.12)), layout=_tight())
    panels = figure.subplots(len(examples), columns, squeeze=False)
    for row, (morphology, sources) in zip(panels, examples.items(), strict=True):
        for axes in row:
            _strip(axes)
            axes.set_visible(False)
        for axes, (name, cutout) in zip(row, sources, strict=False):
            axes.set_visible(True)
            _draw_cutout(axes, name, cutout)
        row[0].set_ylabel(morphology, fontsize=_LABEL_PT, fontweight="bold")
    return figure


def draw_masking(examples: Mapping[str, Sequence[MaskingExample]]) -> Figure:
    """Draw image, mask and masked image of a few sources of each class, the classes side by side.

    Parameters
    ----------
    examples : mapping of str to sequence of MaskingExample
        For each class, its sources.

    Returns
    -------
    Figure
        One block of three columns per class, one row per source.
    """
    rows = max(len(sources) for sources in examples.values())
    side_inch = _WIDTH_INCH / (len(_STEPS) * max(len(examples), 2))
    figure = Figure(figsize=(_WIDTH_INCH, rows * (side_inch + 0.1) + 0.3), layout=_tight())
    blocks = figure.subfigures(1, len(examples), squeeze=False, wspace=0.02)[0]
    for block, (morphology, sources) in zip(blocks, examples.items(), strict=True):
        _draw_block(block, morphology, sources, rows)
    return figure


def _draw_block(
    block: SubFigure, morphology: str, sources: Sequence[MaskingExample], rows: int
) -> None:
    block.suptitle(morphology, fontsize=_LABEL_PT, fontweight="bold")
    panels = block.subplots(rows, len(_STEPS), squeeze=False)
    for axes in panels.flat:
        _strip(axes)
        axes.set_visible(False)
    for row, source in zip(panels, sources, strict=False):
        for axes, step in zip(row, _STEPS, strict=True):
            axes.set_visible(True)
            axes.imshow(
                getattr(source, step), origin="upper", cmap="gray", vmin=0, vmax=255, aspect="equal"
            )
        row[1].set_title(source.name, fontsize=_TITLE_PT, pad=2)
    if sources:
        last = panels[len(sources) - 1]
        for axes, step in zip(last, _STEPS, strict=True):
            axes.set_xlabel(step, fontsize=_TITLE_PT, labelpad=2)


def _draw_cutout(axes: Axes, name: str, cutout: fits.PrimaryHDU) -> None:
    data = np.asarray(cutout.data, dtype=np.float64)
    rms_jy = float(mad_std(data, ignore_nan=True))
    peak_jy = float(np.nanmax(data))
    colours = colormaps["inferno"].with_extremes(bad="0.5")
    norm = AsinhNorm(linear_width=3 * rms_jy, vmin=-2 * rms_jy, vmax=peak_jy)
    axes.imshow(data, origin="lower", cmap=colours, norm=norm)
    if peak_jy > 3 * rms_jy:
        axes.contour(data, levels=[3 * rms_jy], colors=_SKY_COLOUR, linewidths=0.35, alpha=0.8)
    axes.set_title(name, fontsize=_TITLE_PT, pad=3)
    axes.text(
        0.96,
        0.95,
        f"{1e3 * peak_jy:.1f} mJy/beam",
        transform=axes.transAxes,
        ha="right",
        va="top",
        fontsize=_TITLE_PT - 2,
        color=_SKY_COLOUR,
    )
    wcs = WCS(cutout.header).celestial
    _draw_scale_bar(axes, wcs, data.shape)
    _draw_beam(axes, wcs, cutout.header, data.shape)


def _draw_scale_bar(axes: Axes, wcs: WCS, shape: tuple[int, ...]) -> None:
    height_px, width_px = shape
    pixel_arcsec = 3600 * float(np.sqrt(wcs.proj_plane_pixel_area().to_value("deg2")))
    length_px = SCALE_BAR_ARCSEC / pixel_arcsec
    right, bottom = 0.95 * width_px, 0.05 * height_px
    axes.plot([right - length_px, right], [bottom, bottom], color=_SKY_COLOUR, linewidth=1.5)
    axes.text(
        right - length_px / 2,
        bottom + 0.02 * height_px,
        f"{SCALE_BAR_ARCSEC:.0f}″",
        ha="center",
        va="bottom",
        fontsize=_TITLE_PT - 1,
        color=_SKY_COLOUR,
    )


def _draw_beam(axes: Axes, wcs: WCS, header: Any, shape: tuple[int, ...]) -> None:
    if not all(key in header for key in ("BMAJ", "BMIN", "BPA")):
        return
    height_px, width_px = shape
    pixel_deg = float(np.sqrt(wcs.proj_plane_pixel_area().to_value("deg2")))
    major_px, minor_px = header["BMAJ"] / pixel_deg, header["BMIN"] / pixel_deg
    margin_px = 0.04 * width_px + major_px / 2
    beam = Ellipse(
        (margin_px, 0.04 * height_px + major_px / 2),
        width=major_px,
        height=minor_px,
        angle=_pixel_angle_deg(wcs, header["BPA"]),
        facecolor="none",
        edgecolor=_SKY_COLOUR,
        linewidth=0.8,
    )
    axes.add_patch(beam)


def _pixel_angle_deg(wcs: WCS, position_angle_deg: float) -> float:
    """Turn a position angle (north through east) into one from the x axis towards the y axis."""
    angle = np.deg2rad(position_angle_deg)
    x, y = np.linalg.solve(wcs.pixel_scale_matrix, [np.sin(angle), np.cos(angle)])
    return float(np.rad2deg(np.arctan2(y, x)))


def _tight() -> ConstrainedLayoutEngine:
    return ConstrainedLayoutEngine(w_pad=0.02, h_pad=0.02, wspace=0.01, hspace=0.01)


def _strip(axes: Axes) -> None:
    axes.set(xticks=[], yticks=[])
    for spine in axes.spines.values():
        spine.set_visible(False)
