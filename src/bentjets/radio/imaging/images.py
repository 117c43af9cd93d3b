"""Eight-bit images: the paper's equations 4 and 5."""

from __future__ import annotations

import io

import numpy as np
from numpy.typing import NDArray

_WHITE = 255


def scale_to_8bit(data: NDArray[np.floating]) -> NDArray[np.uint8]:
    """Scale an image linearly so that its faintest pixel is black and its brightest white.

    Equation 4 of Hossain et al. 2025: ``255 (x - min) / (max - min)``, rounded.

    Parameters
    ----------
    data
        Pixels in any unit, any shape; pixels that are not finite become black.

    Returns
    -------
    NDArray
        uint8, the same shape.

    Raises
    ------
    ValueError
        If no pixel is finite, or all have one value.
    """
    finite = np.isfinite(data)
    if not finite.any():
        raise ValueError("an image without a finite pixel cannot be scaled")
    low, high = float(data[finite].min()), float(data[finite].max())
    if low == high:
        raise ValueError(f"an image that is {low} everywhere cannot be scaled")
    scaled = np.zeros(data.shape, dtype=np.float64)
    scaled[finite] = (data[finite].astype(np.float64) - low) / (high - low) * _WHITE
    return np.rint(scaled).astype(np.uint8)


def apply_mask(image: NDArray[np.uint8], mask: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Keep the pixels of an image inside a mask and blacken the others.

    Equation 5 of Hossain et al. 2025: ``image x mask``.

    Parameters
    ----------
    image
        uint8, shape (rows, columns).
    mask
        0 outside islands, 1 inside; same shape.

    Returns
    -------
    NDArray
        uint8, the same shape.
    """
    return (image * (mask > 0)).astype(np.uint8)


def mask_to_8bit(mask: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Show a 0/1 mask in black and white (0 and 255), uint8, the same shape."""
    return ((mask > 0) * _WHITE).astype(np.uint8)


def png_bytes(image: NDArray[np.uint8]) -> bytes:
    """Return the bytes of the PNG file that holds an 8-bit greyscale image."""
    from PIL import Image

    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, format="PNG")
    return buffer.getvalue()


def read_png(content: bytes) -> NDArray[np.uint8]:
    """Return the pixels of an 8-bit greyscale PNG file, shape (rows, columns)."""
    from PIL import Image

    with Image.open(io.BytesIO(content), formats=("PNG",)) as image:
        return np.array(image, dtype=np.uint8)


def flip_north_up(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Turn FITS row order (first row at the bottom) into picture row order, and back."""
    return np.ascontiguousarray(np.flipud(image))
