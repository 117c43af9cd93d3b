"""The pixels of an image: one plane, blank where the survey saw nothing."""

from __future__ import annotations

import numpy as np
from astropy.io import fits
from numpy.typing import NDArray

from bentjets.errors import InputError

_IMAGE_AXES = 2
# Where 100 of 22,500 pixels have a value, PyBDSF finds no region from which to take the rms, or
# divides by zero; from a hundredth on it finds one.
_MIN_FINITE_SHARE = 0.01


def image_plane(hdu: fits.PrimaryHDU, origin: str) -> NDArray[np.float32]:
    """Return the one image of an HDU as rows and columns, float32.

    Parameters
    ----------
    hdu
        Any number of axes, of which two are longer than one.
    origin
        What to call the image in errors.

    Raises
    ------
    InputError
        If it holds no image, or several.
    """
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


def blank_unseen(image: NDArray[np.float32], origin: str) -> NDArray[np.float32]:
    """Make what the survey has not seen NaN, and refuse an image without a signal.

    Not seen are pixels that are not finite, and zeros that fill an edge.

    Parameters
    ----------
    image
        Shape (rows, columns).
    origin
        What to call the image in errors.

    Returns
    -------
    NDArray
        float32, the same shape.

    Raises
    ------
    InputError
        If there is no finite pixel, nearly none, or all that are seen have one value.
    """
    finite = np.isfinite(image)
    if not finite.any():
        raise InputError(f"{origin} has no finite pixel (all NaN): the survey has no data there")
    seen = _blank_edges(np.where(finite, image, np.float32(np.nan))).astype(np.float32)
    values = seen[np.isfinite(seen)]
    if values.size == 0 or values.min() == values.max():
        kind = "constant" if values.size and values.max() != 0 else "zero"
        raise InputError(f"{origin} is {kind} everywhere: the survey has no data there")
    if values.size < _MIN_FINITE_SHARE * image.size:
        raise InputError(
            f"{origin} is nearly empty ({values.size} of {image.size} pixels have a value): "
            "the survey has no data there"
        )
    return seen


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
