"""One large image that holds many sources."""

from __future__ import annotations

import functools
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from astropy.io import fits
from astropy.wcs import WCS
from numpy.typing import NDArray

from bentjets.errors import InputError
from bentjets.radio.cutouts import (
    Provenance,
    celestial_wcs,
    find_image,
    fits_bytes,
    hushed,
    normalise_cutout,
    pixel_position,
)
from bentjets.radio.surveys.beams import Beams, beam_at
from bentjets.radio.surveys.survey import Fetched, Source, list_assumed, position_of
from bentjets.radio.surveys.web.services import OutsideFootprintError

_SCALING = ("BSCALE", "BZERO", "BLANK")


@dataclass(frozen=True)
class MosaicSurvey:
    """One FITS image, of which only what lies around a source is read, and nothing resampled.

    Parameters
    ----------
    name
        Name of the entry.
    path
        The file. An uncompressed one stays on disk, whatever its size.
    size_px
        Side of the cutouts to make of it.
    licence
        Terms of the image.
    beam_arcsec, frequency_hz
        What to assume if the image does not say it itself; None makes that an error.

    Raises
    ------
    InputError
        If the file cannot be read, or has no celestial WCS.
    """

    name: str
    path: str
    size_px: int
    licence: str
    beam_arcsec: Beams | None = None
    frequency_hz: float | None = None
    waiting: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        """Refuse an image that would fail for every source."""
        _open(Path(self.path).expanduser())

    def fetch(self, source: Source) -> Fetched:
        """Cut the surroundings of a source out of the image; NaN where it ends."""
        file = Path(self.path).expanduser()
        position = position_of(source)
        image = _cut_around(_open(file), position, self.size_px, file.name)
        cutout = normalise_cutout(
            image,
            provenance=Provenance("folder", self.name, file.name, self.licence),
            size_px=self.size_px,
            position_deg=position,
            beam_arcsec=beam_at(self.beam_arcsec, position[1], self.name),
            frequency_hz=self.frequency_hz,
        )
        return Fetched(fits_bytes(cutout.to_hdu()), assumed=list_assumed(cutout, image.header))

    def close(self) -> None:
        """Do nothing: every process has the image open for itself."""


class _Mosaic(NamedTuple):
    pixels: Any
    header: fits.Header
    wcs: WCS
    shape: tuple[int, int]


def _open(file: Path) -> _Mosaic:
    state = file.stat()
    return _open_once(file, state.st_mtime_ns, state.st_size)


@functools.lru_cache(maxsize=1)
def _open_once(file: Path, _changed_ns: int, _size: int) -> _Mosaic:
    try:
        with hushed():
            hdu, header = find_image(fits.open(file, memmap=True))
            if any(card in header for card in _SCALING):
                # Such pixels cannot be mapped; a section of them is read from the file.
                hdu, header = find_image(fits.open(file, memmap=False))
        wcs = celestial_wcs(header)
    except Exception as error:
        detail = " ".join(str(error).split()) or type(error).__name__
        raise InputError(f"{file} is not a FITS image that can be read: {detail}") from error
    if hdu is None:
        raise InputError(f"{file} holds no image: give a FITS file whose first image is the mosaic")
    if not wcs.has_celestial:
        raise InputError(
            f"{file} has no celestial WCS: add CTYPE, CRVAL, CRPIX and CDELT cards to its header"
        )
    *others, rows, columns = hdu.shape
    if any(length > 1 for length in others):
        raise InputError(f"{file} has shape {hdu.shape}: a mosaic is one two-dimensional image")
    return _Mosaic(hdu.section, header, wcs, (rows, columns))


def _cut_around(
    mosaic: _Mosaic, position_deg: tuple[float, float], size_px: int, name: str
) -> fits.PrimaryHDU:
    """Read twice the side around a position, from which the cutout is then made like any other."""
    rows, columns = mosaic.shape
    x, y = pixel_position(mosaic.wcs, position_deg)
    # The middle of a pixel is a whole number; NaN is nowhere.
    if not (0 <= x + 0.5 <= columns and 0 <= y + 0.5 <= rows):
        raise OutsideFootprintError(
            f"RA {position_deg[0]:.5f}, Dec {position_deg[1]:.5f} deg lies outside {name}"
        )
    left, bottom = round(x) - size_px, round(y) - size_px
    side = 2 * size_px + 1
    data = np.full((side, side), np.nan, dtype=np.float32)
    first_row, first_column = max(bottom, 0), max(left, 0)
    read: NDArray[np.floating] = mosaic.pixels[
        ..., first_row : bottom + side, first_column : left + side
    ]
    height, width = read.shape[-2:]
    row, column = first_row - bottom, first_column - left
    data[row : row + height, column : column + width] = read.reshape(height, width)
    header = mosaic.header.copy()
    for axis, first in (("CRPIX1", left), ("CRPIX2", bottom)):
        header[axis] = header.get(axis, 0.0) - first
    # What was read is scaled already.
    for card in _SCALING:
        header.remove(card, ignore_missing=True)
    return fits.PrimaryHDU(data.reshape((1,) * (read.ndim - 2) + data.shape), header)
