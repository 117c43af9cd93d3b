"""Cutouts: one small image of the sky around one source, checked and brought to one form."""

from __future__ import annotations

import contextlib
import io
import threading
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from astropy import units as u
from astropy.coordinates import SkyCoord
from astropy.io import fits
from astropy.nddata import Cutout2D
from astropy.wcs import WCS
from astropy.wcs.utils import proj_plane_pixel_scales
from numpy.typing import NDArray

from bentjets.errors import InputError

Beam = tuple[float, float, float]
"""Major and minor axis (FWHM, arcsec) and position angle (deg, east of north) of a beam."""

_IMAGE_AXES = 2
_ONE_AT_A_TIME = threading.Lock()
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
        with _hushed(), fits.open(source, memmap=False) as hdus:
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
    with _hushed():
        return WCS(header).celestial


@contextlib.contextmanager
def _hushed() -> Iterator[None]:
    """Keep astropy's remarks to itself, in one thread at a time: they share what they ignore."""
    with _ONE_AT_A_TIME, warnings.catch_warnings(action="ignore"):
        yield


def pixel_position(header: fits.Header, position_deg: tuple[float, float]) -> tuple[float, float]:
    """Return the column and row, counted from zero, of a position on the sky.

    Parameters
    ----------
    header
        Celestial WCS of the image.
    position_deg
        Right ascension and declination (J2000), deg.
    """
    return _pixel(celestial_wcs(header), position_deg)


def _pixel(wcs: WCS, position_deg: tuple[float, float]) -> tuple[float, float]:
    # The image may have galactic axes, or be of 1950.
    x, y = wcs.world_to_pixel(SkyCoord(*position_deg, unit="deg", frame="fk5"))
    return float(x), float(y)


@dataclass(frozen=True)
class Provenance:
    """Where an image came from: what its header keeps of that, and errors call it.

    Parameters
    ----------
    service
        What gave it: a public service, a folder, the simulation.
    survey
        Name of the survey.
    request
        What was asked for: a position, a file.
    licence
        Terms of the survey's images.
    date
        When a service gave it (UTC, ISO 8601); empty where it does not matter.
    """

    service: str
    survey: str
    request: str
    licence: str = ""
    date: str = ""

    def cards(self) -> dict[str, Any]:
        """Return the FITS cards that say so; those without a value are left out."""
        cards = {
            "SERVICE": (self.service, "what gave the image"),
            "SURVEY": (self.survey, "name of the survey"),
            "REQUEST": (self.request, ""),
            "DATE": (self.date, "when the service gave the image"),
            "LICENCE": (self.licence, ""),
        }
        return {key: (_printable(text), note) for key, (text, note) in cards.items() if text}


def normalise_cutout(
    hdu: fits.PrimaryHDU,
    *,
    provenance: Provenance,
    size_px: int,
    position_deg: tuple[float, float] | None = None,
    beam_arcsec: Beam | None = None,
    frequency_hz: float | None = None,
) -> Cutout:
    """Bring an image as a survey gives it to the one form that processing relies on.

    Axes of length one are dropped, a larger image is cut around the position without resampling,
    zeros that fill the survey's edge become NaN, pixels become float32 in Jy/beam, and the header
    is written anew with what later steps need: WCS, beam, frequency, unit, provenance.

    Parameters
    ----------
    hdu
        The image, any number of axes of which two are longer than one; Jy/beam, if it does not
        say otherwise.
    provenance
        Where it came from.
    size_px
        Side that the cutout must have, in pixels.
    position_deg
        Right ascension and declination of the source, deg; it must lie in the image.
    beam_arcsec, frequency_hz
        What the survey states; used where the header lacks BMAJ or RESTFRQ.

    Raises
    ------
    InputError
        If the image has no pixels or no signal, the wrong shape or unit, no WCS, no beam or no
        frequency, or does not hold the position.
    """
    origin = provenance.request
    image, wcs = _plane(hdu, origin), celestial_wcs(hdu.header)
    if not wcs.has_celestial:
        raise InputError(f"{origin} has no celestial WCS: add CTYPE, CRVAL, CRPIX and CDELT cards")
    image, wcs = _cut(image, wcs, origin=origin, size_px=size_px, position_deg=position_deg)
    data = _checked_pixels(image * _jy_per_beam(hdu.header, origin), origin)
    header = _with_cdelt(wcs).to_header()
    header.remove("MJDREF", ignore_missing=True)  # a default of astropy's, not of the image
    header["BUNIT"] = "JY/BEAM"
    for key, value in _beam_cards(hdu.header, beam_arcsec, origin).items():
        header[key] = value
    header["RESTFRQ"] = (_frequency_hz(hdu.header, frequency_hz, origin), "[Hz]")
    header.update(provenance.cards())
    return Cutout(data, header)


