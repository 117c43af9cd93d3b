"""Frames of sources as arrays, and how they are turned, moved and zoomed (loads torch)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

SIDE = 64
"""Pixels of the side of what the network sees."""

_HOST_SIGMA = 0.12
_GREY = 255.0


@dataclass(frozen=True)
class Frames:
    """Frames of n sources, each as large as its source.

    Parameters
    ----------
    images
        Grey levels, uint8, shape (n, side, side).
    positions
        Catalogue positions, x and y from -1 to 1, float32, shape (n, 2).
    half_sides_px
        Half of the side of each frame in pixels of the survey, float32, shape (n,).
    """

    images: NDArray[np.uint8]
    positions: NDArray[np.float32]
    half_sides_px: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.images)


@dataclass(frozen=True)
class Examples:
    """Frames with their truth.

    Parameters
    ----------
    frames
        Of n sources.
    angles_deg
        Opening angles, float32, shape (n,).
    is_wat
        1 where a source is a wide-angle tail, else 0; float32, shape (n,).
    ends
        Ends of the two tails, float32, shape (n, 2, 2), as `Frames.positions`.
    """

    frames: Frames
    angles_deg: NDArray[np.float32]
    is_wat: NDArray[np.float32]
    ends: NDArray[np.float32]


@dataclass(frozen=True)
class Views:
    """Affine maps from places in a view to places in the frame: ``frame = matrix view + shift``.

    Parameters
    ----------
    matrix
        float32, shape (n, 2, 2).
    shift
        float32, shape (n, 2).
    """

    matrix: Tensor
    shift: Tensor

    @classmethod
    def turned(
        cls,
        angles_rad: Tensor,
        mirrored: Tensor,
        *,
        zoom: Tensor | None = None,
        shift: Tensor | None = None,
    ) -> Views:
        """Turn, mirror (where true), zoom and move."""
        cosine, sine = angles_rad.cos(), angles_rad.sin()
        sign = 1.0 - 2.0 * mirrored.float()
        rows = (torch.stack([cosine * sign, -sine], 1), torch.stack([sine * sign, cosine], 1))
        matrix = torch.stack(rows, 1)
        if zoom is not None:
            matrix = matrix * zoom[:, None, None]
        return cls(matrix, torch.zeros(len(matrix), 2) if shift is None else shift)

    def to_view(self, places: Tensor) -> Tensor:
        """Map places of the frame, shape (n, points, 2), to those of the view."""
        return (places - self.shift[:, None]) @ torch.linalg.inv(self.matrix).transpose(1, 2)

    def to_frame(self, places: Tensor) -> Tensor:
        """Map places of the view, shape (n, points, 2), to those of the frame."""
        return places @ self.matrix.transpose(1, 2) + self.shift[:, None]


def look(images: Tensor, positions: Tensor, views: Views) -> Tensor:
    """Draw what the network sees.

    Parameters
    ----------
    images
        Grey levels, uint8, shape (n, side, side).
    positions
        Catalogue positions in the frame, float32, shape (n, 2).
    views
        How each is looked at.

    Returns
    -------
    Tensor
        float32, shape (n, 2, SIDE, SIDE): light, 0 to 1, and a spot at the position.
    """
    maps = torch.cat([views.matrix, views.shift[:, :, None]], 2)
    grid = functional.affine_grid(maps, [len(images), 1, SIDE, SIDE], align_corners=False)
    light = functional.grid_sample(images[:, None].float() / _GREY, grid, align_corners=False)
    place = views.to_view(positions[:, None])[:, 0]
    steps = (torch.arange(SIDE) + 0.5) / SIDE * 2.0 - 1.0
    across = (steps[None, None, :] - place[:, 0, None, None]) ** 2
    along = (steps[None, :, None] - place[:, 1, None, None]) ** 2
    spot = torch.exp(-(across + along) / (2.0 * _HOST_SIGMA**2))
    return torch.cat([light, spot[:, None]], 1)
