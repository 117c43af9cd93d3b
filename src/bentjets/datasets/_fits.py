"""FITS bytes to header-data units and back, as ``FITSImageDataset`` needs it."""

from __future__ import annotations

import contextlib
import gzip
import io
import re
import warnings
import zlib
from collections.abc import Iterator
from typing import Any

import numpy as np
from astropy.io import fits
from astropy.io.fits.verify import VerifyWarning
from astropy.utils.exceptions import AstropyUserWarning

_TILE_COLUMNS = {"COMPRESSED_DATA", "GZIP_COMPRESSED_DATA"}
GZIP_MAGIC = b"\x1f\x8b"
_UNPRINTABLE = re.compile(r"[^ -~]")


@contextlib.contextmanager
def quiet_reading() -> Iterator[None]:
    """Silence what astropy says of odd cards: they are cleaned, and damage raises an error."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", VerifyWarning)
        warnings.simplefilter("ignore", AstropyUserWarning)
        yield


def gunzip(content: bytes) -> bytes:
    """Decompress gzip content; other content passes as it is.

    Raises
    ------
    ValueError
        If the compressed stream is damaged or ends early.
    """
    if not content.startswith(GZIP_MAGIC):
        return content
    try:
        return gzip.decompress(content)
    except (EOFError, OSError, zlib.error) as exc:
        raise ValueError(f"damaged gzip stream ({exc})") from exc


def clean_header(header: fits.Header) -> fits.Header:
    """Copy a header with a space for each character that the FITS standard forbids.

    SkyView writes COMMENT cards with TABs, which astropy reads but refuses to write (FITS Standard
    4.0, Sect. 4.1.2.3: ASCII 32 to 126 only).
    """
    text = header.tostring()
    if _UNPRINTABLE.search(text):
        return fits.Header.fromstring(_UNPRINTABLE.sub(" ", text))
    return header.copy()


def detach_image(hdu: Any, kind: type[Any]) -> Any:
    """Copy an image HDU into memory: as `kind`, its data in native byte order."""
    data = hdu.data
    if data is not None:
        data = data.astype(data.dtype.newbyteorder("="))
    return kind(data=data, header=clean_header(hdu.header))


def detach_all(hdus: fits.HDUList) -> fits.HDUList:
    """Copy every HDU into memory; a tile-compressed image becomes an ordinary one."""
    return fits.HDUList(
        [
            detach_image(hdu, fits.ImageHDU if number else fits.PrimaryHDU)
            if hdu.is_image
            else hdu.copy()
            for number, hdu in enumerate(hdus)
        ]
    )


def first_image(hdus: fits.HDUList) -> Any | None:
    """Give the first HDU that holds image data, or None."""
    return next((hdu for hdu in hdus if hdu.is_image and hdu.header.get("NAXIS", 0) > 0), None)


def write_hdus(
    data: Any, *, compression: dict[str, Any] | None, write_args: dict[str, Any]
) -> bytes:
    """Write an HDU or an HDUList; the same data always give the same bytes.

    Parameters
    ----------
    data : astropy.io.fits HDU or HDUList
        Left unchanged.
    compression : dict or None
        Arguments of ``CompImageHDU`` with which every image is tile-compressed.
    write_args : dict
        Arguments of ``HDUList.writeto``.
    """
    hdus = list(data) if isinstance(data, fits.HDUList) else [data]
    written: list[Any] = []
    for hdu in hdus:
        if compression is not None and hdu.is_image and hdu.data is not None:
            written += [] if written else [fits.PrimaryHDU()]
            written.append(fits.CompImageHDU(hdu.data, clean_header(hdu.header), **compression))
        elif hdu.is_image:
            kind = fits.ImageHDU if written else fits.PrimaryHDU
            written.append(kind(data=hdu.data, header=clean_header(hdu.header)))
        else:
            written += [] if written else [fits.PrimaryHDU()]
            written.append(hdu)
    buffer = io.BytesIO()
    fits.HDUList(written).writeto(buffer, **write_args)
    return buffer.getvalue() if compression is None else _forget_times(buffer.getvalue())


def _forget_times(content: bytes) -> bytes:
    """Set the time to 0 in the gzip header of every tile, where astropy writes the time of day."""
    forgotten = bytearray(content)
    with fits.open(io.BytesIO(content), disable_image_compression=True) as hdus:
        for hdu in hdus:
            if not hdu.header.get("ZIMAGE", False):
                continue
            table = hdu.header["NAXIS1"] * hdu.header["NAXIS2"]
            heap = hdu.fileinfo()["datLoc"] + hdu.header.get("THEAP", table)
            descriptors = hdu.data.view(np.ndarray)
            for name in _TILE_COLUMNS.intersection(hdu.columns.names):
                for _, offset in descriptors[name]:
                    tile = heap + int(offset)
                    if forgotten[tile : tile + 2] == GZIP_MAGIC:
                        forgotten[tile + 4 : tile + 8] = bytes(4)
    return bytes(forgotten)
