"""Islands without PyBDSF: for thousands of simulated cutouts of which nothing else is wanted."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_CLIP, _ISLAND, _PIXEL = 3.5, 3.0, 5.0
_MIN_PIXELS = 5


def quick_islands(image: NDArray[np.floating]) -> tuple[NDArray[np.uint8], float]:
    """Find islands over a constant background.

    Parameters
    ----------
    image
        Brightness, any unit, shape (rows, columns); pixels that are not finite are background.

    Returns
    -------
    mask : NDArray
        1 inside islands above 3 sigma with a peak above 5, 0 outside; uint8.
    rms : float
        Standard deviation of the background, in the unit of the image.
    """
    from scipy import ndimage

    filled = np.nan_to_num(np.asarray(image, dtype=np.float64))
    middle = np.median(filled)
    spread = 1.4826 * np.median(np.abs(filled - middle))
    background = filled[np.abs(filled - middle) <= _CLIP * spread]
    mean, rms = float(background.mean()), float(background.std())
    labels, count = ndimage.label(filled > mean + _ISLAND * rms, structure=np.ones((3, 3)))
    if count == 0:
        return np.zeros(filled.shape, dtype=np.uint8), rms
    numbers = np.arange(1, count + 1)
    peaks = ndimage.maximum(filled, labels, numbers)
    sizes = np.bincount(labels.ravel(), minlength=count + 1)[1:]
    kept = 1 + np.flatnonzero((peaks > mean + _PIXEL * rms) & (sizes >= _MIN_PIXELS))
    return np.isin(labels, kept).astype(np.uint8), rms
