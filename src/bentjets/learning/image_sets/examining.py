"""What there is to know of one image, so that bad ones are found before anything is trained."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bentjets.errors import InputError
from bentjets.learning.data.splitting.duplicates import fingerprint_image
from bentjets.learning.image_sets.pictures import RawImage, brightness

_WHITE = 255.0
_COLOUR_NDIM = 3


def examine_image(raw: RawImage) -> dict[str, Any]:
    """Decode an image, and tell its size, its kind of pixels and its fingerprint.

    Parameters
    ----------
    raw : RawImage
        The image.

    Returns
    -------
    dict
        `height_px`, `width_px`, `pixels` (uint8, uint16 or float32), `colours` (whether they
        differ), `dark_fraction` (of pixels that are 0, or no number), `sha256` of the pixels,
        `phash` (see `bentjets.learning.data.fingerprint_image`).

    Raises
    ------
    InputError
        If it cannot be decoded, or is the same everywhere.
    """
    pixels = raw.pixels()
    grey = brightness(pixels)[0]
    if grey.min() == grey.max():
        raise InputError("it is the same everywhere")
    digest = hashlib.sha256(f"{pixels.shape} {pixels.dtype.str}".encode())
    digest.update(pixels.tobytes())
    return {
        "height_px": int(pixels.shape[0]),
        "width_px": int(pixels.shape[1]),
        "pixels": str(pixels.dtype),
        "colours": pixels.ndim == _COLOUR_NDIM,
        "dark_fraction": float((grey == 0).mean()),
        "sha256": digest.hexdigest(),
        "phash": fingerprint_image(_in_bits(grey)).phash,
    }


def grey_levels(raw: RawImage) -> NDArray[np.uint8]:
    """Give an image in 256 levels of grey, as its fingerprint is taken, shape (height, width).

    Raises
    ------
    InputError
        If it cannot be decoded.
    """
    return _in_bits(brightness(raw.pixels())[0])


def _in_bits(grey: NDArray[np.float32]) -> NDArray[np.uint8]:
    return np.rint(grey * _WHITE).astype(np.uint8)
