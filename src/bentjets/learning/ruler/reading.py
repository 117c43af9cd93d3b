"""What the ruler says of sources (loads torch)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from bentjets.learning.ruler.frames import Frames, Views, look
from bentjets.learning.ruler.network import BINS, RulerNetwork

_TURNS = 8
_BATCH = 256
_DEG = 180.0
_LEVELS = (0.1585, 0.5, 0.8415)


@dataclass(frozen=True)
class Readings:
    """What the ruler says of n sources.

    Parameters
    ----------
    angles_deg
        Median of the distribution of the opening angle, float64, shape (n,). Near 180 deg, where
        the distribution ends, a mean would be too small.
    errors_deg
        Half of its central 68.3 %, before calibration.
    wat_probability
        Of being called a wide-angle tail.
    ends
        Ends of the two tails in the frame, -1 to 1, shape (n, 2, 2).
    """

    angles_deg: NDArray[np.float64]
    errors_deg: NDArray[np.float64]
    wat_probability: NDArray[np.float64]
    ends: NDArray[np.float64]


@torch.inference_mode()
def read_frames(network: RulerNetwork, frames: Frames) -> Readings:
    """Measure sources in sixteen views: turned by eighths of a turn, and mirrored.

    The views of an image that is turned by a quarter, or mirrored, are the same ones in another
    order: so are the answers, and the ends turn with the image.
    """
    parts = [
        _read(
            network,
            torch.from_numpy(frames.images[first : first + _BATCH]),
            torch.from_numpy(frames.positions[first : first + _BATCH]),
        )
        for first in range(0, len(frames), _BATCH)
    ]
    if not parts:
        none = np.zeros(0)
        return Readings(none, none, none, np.zeros((0, 2, 2)))
    distribution, wat, ends = (
        torch.cat(part).double().numpy() for part in zip(*parts, strict=True)
    )
    low, angles, high = (_quantile(distribution, level) for level in _LEVELS)
    errors = (high - low) / 2.0
    return Readings(angles, errors, wat, ends)


def _quantile(distribution: NDArray[np.float64], level: float) -> NDArray[np.float64]:
    """Give a quantile of each distribution, straight within a bin, deg."""
    below = np.cumsum(distribution, axis=1)
    place = (below < level).sum(axis=1).clip(max=BINS - 1)
    rows = np.arange(len(distribution))
    inside = distribution[rows, place]
    before = below[rows, place] - inside
    share = np.clip((level - before) / np.maximum(inside, 1e-12), 0.0, 1.0)
    return np.asarray((place + share) * _DEG / BINS)


def _read(
    network: RulerNetwork, images: Tensor, positions: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    count = len(images)
    distribution, wat, ends = torch.zeros(count, BINS), torch.zeros(count), torch.zeros(count, 2, 2)
    for mirrored in (False, True):
        for turn in range(_TURNS):
            views = Views.turned(
                torch.full((count,), 2.0 * torch.pi * turn / _TURNS),
                torch.full((count,), mirrored),
            )
            angle, logit, seen = network(look(images, positions, views))
            distribution += angle.softmax(1)
            wat += logit.sigmoid()
            ends += _in_order(views.to_frame(seen), ends)
    views_seen = 2.0 * _TURNS
    return distribution / views_seen, wat / views_seen, ends / views_seen


def _in_order(ends: Tensor, known: Tensor) -> Tensor:
    """Swap the two ends where they then are nearer to those of the views before."""
    swapped = ends.flip(1)
    along, crossed = (ends * known).sum((1, 2)), (swapped * known).sum((1, 2))
    return torch.where((crossed > along)[:, None, None], swapped, ends)
