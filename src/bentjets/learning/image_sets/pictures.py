"""From the file of a picture, or its pixels, to one form: what there is, as it is."""

from __future__ import annotations

import gzip
import io
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bentjets.errors import InputError

MAX_SIDE_PX = 8192
"""Longest side of a picture: of a small file that unpacks to more, nothing is read."""

_GREY_NDIM = 2
_COLOURS = 3
_WHITE = 255.0
_LUMINANCE = np.array([0.299, 0.587, 0.114], dtype=np.float32)
_GZIP = b"\x1f\x8b"
_FITS = (b"SIMPLE  =", _GZIP)
_MAX_BYTES = 8 * MAX_SIDE_PX**2


@dataclass(frozen=True)
class RawImage:
    """An image as it travels to a worker: the bytes of a picture, or those of pixels.

    Parameters
    ----------
    content : bytes
        Of the file, or of the pixels in C order.
    shape : tuple of int
        Of the pixels; empty for a file.
    dtype : str
        Of the pixels; empty for a file.
    """

    content: bytes = field(repr=False)
    shape: tuple[int, ...] = ()
    dtype: str = ""

    @classmethod
    def pack(cls, image: bytes | NDArray[Any]) -> RawImage:
        """Pack what a layout gives."""
        if isinstance(image, bytes):
            return cls(image)
        return cls(np.ascontiguousarray(image).tobytes(), image.shape, image.dtype.str)

    def pixels(self) -> NDArray[Any]:
        """Give the pixels: see `decode_picture`."""
        if self.dtype:
            return _check(np.frombuffer(self.content, self.dtype).reshape(self.shape))
        return decode_picture(self.content)


def decode_picture(content: bytes) -> NDArray[Any]:
    """Decode the file of a picture (PNG, JPEG, TIFF, GIF, BMP, WebP or FITS).

    Palettes become colours, and transparent pixels black.

    Parameters
    ----------
    content : bytes
        The file.

    Returns
    -------
    ndarray
        Shape (height, width), or (height, width, 3) where colours differ; uint8, uint16, or
        float32 for any other numbers. Row 0 is the upper one, as in the file; of FITS the lower.

    Raises
    ------
    InputError
        If it cannot be decoded, moves, is no picture, too large, or holds no number.
    """
    if content.startswith(_FITS):
        return _check(_decode_fits(content))
    return _check(_decode_pillow(content))


def brightness(pixels: NDArray[Any], *, colours: bool = False) -> NDArray[np.float32]:
    """Give the brightness of an image, 0 to 1.

    Eight bits are divided by 255. Of any other numbers, those below zero or that are not finite
    become 0, and the rest is divided by the brightest pixel, as for cutouts.

    Parameters
    ----------
    pixels : ndarray, shape (height, width) or (height, width, 3)
        As `decode_picture` gives them.
    colours : bool
        Whether three channels are given, equal ones for grey images; else the luminance of
        colours (ITU-R BT.601).

    Returns
    -------
    ndarray of float32, shape (channels, height, width)
        One channel, or three.
    """
    if pixels.dtype == np.uint8:
        values = pixels.astype(np.float32) / np.float32(_WHITE)
    else:
        values = np.nan_to_num(pixels.astype(np.float32), posinf=0.0, neginf=0.0).clip(min=0.0)
        values /= values.max(initial=0.0) or 1.0
    if values.ndim == _GREY_NDIM:
        return np.repeat(values[None], _COLOURS, axis=0) if colours else values[None]
    if colours:
        return np.ascontiguousarray(values.transpose(2, 0, 1))
    grey: NDArray[np.float32] = (values @ _LUMINANCE).astype(np.float32)
    return grey[None]


def crop_square(image: NDArray[Any], side_px: int | None) -> NDArray[Any]:
    """Keep the middle of an image, shape (channels, height, width), as a square.

    Parameters
    ----------
    image : ndarray
        Any image.
    side_px : int or None
        Side of the square; the shorter side of the image where it is smaller, or for None.
    """
    height, width = image.shape[1:]
    side = min(height, width, side_px or height)
    top, left = (height - side) // 2, (width - side) // 2
    return image[:, top : top + side, left : left + side]


def _decode_pillow(content: bytes) -> NDArray[Any]:
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(io.BytesIO(content)) as picture:
            if (frames := getattr(picture, "n_frames", 1)) > 1:
                raise InputError(f"it moves: {frames} frames in one file")
            if max(picture.size) > MAX_SIDE_PX:
                raise InputError(f"it has {picture.width} x {picture.height} pixels: too large")
            if picture.mode in ("P", "PA", "LA", "RGBA", "RGBX", "CMYK", "YCbCr", "La", "RGBa"):
                rgba = picture.convert("RGBA")
                black = Image.new("RGBA", rgba.size, (0, 0, 0, 255))
                return np.asarray(Image.alpha_composite(black, rgba).convert("RGB"))
            return np.asarray(picture)
    except UnidentifiedImageError as error:
        raise InputError("it is no picture, or damaged") from error
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f"it is damaged ({error})") from error


def _decode_fits(content: bytes) -> NDArray[Any]:
    import warnings

    from astropy.io import fits

    image = None
    try:
        if content.startswith(_GZIP):
            with gzip.open(io.BytesIO(content)) as file:
                content = file.read(_MAX_BYTES)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with fits.open(io.BytesIO(content), memmap=False) as hdus:
                for hdu in hdus:
                    if image is None and hdu.is_image:
                        image = hdu.data
    except Exception as error:  # whatever astropy raises on damaged content
        raise InputError(f"it is damaged ({error})") from error
    if image is None:
        raise InputError("it is FITS, and holds no image")
    return image.squeeze() if image.ndim > _GREY_NDIM else image


def _check(pixels: NDArray[Any]) -> NDArray[Any]:
    if pixels.ndim == _GREY_NDIM + 1 and pixels.shape[2] == _COLOURS:
        if (pixels == pixels[..., :1]).all():
            pixels = pixels[..., 0]
    elif pixels.ndim != _GREY_NDIM:
        raise InputError(f"it has the shape {pixels.shape}: give (height, width)")
    if 0 in pixels.shape or max(pixels.shape) > MAX_SIDE_PX:
        raise InputError(f"it has {' x '.join(map(str, pixels.shape))} pixels: too few or too many")
    if pixels.dtype == np.bool_:
        return pixels.astype(np.uint8) * np.uint8(_WHITE)
    if pixels.dtype not in (np.uint8, np.uint16):
        pixels = pixels.astype(np.float32)
        if not np.isfinite(pixels).any():
            raise InputError("it holds no number")
    return np.ascontiguousarray(pixels)
