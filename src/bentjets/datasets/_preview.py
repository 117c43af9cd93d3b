"""Pictures for Kedro-Viz: arrays and images as base64 PNG."""

from __future__ import annotations

import base64
import io

import numpy as np
import numpy.typing as npt
from kedro_datasets._typing import ImagePreview
from PIL import Image

PREVIEW_SIDE_PX = 300
_ASINH_SOFTENING = 0.1
_PERCENTILES = (0.25, 99.75)


def stretch_asinh(image: npt.NDArray[np.generic]) -> npt.NDArray[np.uint8]:
    """Scale an image for the eye: the central 99.5 % of its values, asinh, 8-bit.

    The stretch is ``asinh(x / a) / asinh(1 / a)`` with ``a = 0.1`` (Lupton et al. 1999), which
    shows faint tails beside bright cores.

    Parameters
    ----------
    image : numpy.ndarray
        Any real dtype, shape (height, width); NaN and infinities are drawn black.

    Returns
    -------
    numpy.ndarray
        uint8, same shape.
    """
    values = np.asarray(image, dtype=np.float64)
    finite = np.isfinite(values)
    if not finite.any():
        return np.zeros(values.shape, dtype=np.uint8)
    low, high = np.percentile(values[finite], _PERCENTILES)
    span = float(high - low) or 1.0
    fraction = np.clip((np.where(finite, values, low) - low) / span, 0.0, 1.0)
    stretched = np.arcsinh(fraction / _ASINH_SOFTENING) / np.arcsinh(1.0 / _ASINH_SOFTENING)
    return np.rint(255.0 * stretched).astype(np.uint8)


def fit_preview(image: Image.Image, side_px: int = PREVIEW_SIDE_PX) -> Image.Image:
    """Resize so that the longer side is `side_px`; small images keep sharp pixels."""
    scale = side_px / max(image.size)
    size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
    method = Image.Resampling.NEAREST if scale > 1 else Image.Resampling.BOX
    return image.resize(size, method)


def png_bytes(image: Image.Image) -> bytes:
    """Write an image as PNG into memory."""
    buffer = io.BytesIO()
    image.save(buffer, format="PNG")
    return buffer.getvalue()


def encode_preview(image: Image.Image) -> ImagePreview:
    """Make the base64 PNG that Kedro-Viz shows."""
    return ImagePreview(base64.b64encode(png_bytes(image)).decode("ascii"))


def decode_preview(preview: ImagePreview) -> Image.Image:
    """Read back what `encode_preview` made."""
    return Image.open(io.BytesIO(base64.b64decode(preview)))
