"""The islands of a mask: which of them belong to a source, and how far they reach."""

from __future__ import annotations

import contextlib

import numpy as np
from numpy.typing import NDArray

REACH_BEAMS = 7.0
"""Lobes without a bridge are islands of their own: those that begin within this are its own."""

_FEW_POINTS = 3


def label_islands(mask: NDArray[np.integer] | NDArray[np.bool_]) -> NDArray[np.int32]:
    """Give each island of a mask a number from 1; pixels that touch at corners are joined."""
    from scipy import ndimage

    labels, _ = ndimage.label(mask > 0, structure=np.ones((3, 3)))
    return np.asarray(labels, dtype=np.int32)


def nearest_island(
    labels: NDArray[np.int32], position_px: tuple[float, float]
) -> tuple[NDArray[np.bool_], float]:
    """Pick the island nearest to a position.

    Parameters
    ----------
    labels
        What `label_islands` gives, shape (rows, columns).
    position_px
        Column and row, counted from zero.

    Returns
    -------
    island : NDArray
        bool, the same shape, true inside the chosen island.
    offset_px : float
        Distance from the position to the nearest pixel of the island; NaN without islands.
    """
    rows, columns = np.nonzero(labels)
    if rows.size == 0:
        return np.zeros(labels.shape, dtype=bool), float("nan")
    distances = np.hypot(columns - position_px[0], rows - position_px[1])
    nearest = int(distances.argmin())
    return labels == labels[rows[nearest], columns[nearest]], float(distances[nearest])


def islands_near(
    labels: NDArray[np.int32], position_px: tuple[float, float], reach_px: float
) -> NDArray[np.bool_]:
    """Mark the islands with a pixel within reach of a position; arguments as `nearest_island`."""
    rows, columns = np.nonzero(labels)
    is_near = np.hypot(columns - position_px[0], rows - position_px[1]) <= reach_px
    return np.isin(labels, labels[rows[is_near], columns[is_near]])


def largest_extent_px(island: NDArray[np.bool_]) -> float:
    """Return the largest distance between two pixels of an island, plus the pixel's own width."""
    from scipy.spatial import ConvexHull, QhullError
    from scipy.spatial.distance import pdist

    points = np.argwhere(island)
    if len(points) > _FEW_POINTS:
        # All on one line: no hull, and few points.
        with contextlib.suppress(QhullError):
            points = points[ConvexHull(points).vertices]
    return float(pdist(points).max(initial=0.0)) + 1.0
