"""Figure 2 of the paper: from the image through the mask to the masked image."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from astropy.io import fits
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from bentjets.plotting import AAS, Journal, shorten, styled
from bentjets.radio.cutouts import pixel_scale_arcsec
from bentjets.radio.imaging.figures.on_the_sky import (
    choose_bar,
    corner_px,
    draw_beam,
    draw_scale_bar,
)
from bentjets.radio.imaging.orientation import orient_wcs

_STEPS = ("image", "mask", "masked")
_CLASSES_ABREAST = 2
# In inches: between classes, between panels, over a row, over and below a block.
_APART, _GAP, _TITLE, _HEAD, _FOOT = 0.12, 0.03, 0.17, 0.18, 0.16


@dataclass(frozen=True)
class MaskingExample:
    """The image (Eq. 4), the mask (Eq. 3) and the masked image (Eq. 5) of one source.

    Parameters
    ----------
    name
        What stands over the panels.
    image, mask, masked
        uint8, shape (height, width), as stored in PNG: row 0 is the top of the picture.
    header
        That of the cutout they were made of: WCS, and the beam if it is known.
    redshift
        If it is known.
    """

    name: str
    image: NDArray[np.uint8]
    mask: NDArray[np.uint8]
    masked: NDArray[np.uint8]
    header: fits.Header
    redshift: float | None = None


@styled
def draw_masking(
    examples: Mapping[str, Sequence[MaskingExample]], *, journal: Journal = AAS
) -> Figure:
    """Draw image, mask and masked image of a few sources of each class, two classes abreast.

    Parameters
    ----------
    examples
        For each class, its sources.
    journal
        Whose columns the figure fills.

    Returns
    -------
    Figure
        One block of three columns per class, one row per source; the image has a scale bar and the
        beam.
    """
    width = journal.text_in
    side = (width - (_CLASSES_ABREAST - 1) * _APART) / (_CLASSES_ABREAST * len(_STEPS)) - _GAP
    classes = list(examples.items())
    bands = [classes[at : at + _CLASSES_ABREAST] for at in range(0, len(classes), _CLASSES_ABREAST)]
    heights = [
        max(len(sources) for _, sources in band) * (side + _TITLE) + _HEAD + _FOOT for band in bands
    ]
    figure = Figure(figsize=(width, sum(heights)))
    top = sum(heights)
    for band, band_height in zip(bands, heights, strict=True):
        for place, (morphology, sources) in enumerate(band):
            left = place * (len(_STEPS) * (side + _GAP) + _APART)
            _draw_block(figure, morphology, sources, (left, top), side)
        top -= band_height
    return figure


def _draw_block(
    figure: Figure,
    morphology: str,
    sources: Sequence[MaskingExample],
    corner_in: tuple[float, float],
    side_in: float,
) -> None:
    left, top = corner_in
    width, height = figure.get_size_inches()
    middle = left + (len(_STEPS) * (side_in + _GAP) - _GAP) / 2
    figure.text(
        middle / width, (top - 0.03) / height, shorten(morphology, 40), ha="center", va="top",
        fontweight="bold",
    )  # fmt: skip
    for number, source in enumerate(sources):
        bottom = top - _HEAD - (number + 1) * (side_in + _TITLE)
        for column, step in enumerate(_STEPS):
            x = left + column * (side_in + _GAP)
            axes = figure.add_axes(
                (x / width, bottom / height, side_in / width, side_in / height),
                xticks=[], yticks=[], frame_on=False,
            )  # fmt: skip
            axes.imshow(getattr(source, step), origin="upper", cmap="gray", vmin=0, vmax=255)
            if step == "image":
                _draw_scale(axes, source)
            if step == "mask":
                axes.set_title(shorten(source.name), pad=2)
            if number == len(sources) - 1:
                axes.set_xlabel(step, labelpad=2)


def _draw_scale(axes: Axes, source: MaskingExample) -> None:
    wcs = orient_wcs(source.header, (source.header["NAXIS2"], source.header["NAXIS1"]))
    field_arcsec = max(source.image.shape) * pixel_scale_arcsec(wcs)
    draw_scale_bar(axes, wcs, choose_bar(field_arcsec), source.redshift)
    draw_beam(axes, wcs, source.header, corner_px(axes))
