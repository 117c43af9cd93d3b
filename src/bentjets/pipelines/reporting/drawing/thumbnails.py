"""What a worker does for one source: its small picture, the mask's outline, the tails over it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypedDict

import numpy as np
from astropy import units as u
from astropy.coordinates import SkyCoord

from bentjets.radio.cutouts import Cutout, read_image
from bentjets.radio.imaging import orient_north_up, orient_wcs
from bentjets.radio.imaging.thumbnails import outline_path, stretch_asinh, webp_bytes

_HALF_PX = 0.5
TAILS = (
    *("apex_ra_deg", "apex_dec_deg", "tail_1_position_angle_deg", "tail_1_arcsec"),
    *("tail_2_position_angle_deg", "tail_2_arcsec"),
)
"""The columns of `bentjets.tables.curation.MORPHOLOGY` that say where the tails are."""


@dataclass(frozen=True)
class ThumbnailJob:
    """The files of one source (FITS), its mask if it has one, and its tails: the values of `TAILS`.

    Where the ruler sees no two tails, they are NaN, or none are given.
    """

    cutout: bytes = field(repr=False)
    mask: bytes | None = field(repr=False)
    tails: Sequence[float]


class Drawn(TypedDict):
    """What `bentjets.report.gallery.Thumbnail` holds."""

    picture: bytes
    side_px: list[int]
    outline: str
    ruler: list[list[float]] | None


def draw_thumbnail(job: ThumbnailJob) -> Drawn:
    """Draw one source, north up."""
    cutout = Cutout.from_bytes(job.cutout)
    picture = orient_north_up(stretch_asinh(cutout.data), cutout.header)
    outline = ""
    if job.mask is not None:
        mask = read_image(job.mask)
        outline = outline_path(orient_north_up(mask.data, mask.header))
    return {
        "picture": webp_bytes(picture),
        "side_px": [picture.shape[1], picture.shape[0]],
        "outline": outline,
        "ruler": _place_ruler(job.tails, cutout),
    }


def _place_ruler(tails: Sequence[float], cutout: Cutout) -> list[list[float]] | None:
    """Give end, apex and end in the picture: pixels from its upper left corner."""
    if not tails or math.isnan(sum(tails)):
        return None
    ra, dec, *ends = tails
    apex = SkyCoord(ra, dec, unit="deg")
    places = [
        apex.directional_offset_by(ends[0] * u.deg, ends[1] * u.arcsec),
        apex,
        apex.directional_offset_by(ends[2] * u.deg, ends[3] * u.arcsec),
    ]
    rows, columns = cutout.data.shape
    wcs = orient_wcs(cutout.header, (rows, columns))
    # Row 0 of the turned array is pixel row 0, and the top of the picture.
    points = np.array([wcs.world_to_pixel(place) for place in places]) + _HALF_PX
    return [[round(float(x), 1), round(float(y), 1)] for x, y in points]
