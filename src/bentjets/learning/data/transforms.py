"""What is done to a stack of images on the device where the network is (loads torch)."""

from __future__ import annotations

import math
from typing import Literal

import torch
from torch import Tensor
from torch.nn import functional

N_QUARTER_TURNS = 4
N_ORIENTATIONS = 2 * N_QUARTER_TURNS


def normalise(images: Tensor, channels: int, mean: float, std: float) -> Tensor:
    """Copy grey images to all channels, and bring them to the network's mean and spread.

    Parameters
    ----------
    images : Tensor of float32, shape (n, 1 or channels, size, size)
        Brightness, 0 to 1.
    channels : int
        Channels of the network's input.
    mean, std : float
        Taken off, and divided by.

    Returns
    -------
    Tensor of float32, shape (n, channels, size, size)
        What the network takes.
    """
    return ((images - mean) / std).expand(-1, channels, -1, -1)


def orient_images(images: Tensor, orientations: Tensor) -> Tensor:
    """Turn and mirror each image into one of the eight symmetries of the square.

    Parameters
    ----------
    images : Tensor, shape (n, channels, size, size)
        Square images.
    orientations : Tensor of int64, shape (n,)
        0 to 7: the quarter turns, plus 4 where the image is mirrored first.

    Returns
    -------
    Tensor, shape and dtype of `images`
        The oriented images.
    """
    oriented = torch.empty_like(images)
    for orientation in range(N_ORIENTATIONS):
        chosen = (orientations == orientation).nonzero().squeeze(1)
        oriented[chosen] = _orient(images[chosen], orientation)
    return oriented


def orient_all(images: Tensor) -> Tensor:
    """Give the eight symmetries of each square image, shape (8 n, ...): all images in each."""
    return torch.cat([_orient(images, orientation) for orientation in range(N_ORIENTATIONS)])


def move_images(
    images: Tensor,
    generator: torch.Generator,
    *,
    rotate: Literal["none", "quarter", "any"],
    zoom: float,
    shift: float,
) -> Tensor:
    """Turn, mirror, zoom and shift each image at random; what comes in from outside is 0.

    Parameters
    ----------
    images : Tensor of float32, shape (n, channels, size, size)
        Square images, 0 where there is nothing.
    generator : torch.Generator
        Where the draws come from, on the CPU.
    rotate : str
        `none`; `quarter`: one of the eight symmetries of the square; `any`: any angle, and
        mirrored or not.
    zoom : float
        Scales are drawn evenly in their logarithm, from 1 / (1 + zoom) to 1 + zoom.
    shift : float
        Shifts along each axis are drawn evenly, up to this share of the side.

    Returns
    -------
    Tensor, shape and dtype of `images`
        The moved images; bilinear.
    """
    n = len(images)
    if rotate == "quarter":
        drawn = torch.randint(N_ORIENTATIONS, (n,), generator=generator)
        images = orient_images(images, drawn.to(images.device))
    if rotate != "any" and zoom == 0.0 and shift == 0.0:
        return images
    draws = torch.rand(5, n, generator=generator)
    angle = 2 * math.pi * draws[0] if rotate == "any" else torch.zeros(n)
    mirror = torch.where(draws[1] < 0.5, -1.0, 1.0) if rotate == "any" else torch.ones(n)  # noqa: PLR2004
    scale = torch.exp((2 * draws[2] - 1) * math.log1p(zoom))
    # grid_sample measures in half sides.
    offsets = 2 * shift * (2 * draws[3:] - 1)
    cos, sin = torch.cos(angle) / scale, torch.sin(angle) / scale
    rows = torch.stack(
        [
            torch.stack([cos * mirror, -sin, offsets[0]], dim=1),
            torch.stack([sin * mirror, cos, offsets[1]], dim=1),
        ],
        dim=1,
    )
    grid = functional.affine_grid(
        rows.to(images.device), [n, 1, *images.shape[2:]], align_corners=False
    )
    return functional.grid_sample(images, grid.to(images.dtype), align_corners=False)


def _orient(images: Tensor, orientation: int) -> Tensor:
    some = images.flip(3) if orientation >= N_QUARTER_TURNS else images
    return some.rot90(orientation % N_QUARTER_TURNS, (2, 3))
