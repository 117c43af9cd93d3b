"""What a worker does for one source: the mask (Eq. 3), bytes of files in and out."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import asdict, dataclass, field
from typing import Any, TypedDict

import pandas as pd

from bentjets.radio.cutouts import fits_bytes, read_image
from bentjets.radio.finding import CLOSING_CARD, GAUSSIAN_UNITS, make_mask, mask_hdu


@dataclass(frozen=True)
class MaskingJob:
    """The FITS file of a cutout's islands, and what decides which of them stay and grow.

    Parameters
    ----------
    islands
        The file.
    dilation
        By how many pixels the mask grows.
    link_arcsec
        Linking length of the source's own islands, or None to keep all; only with it, Gaussians
        and the position of the source (deg) are looked at.
    """

    islands: bytes = field(repr=False)
    dilation: int
    link_arcsec: float | None = None
    gaussians: list[dict[Hashable, Any]] = field(default_factory=list, repr=False)
    position_deg: tuple[float, float] | None = None


class Masked(TypedDict):
    """The FITS file of a mask, how many islands are in it, and those that were left out."""

    mask: bytes
    islands: int
    dropped: list[dict[str, Any]]


def mask_islands(job: MaskingJob) -> Masked:
    """Make the mask of one source."""
    islands = read_image(job.islands)
    made = make_mask(
        islands.data,
        pd.DataFrame(job.gaussians, columns=list(GAUSSIAN_UNITS)),
        islands.header,
        dilation=job.dilation,
        closing_px=islands.header[CLOSING_CARD],
        link_arcsec=job.link_arcsec,
        position_deg=job.position_deg,
    )
    hdu = mask_hdu(islands, made, dilation=job.dilation, link_arcsec=job.link_arcsec)
    return {
        "mask": fits_bytes(hdu),
        "islands": made.islands,
        "dropped": [asdict(island) for island in made.dropped],
    }
