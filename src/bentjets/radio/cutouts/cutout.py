"""Cutouts: one small image of the sky around one source, and its file."""

from __future__ import annotations

import io
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from astropy.io import fits
from numpy.typing import NDArray

from bentjets.errors import InputError
from bentjets.radio.cutouts.beam import Beam, take_beam_of_table
from bentjets.radio.cutouts.wcs import celestial_wcs, hushed, pixel_scale_arcsec

_ARCSEC_PER_DEG = 3600.0

FITS_SUFFIXES = (".fits", ".fits.gz", ".fits.fz")
"""How files of images end."""


@dataclass(frozen=True)
class Cutout:
    """An image of one source and the FITS header that gives its pixels meaning.

    Parameters
    ----------
    data
        Pixels in Jy/beam, float32, shape (rows, columns); NaN where the survey saw nothing.
    header
        Celestial WCS, beam (BMAJ, BMIN, BPA in deg), frequency (RESTFRQ in Hz), provenance.
    """

    data: NDArray[np.float32]
    header: fits.Header

    @classmethod
    def from_hdu(cls, hdu: fits.PrimaryHDU) -> Cutout:
        """Take the pixels and the header of an HDU as they are."""
        return cls(np.asarray(hdu.data, dtype=np.float32), hdu.header)

    @classmethod
    def from_bytes(cls, content: bytes) -> Cutout:
        """Read the FITS file of a cutout.

        Raises
        ------
        InputError
            If the file is truncated or not FITS.
        """
        return cls.from_hdu(read_image(content))

    def to_hdu(self) -> fits.PrimaryHDU:
        """Return the cutout as a FITS HDU."""
        return fits.PrimaryHDU(self.data, self.header)

    @property
    def beam_deg(self) -> Beam:
        """Major axis, minor axis and position angle of the beam, all in deg."""
        return tuple(float(self.header[key]) for key in ("BMAJ", "BMIN", "BPA"))  # type: ignore[return-value]

    @property
    def frequency_hz(self) -> float:
        """Observing frequency in Hz."""
        return float(self.header["RESTFRQ"])

    @property
    def pixel_scale_arcsec(self) -> float:
        """Mean side of a pixel on the sky, in arcsec."""
        return pixel_scale_arcsec(celestial_wcs(self.header))

    @property
    def beam_px(self) -> float:
        """Full width of the beam at half maximum, the geometric mean of its axes, in pixels."""
        major_deg, minor_deg, _ = self.beam_deg
        return math.sqrt(major_deg * minor_deg) * _ARCSEC_PER_DEG / self.pixel_scale_arcsec


def read_image(file: bytes | Path, *, name: str = "the file") -> fits.PrimaryHDU:
    """Read the first image of a FITS file, compressed or not, in native byte order.

    Parameters
    ----------
    file
        The path of the file, or what is in it.
    name
        What to call it in errors.

    Returns
    -------
    PrimaryHDU
        Where the image has no beam and the file has a table of beams, the header has the beam of
        the table.

    Raises
    ------
    InputError
        If the file is truncated, not FITS, or holds no image.
    """
    source = io.BytesIO(file) if isinstance(file, bytes) else file
    try:
        # SkyView's comments hold TABs, of which astropy warns at length; only pixels and WCS count.
        with hushed(), fits.open(source, memmap=False) as hdus:
            hdu, header = find_image(hdus)
            if hdu is not None:
                data = hdu.data.astype(hdu.data.dtype.newbyteorder("="))
                return fits.PrimaryHDU(data, header)
    except Exception as error:
        detail = " ".join(str(error).split()) or "damaged"
        raise InputError(
            f"{name} is not a readable FITS file (truncated, or not a FITS image: {detail}): "
            "fetch it again"
        ) from error
    raise InputError(f"{name} holds no image: fetch it again")


def find_image(hdus: fits.HDUList) -> tuple[Any, fits.Header]:
    """Find the first image of an open FITS file, whose pixels are not read.

    Returns
    -------
    hdu : PrimaryHDU, ImageHDU or CompImageHDU
        None where there is no image.
    header : Header
        Without the cards of an extension; where the image has no beam and the file has a table
        of beams, with the beam of the table.
    """
    for hdu in hdus:
        if hdu.is_image and hdu.shape:
            header = _without_layout(hdu.header)
            take_beam_of_table(header, hdus)
            return hdu, header
    return None, fits.Header()


def _without_layout(header: fits.Header) -> fits.Header:
    """Drop the cards that describe an extension's place in a file, not its image."""
    header = header.copy()
    for key in ("XTENSION", "PCOUNT", "GCOUNT", "EXTNAME"):
        header.remove(key, ignore_missing=True)
    return header


def fits_bytes(hdus: fits.HDUList | fits.PrimaryHDU) -> bytes:
    """Return the bytes of the FITS file that holds these HDUs."""
    buffer = io.BytesIO()
    hdus.writeto(buffer)
    return buffer.getvalue()
