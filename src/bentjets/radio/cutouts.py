"""Cutouts: one small image of the sky around one source, checked and brought to one form."""

from __future__ import annotations

import io
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from astropy.io import fits
from astropy.io.fits.verify import VerifyWarning
from astropy.wcs import WCS, FITSFixedWarning
from astropy.wcs.utils import proj_plane_pixel_scales
from numpy.typing import NDArray

from bentjets.errors import InputError

Beam = tuple[float, float, float]
"""Major and minor axis (FWHM, arcsec) and position angle (deg, east of north) of a beam."""

_IMAGE_AXES = 2
_ARCSEC_PER_DEG = 3600.0


@dataclass(frozen=True)
class Cutout:
    """An image of one source and the FITS header that gives its pixels meaning.

    Parameters
    ----------
    data
        Pixels in Jy/beam, float32, shape (rows, columns); NaN where the survey saw nothing.
    header
        Celestial WCS, beam (BMAJ, BMIN, BPA in deg), rest frequency (RESTFRQ in Hz), provenance.
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
        return float(proj_plane_pixel_scales(celestial_wcs(self.header)).mean()) * _ARCSEC_PER_DEG


def read_image(file: bytes | Path, *, name: str = "the file") -> fits.PrimaryHDU:
    """Read the first image of a FITS file, compressed or not, in native byte order.

    Parameters
    ----------
    file
        The path of the file, or what is in it.
    name
        What to call it in errors.

    Raises
    ------
    InputError
        If the file is truncated, not FITS, or holds no image.
    """
    source = io.BytesIO(file) if isinstance(file, bytes) else file
    try:
        # SkyView's comments hold TABs, of which astropy warns at length; only pixels and WCS count.
        with warnings.catch_warnings(action="ignore"), fits.open(source, memmap=False) as hdus:
            for hdu in hdus:
                if hdu.is_image and hdu.data is not None:
                    data = hdu.data.astype(hdu.data.dtype.newbyteorder("="))
                    return fits.PrimaryHDU(data, _without_layout(hdu.header))
    except Exception as error:
        detail = " ".join(str(error).split()) or "damaged"
        raise InputError(
            f"{name} is not a readable FITS file (truncated, or not a FITS image: {detail}): "
            "fetch it again"
        ) from error
    raise InputError(f"{name} holds no image: fetch it again")


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


def celestial_wcs(header: fits.Header) -> WCS:
    """Return the two celestial axes of a header's WCS, without astropy's remarks on odd cards."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FITSFixedWarning)
        warnings.simplefilter("ignore", VerifyWarning)
        return WCS(header).celestial


def pixel_position(header: fits.Header, position_deg: tuple[float, float]) -> tuple[float, float]:
    """Return the column and row, counted from zero, of a position on the sky.

    Parameters
    ----------
    header
        Celestial WCS of the image.
    position_deg
        Right ascension and declination, deg.
    """
    x, y = celestial_wcs(header).all_world2pix(*position_deg, 0)
    return float(x), float(y)


def normalise_cutout(
    hdu: fits.PrimaryHDU,
    *,
    origin: str,
    survey: str,
    size_px: int,
    beam_arcsec: Beam | None = None,
    frequency_hz: float | None = None,
) -> Cutout:
    """Bring an image as a survey gives it to the one form that processing relies on.

    Axes of length one are dropped, pixels become float32, and the header is written anew with
    what later steps need: WCS, beam, frequency, unit, provenance.

    Parameters
    ----------
    hdu
        The image, Jy/beam, any number of axes of which two are longer than one.
    origin
        Where it came from (file name, service and position); errors name it.
    survey
        Name of the survey, for the provenance card.
    size_px
        Side that the image must have, in pixels.
    beam_arcsec, frequency_hz
        What the survey states; used where the header lacks BMAJ or RESTFRQ.

    Raises
    ------
    InputError
        If the image has no pixels or no signal, the wrong shape, no WCS, no beam or no frequency.
    """
    data = _checked_pixels(hdu.data, origin=origin, size_px=size_px)
    wcs = celestial_wcs(hdu.header)
    if not wcs.has_celestial:
        raise InputError(f"{origin} has no celestial WCS: add CTYPE, CRVAL, CRPIX and CDELT cards")
    header = wcs.to_header()
    header.remove("MJDREF", ignore_missing=True)  # a default of astropy's, not of the image
    header["BUNIT"] = "JY/BEAM"
    for key, value in _beam_cards(hdu.header, beam_arcsec, origin).items():
        header[key] = value
    header["RESTFRQ"] = (_frequency_hz(hdu.header, frequency_hz, origin), "[Hz]")
    header["SURVEY"] = survey
    header["ORIGIN"] = (origin, "where bentjets took the image from")
    return Cutout(data, header)


def _checked_pixels(data: Any, *, origin: str, size_px: int) -> NDArray[np.float32]:
    if data is None:
        raise InputError(
            f"{origin} holds no image: give a FITS file whose first image is the cutout"
        )
    image: NDArray[np.float32] = np.squeeze(np.asarray(data)).astype(np.float32)
    if image.ndim != _IMAGE_AXES:
        raise InputError(
            f"{origin} has shape {np.shape(data)}: a cutout is one two-dimensional image"
        )
    if image.shape != (size_px, size_px):
        raise InputError(
            f"{origin} is {image.shape[1]} x {image.shape[0]} pixels, not {size_px} x {size_px}: "
            "cut it around the source, or set size_px of the survey in acquisition.surveys"
        )
    finite = image[np.isfinite(image)]
    if finite.size == 0:
        raise InputError(f"{origin} has no finite pixel (all NaN): the survey has no data there")
    if finite.min() == finite.max():
        kind = "zero" if finite.max() == 0 else "constant"
        raise InputError(f"{origin} is {kind} everywhere: the survey has no data there")
    return image


def _beam_cards(header: fits.Header, stated: Beam | None, origin: str) -> dict[str, Any]:
    if "BMAJ" in header and "BMIN" in header:
        beam_deg = (header["BMAJ"], header["BMIN"], header.get("BPA", 0.0))
        source = "header"
    elif stated is not None:
        beam_deg = (stated[0] / _ARCSEC_PER_DEG, stated[1] / _ARCSEC_PER_DEG, stated[2])
        source = "survey"
    else:
        raise InputError(
            f"{origin} has no beam (BMAJ, BMIN, BPA cards): "
            "set beam_arcsec of the survey in acquisition.surveys"
        )
    cards = zip(("BMAJ", "BMIN", "BPA"), map(float, beam_deg), strict=True)
    return {key: (value, "[deg]") for key, value in cards} | {
        "BEAMFROM": (source, "header of the image, or stated by the survey")
    }


def _frequency_hz(header: fits.Header, stated: float | None, origin: str) -> float:
    for key in ("RESTFRQ", "RESTFREQ"):
        if key in header:
            return float(header[key])
    if stated is None:
        raise InputError(
            f"{origin} has no frequency (RESTFRQ card): "
            "set frequency_hz of the survey in acquisition.surveys"
        )
    return float(stated)
