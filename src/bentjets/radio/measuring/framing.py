"""A source cut out to its own size: what a network measures."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bentjets.radio.measuring.islands import label_islands

SIDE = 96
"""Pixels of the side of a frame."""

_REACH_BEAMS = 8.0
_MARGIN = 1.35
_MIN_HALF_SIDE_BEAMS = 4.5
_FEW_PIXELS = 10
# Islands are taken in on the side where a source has no light, as far as it reaches on the other.
_OPPOSITE = 1.6
_ONE_SIDED = 0.8
_AT_POSITION_BEAMS = 1.0
_ROUNDS = 4


@dataclass(frozen=True)
class SourceFrame:
    """The light of one source, as large as the source is.

    Parameters
    ----------
    image
        Square root of the share of the peak, 0 to 1, of the source's own islands; float32,
        (SIDE, SIDE), rows and columns as those of the image.
    centre_px
        Column and row of its centre in the image, which is that of the square roots.
    half_side_px
        Half of its side, in pixels of the image.
    extent_px
        Twice the distance from the centre to the farthest pixel of the source.
    peak
        Its brightest pixel, in the unit of the image.
    """

    image: NDArray[np.float32]
    centre_px: tuple[float, float]
    half_side_px: float
    extent_px: float
    peak: float

    def place(self, points_px: NDArray[np.float64]) -> NDArray[np.float64]:
        """Turn columns and rows of the image, shape (..., 2), into places from -1 to 1."""
        return np.asarray((points_px - np.array(self.centre_px)) / self.half_side_px)

    def pixels(self, places: NDArray[np.float64]) -> NDArray[np.float64]:
        """Turn places from -1 to 1, shape (..., 2), into columns and rows of the image."""
        return np.asarray(places * self.half_side_px + np.array(self.centre_px))


def frame_source(
    image: NDArray[np.floating],
    mask: NDArray[np.uint8],
    position_px: tuple[float, float],
    *,
    beam_px: float,
) -> SourceFrame | None:
    """Cut a source out by its own islands.

    Its own are the islands within eight beams of the position, or the nearest. As long as all of
    their light lies on one side of the position, the islands on the other side belong to it, too,
    as far as 1.6 times what it reaches: a source lies about its position.

    Parameters
    ----------
    image
        Brightness, any unit, shape (rows, columns); pixels that are not above zero are left out.
    mask
        Island mask, 0/1, same shape.
    position_px
        Column and row of the source, counted from zero.
    beam_px
        Full width of the beam at half maximum, in pixels.

    Returns
    -------
    SourceFrame or None
        None where there are fewer than ten pixels of light.
    """
    from scipy import ndimage

    own = _own_light(image, mask, position_px, beam_px)
    if own is None:
        return None
    columns, rows = own
    light = np.zeros(image.shape, dtype=np.float64)
    light[rows, columns] = image[rows, columns]
    weights = np.sqrt(light[rows, columns])
    weights /= weights.sum()
    centre = (float(weights @ columns), float(weights @ rows))
    reach = float(np.hypot(columns - centre[0], rows - centre[1]).max())
    half_side = max(_MARGIN * reach, _MIN_HALF_SIDE_BEAMS * beam_px)
    step = 2.0 * half_side / SIDE
    if step > 1.0:
        # What is made smaller is smoothed first.
        light = ndimage.gaussian_filter(light, 0.4 * step)
    steps = (np.arange(SIDE) + 0.5) * step - half_side
    grid = np.meshgrid(centre[1] + steps, centre[0] + steps, indexing="ij")
    found = ndimage.map_coordinates(light, grid, order=1, mode="constant")
    peak = max(float(found.max()), np.finfo(np.float32).tiny)
    framed = np.sqrt(np.clip(found, 0.0, None) / peak).astype(np.float32)
    return SourceFrame(framed, centre, half_side, 2.0 * reach, float(image[rows, columns].max()))


def _own_light(
    image: NDArray[np.floating],
    mask: NDArray[np.uint8],
    position_px: tuple[float, float],
    beam_px: float,
) -> tuple[NDArray[np.intp], NDArray[np.intp]] | None:
    """Give columns and rows of the source's own pixels."""
    labels = label_islands(mask)
    rows, columns = np.nonzero((labels > 0) & np.isfinite(image) & (image > 0))
    if rows.size < _FEW_PIXELS:
        return None
    island = labels[rows, columns]
    offsets = np.stack([columns - position_px[0], rows - position_px[1]])
    distance = np.hypot(*offsets)
    nearest = np.full(int(labels.max()) + 1, np.inf)
    np.minimum.at(nearest, island, distance)
    chosen = nearest <= _REACH_BEAMS * beam_px
    if not chosen.any():
        chosen[nearest.argmin()] = True
    weights = np.sqrt(image[rows, columns].astype(np.float64))
    middles = np.stack(
        [np.bincount(island, weights * axis, minlength=nearest.size) for axis in offsets]
    )
    for _ in range(_ROUNDS):
        own = chosen[island]
        units = offsets[:, own] / np.maximum(distance[own], 1.0)
        side = units @ weights[own]
        is_one_sided = np.hypot(*side) > _ONE_SIDED * weights[own].sum()
        if not is_one_sided or distance[own].min() <= _AT_POSITION_BEAMS * beam_px:
            break
        beyond = ~chosen & (nearest <= _OPPOSITE * distance[own].max()) & (side @ middles < 0)
        if not beyond.any():
            break
        chosen |= beyond
    own = chosen[island]
    if np.count_nonzero(own) < _FEW_PIXELS:
        return None
    return columns[own], rows[own]
