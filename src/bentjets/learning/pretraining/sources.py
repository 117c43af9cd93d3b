"""Images of simulated sources with their truth."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

SIMULATED_CLASSES = ("WAT", "NAT")
"""What simulated sources are called, whatever the classes of a run."""


@dataclass(frozen=True)
class SimulatedSources:
    """What a network is pretrained on: n images as it sees them, with what is true of each.

    Parameters
    ----------
    images
        Brightness, 0 to 1, float16 (they are many), shape (n, channels, size, size).
    labels
        Index of each class in `SIMULATED_CLASSES`, int64, shape (n,).
    angles_deg
        Opening angles on the sky, 0 to 180, float32, shape (n,).
    ends
        Ends of the two tails, float32, shape (n, 2, 2): x (along columns) and y (along rows), from
        -1 to 1 within the image, whose outer edges these are.
    """

    images: NDArray[np.float16]
    labels: NDArray[np.int64]
    angles_deg: NDArray[np.float32]
    ends: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.images)
