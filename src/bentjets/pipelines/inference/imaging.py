"""What a worker does for one source: its image for a network, made as those of training were."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from astropy.io import fits
from numpy.typing import NDArray

from bentjets.errors import InputError
from bentjets.learning.data import crop_middle
from bentjets.learning.networks import Description
from bentjets.radio.cutouts import celestial_wcs, pixel_position, pixel_scale_arcsec
from bentjets.radio.imaging import flip_north_up, network_image, read_png

_ARCSEC_PER_DEG = 3600.0
_FITS_BLOCK = 2880
_END = b"END" + b" " * 77
# Headers round, and services differ in the last digits.
_SAME_SCALE = 0.01


@dataclass(frozen=True)
class ImageJob:
    """The files of one source, its position (deg), and how the network's images are made.

    Parameters
    ----------
    cutout, mask
        FITS files; the mask is needed where the description has images of cutouts.
    masked
        PNG file of the masked image; needed where it has those of batches.
    """

    cutout: bytes = field(repr=False)
    mask: bytes = field(repr=False)
    masked: bytes = field(repr=False)
    position_deg: tuple[float, float]
    description: Description


def make_image(job: ImageJob) -> NDArray[np.uint8] | NDArray[np.float32]:
    """Make the image of one source, shape (channels, rows, columns), before it is resized.

    Raises
    ------
    InputError
        If it shows another part of the sky than the images of training.
    """
    description, settings = job.description, job.description.images
    if settings.source == "batches":
        check_size(job.cutout, description)
        return crop_middle(flip_north_up(read_png(job.masked))[np.newaxis], settings.crop_px)
    cutout, mask = _open(job.cutout), _open(job.mask)
    _check_header(cutout.header, description)
    position_px, scale_arcsec = (0.0, 0.0), 1.0
    # Only here it matters where the source is, and finding out takes half of the time.
    if settings.mask == "source":
        wcs = celestial_wcs(cutout.header)
        scale_arcsec = pixel_scale_arcsec(wcs)
        position_px = pixel_position(wcs, job.position_deg)
    image = network_image(
        cutout.data.astype(np.float32),
        mask.data,
        position_px,
        keep=settings.mask,
        stretch=settings.stretch,
        pixel_scale_arcsec=scale_arcsec,
    )
    return crop_middle(image, settings.crop_px)


def check_size(cutout: bytes, description: Description) -> None:
    """Refuse an image of another size on the sky than those that a network was trained on.

    Raises
    ------
    InputError
        If its pixels are more than a hundredth larger or smaller, or others in number.
    """
    end = cutout.find(_END) + len(_END)
    header = fits.Header.fromstring(cutout[: -(-end // _FITS_BLOCK) * _FITS_BLOCK])
    _check_header(header, description)


def _check_header(header: fits.Header, description: Description) -> None:
    scale_arcsec = abs(header["CDELT2"]) * _ARCSEC_PER_DEG
    compare_size(int(header["NAXIS2"]), scale_arcsec, description)


def _open(content: bytes) -> fits.PrimaryHDU:
    """Read a file that the steps before wrote: a quarter of the time that any file takes."""
    return fits.PrimaryHDU.fromstring(content)


def compare_size(side_px: int, scale_arcsec: float | None, description: Description) -> None:
    """Refuse a size, as `check_size` does; None where the scale is not known."""
    trained_px, trained_arcsec = description.side_px, description.pixel_scale_arcsec
    if scale_arcsec and trained_arcsec and abs(scale_arcsec / trained_arcsec - 1) > _SAME_SCALE:
        raise InputError(
            f"pixels are {scale_arcsec:.4g} arcsec wide, and the network was trained on "
            f"{trained_arcsec:.4g} arcsec: give images of that scale, or train a network on yours"
        )
    if trained_px and side_px != trained_px:
        scale = scale_arcsec or trained_arcsec or 0.0
        wide = f" ({side_px * scale:.4g} arcsec)" if scale else ""
        trained_wide = f" ({trained_px * scale:.4g} arcsec)" if scale else ""
        raise InputError(
            f"cutouts are {side_px} px{wide} wide, and the network was trained on "
            f"{trained_px} px{trained_wide}: set size_px of the survey in acquisition.surveys to "
            f"{trained_px}"
        )
