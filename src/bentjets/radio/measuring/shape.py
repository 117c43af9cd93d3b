"""The shape of a source in ten numbers: moments of its own islands."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

_REACH_ARCSEC = 45.0
# Variance of a point spread evenly over a pixel, in each direction.
_PIXEL_VARIANCE = 1.0 / 12.0
_CORNERS = np.array([[-0.5, -0.5, 0.5, 0.5], [-0.5, 0.5, -0.5, 0.5]])


@dataclass(frozen=True)
class Shape:
    r"""Ten moments of a source's own islands; NaN where it has none.

    Pixel i of these islands has the brightness I_i and the weight w_i = sqrt(I_i) / sum(sqrt(I)):
    the square root lets faint tails count beside a bright core. The eigenvalues of the weighted
    covariance of the pixels' places, to which each pixel adds 1/12 px^2 of its own, are s_a^2 >=
    s_b^2; u and v are the offsets from the weighted centre along the main axis and across, in
    units of s_a and s_b. The directions of the two axes have no sign, so every number is
    a magnitude: turning or mirroring the image changes none.

    Parameters
    ----------
    axis_ratio
        s_b / s_a, 0 to 1.
    size_arcsec
        4 s_a: the length of a uniform ellipse of these moments.
    curvature
        abs(c) s_b / s_a of the parabola v = a + b u + c u^2 that fits the weighted pixels best:
        by how many s_a the source is bent away from its axis at one s_a from the centre.
    skewness_along, skewness_across
        abs(sum(w u^3)), abs(sum(w v^3)).
    kurtosis_along
        sum(w u^4): 1 for two equal points, 1.8 for an even line, 3 for a Gaussian.
    filling
        Area of the islands over that of their convex hull, 0 to 1.
    n_islands
        How many islands there are.
    peak_offset_along, peak_offset_across
        abs(u), abs(v) of the brightest pixel.
    """

    axis_ratio: float
    size_arcsec: float
    curvature: float
    skewness_along: float
    skewness_across: float
    kurtosis_along: float
    filling: float
    n_islands: float
    peak_offset_along: float
    peak_offset_across: float


def measure_shape(
    image: NDArray[np.floating],
    mask: NDArray[np.uint8],
    position_px: tuple[float, float],
    *,
    pixel_scale_arcsec: float,
) -> Shape:
    """Measure the shape of the source at a position.

    Its own islands are the one nearest to the position and all whose brightest pixel lies within
    45 arcsec, the half-size of nine in ten bent sources of FIRST; without an island as near as
    that there is nothing to measure.

    Parameters
    ----------
    image
        Brightness, any unit, shape (rows, columns); pixels that are not above zero are left out.
    mask
        Island mask, 0/1, same shape; touching corners belong together.
    position_px
        Column and row of the source, counted from zero.
    pixel_scale_arcsec
        Side of a pixel.

    Returns
    -------
    Shape
        All NaN where there is no island.
    """
    found = _own_pixels(image, mask, position_px, _REACH_ARCSEC / pixel_scale_arcsec)
    if found is None:
        return Shape(*(np.nan for _ in fields(Shape)))
    places, brightness, n_islands = found
    weights = np.sqrt(brightness)
    weights /= weights.sum()
    offsets = places - (places @ weights)[:, None]
    covariance = (weights * offsets) @ offsets.T + _PIXEL_VARIANCE * np.eye(2)
    variances, axes = np.linalg.eigh(covariance)
    across, along = axes.T @ offsets / np.sqrt(variances)[:, None]
    axis_ratio = float(np.sqrt(variances[0] / variances[1]))
    is_peak = brightness == brightness.max()
    return Shape(
        axis_ratio=axis_ratio,
        size_arcsec=float(4.0 * np.sqrt(variances[1]) * pixel_scale_arcsec),
        curvature=_bend(along, across, weights) * axis_ratio,
        skewness_along=float(abs(weights @ along**3)),
        skewness_across=float(abs(weights @ across**3)),
        kurtosis_along=float(weights @ along**4),
        filling=brightness.size / _hull_area(places),
        n_islands=float(n_islands),
        peak_offset_along=float(abs(along[is_peak].mean())),
        peak_offset_across=float(abs(across[is_peak].mean())),
    )


def _own_pixels(
    image: NDArray[np.floating],
    mask: NDArray[np.uint8],
    position_px: tuple[float, float],
    reach_px: float,
) -> tuple[NDArray[np.float64], NDArray[np.float64], int] | None:
    """Give columns and rows, shape (2, n), and brightness of the own pixels; count the islands."""
    from scipy import ndimage

    labels, count = ndimage.label(mask > 0, structure=np.ones((3, 3)))
    rows, columns = np.nonzero((labels > 0) & np.isfinite(image) & (image > 0))
    distance = np.hypot(columns - position_px[0], rows - position_px[1])
    if not np.any(distance <= reach_px):
        return None
    island, brightness = labels[rows, columns], image[rows, columns].astype(np.float64)
    peaks = np.zeros(count + 1)
    np.maximum.at(peaks, island, brightness)
    begins = (brightness == peaks[island]) & (distance <= reach_px)
    chosen = np.unique(island[begins | (distance == distance.min())])
    own = np.isin(island, chosen)
    places = np.stack([columns[own], rows[own]]).astype(np.float64)
    return places, brightness[own], chosen.size


def _bend(
    along: NDArray[np.float64], across: NDArray[np.float64], weights: NDArray[np.float64]
) -> float:
    """Fit a parabola; of those that fit equally well (too few columns), the flattest."""
    root = np.sqrt(weights)
    powers = np.stack([np.ones_like(along), along, along**2], axis=1)
    fitted = np.linalg.lstsq(powers * root[:, None], across * root)[0]
    return float(abs(fitted[2]))


def _hull_area(places: NDArray[np.float64]) -> float:
    """Give the area of the convex hull of whole pixels, in pixels."""
    from scipy.spatial import ConvexHull

    corners = (places[:, :, None] + _CORNERS[:, None, :]).reshape(2, -1).T
    return float(ConvexHull(corners).volume)
