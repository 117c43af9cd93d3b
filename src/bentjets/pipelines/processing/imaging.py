"""What a worker does for one source: its pictures (Eqs. 4 and 5), bytes of files in and out."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypedDict

from bentjets.radio.cutouts import read_image
from bentjets.radio.imaging import (
    apply_mask,
    mask_to_8bit,
    orient_north_up,
    png_bytes,
    read_png,
    residual_rotation_deg,
    scale_to_8bit,
)


@dataclass(frozen=True)
class MaskedImageJob:
    """The PNG file of an image, and the FITS file of its mask."""

    image: bytes = field(repr=False)
    mask: bytes = field(repr=False)


class Drawn(TypedDict):
    """The PNG file of an image, and how far north is from straight up in it (deg)."""

    image: bytes
    rotation_deg: float


class MaskedImage(TypedDict):
    """The PNG files of a mask and of a masked image."""

    mask: bytes
    masked: bytes


def draw_image(cutout: bytes) -> Drawn:
    """Make the 8-bit image of one cutout, north up (Eq. 4)."""
    hdu = read_image(cutout)
    image = orient_north_up(scale_to_8bit(hdu.data), hdu.header)
    return {"image": png_bytes(image), "rotation_deg": residual_rotation_deg(hdu.header)}


def mask_image(job: MaskedImageJob) -> MaskedImage:
    """Make the masked image of one source, and the picture of its mask, north up (Eq. 5)."""
    hdu = read_image(job.mask)
    mask = orient_north_up(hdu.data, hdu.header)
    masked = apply_mask(read_png(job.image), mask)
    return {"mask": png_bytes(mask_to_8bit(mask)), "masked": png_bytes(masked)}