def _with_cdelt(wcs: WCS) -> WCS:
    """Turn a CD matrix into CDELT and PC: PyBDSF takes the size of a pixel from CDELT."""
    if not wcs.wcs.has_cd():
        return wcs
    plain, matrix = wcs.deepcopy(), wcs.wcs.cd.copy()
    east, north = proj_plane_pixel_scales(wcs)
    del plain.wcs.cd
    plain.wcs.cdelt = (-east, north)
    plain.wcs.pc = matrix / plain.wcs.cdelt[:, np.newaxis]
    return plain


def _plane(hdu: fits.PrimaryHDU, origin: str) -> NDArray[np.float32]:
    """Return the one image of an HDU as rows and columns."""
    if hdu.data is None:
        raise InputError(
            f"{origin} holds no image: give a FITS file whose first image is the cutout"
        )
    image: NDArray[np.float32] = np.squeeze(np.asarray(hdu.data)).astype(np.float32)
    if image.ndim != _IMAGE_AXES:
        raise InputError(
            f"{origin} has shape {np.shape(hdu.data)}: a cutout is one two-dimensional image"
        )
    return image


def _cut(
    image: NDArray[np.float32],
    wcs: WCS,
    *,
    origin: str,
    size_px: int,
    position_deg: tuple[float, float] | None,
) -> tuple[NDArray[np.float32], WCS]:
    """Cut a larger image around the position; one of the right size stays as it is."""
    rows, columns = image.shape
    if min(rows, columns) < size_px or (position_deg is None and max(rows, columns) > size_px):
        raise InputError(
            f"{origin} is {columns} x {rows} pixels, not {size_px} x {size_px}: give a larger "
            "image, or set size_px of the survey in acquisition.surveys"
        )
    if position_deg is None:
        return image, wcs
    x, y = _pixel(wcs, position_deg)
    # From half a pixel before the first to half a pixel behind the last; NaN is nowhere.
    if not (abs(2 * x - columns + 1) <= columns and abs(2 * y - rows + 1) <= rows):
        raise InputError(
            f"RA {position_deg[0]:.5f}, Dec {position_deg[1]:.5f} deg lies outside the image of "
            f"{origin}: check the position in the catalogue"
        )
    if (rows, columns) == (size_px, size_px):
        return image, wcs
    part = Cutout2D(image, (x, y), size_px, wcs=wcs, mode="partial", fill_value=np.nan)
    return part.data, part.wcs


def _jy_per_beam(header: fits.Header, origin: str) -> float:
    """Return what one unit of the pixels is in Jy/beam; without a unit, 1."""
    given = str(header.get("BUNIT", "")).strip()
    # Old and simple writers know capitals only; of these, only this one is not ambiguous.
    if given.upper() in ("", "JY/BEAM"):
        return 1.0
    try:
        return float(u.Unit(given).to(u.Jy / u.beam))
    except ValueError as error:
        raise InputError(
            f"{origin} has pixels in {given!r}, not in Jy/beam: convert them, and set BUNIT"
        ) from error


def _checked_pixels(image: NDArray[np.float32], origin: str) -> NDArray[np.float32]:
    """Make what the survey has not seen NaN, and refuse an image without a signal."""
    finite = image[np.isfinite(image)]
    if finite.size == 0:
        raise InputError(f"{origin} has no finite pixel (all NaN): the survey has no data there")
    if finite.min() == finite.max():
        kind = "zero" if finite.max() == 0 else "constant"
        raise InputError(f"{origin} is {kind} everywhere: the survey has no data there")
    image = np.where(np.isfinite(image), image, np.float32(np.nan))
    return _blank_edges(image).astype(np.float32)


def _blank_edges(image: NDArray[np.float32]) -> NDArray[np.float32]:
    """Make zeros that fill an edge NaN: as pixels they would make the rms too small by a fifth.

    Filling is what reaches the border and has at least as many zeros as the border is long; noise
    may hold a zero here and there.
    """
    from scipy import ndimage

    zero = image == 0
    if np.count_nonzero(zero) < min(image.shape):
        return image
    labels, _ = ndimage.label(zero)
    border = np.unique(np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]]))
    sizes = np.bincount(labels.ravel())
    filling = [label for label in border if label and sizes[label] >= min(image.shape)]
    return np.where(np.isin(labels, filling), np.float32(np.nan), image)


def _printable(text: str) -> str:
    """Keep what a FITS card may hold: printable ASCII on one line."""
    words = " ".join(text.split())
    return "".join(letter if " " <= letter <= "~" else "?" for letter in words)


def _beam_cards(header: fits.Header, stated: Beam | None, origin: str) -> dict[str, Any]:
    if _is_stated(header, "BMAJ") and _is_stated(header, "BMIN"):
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
        if _is_stated(header, key):
            return float(header[key])
    if stated is None:
        raise InputError(
            f"{origin} has no frequency (RESTFRQ card): "
            "set frequency_hz of the survey in acquisition.surveys"
        )
    return float(stated)


def _is_stated(header: fits.Header, key: str) -> bool:
    """Tell whether a card has a number that can be one; some writers put 0 for what is unknown."""
    value = header.get(key)
    return isinstance(value, int | float) and 0 < value < np.inf
