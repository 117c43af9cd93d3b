"""From 8-bit grey images to what a network takes. Imports torch: import it where it is used."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

N_QUARTER_TURNS = 4
N_ORIENTATIONS = 2 * N_QUARTER_TURNS


def prepare_images(images: Tensor, pretrained_cfg: Mapping[str, Any]) -> Tensor:
    """Resize grey images, copy them to three channels and normalise them.

    Parameters
    ----------
    images : Tensor of uint8, shape (n, height, width)
        Grey images.
    pretrained_cfg : mapping
        timm's description of the network: `input_size`, `mean` and `std` are used.

    Returns
    -------
    Tensor of float32, shape (n, 3, size, size)
        Images as the network takes them; bilinear with antialiasing.
    """
    size = tuple(pretrained_cfg["input_size"][1:])
    grey = images.unsqueeze(1).float().div_(255.0)
    if tuple(grey.shape[2:]) != size:
        grey = functional.interpolate(
            grey, size=size, mode="bilinear", antialias=True, align_corners=False
        )
    mean = torch.tensor(pretrained_cfg["mean"], device=grey.device).view(1, 3, 1, 1)
    std = torch.tensor(pretrained_cfg["std"], device=grey.device).view(1, 3, 1, 1)
    return (grey - mean) / std


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
        some = images[chosen]
        if orientation >= N_QUARTER_TURNS:
            some = some.flip(3)
        oriented[chosen] = some.rot90(orientation % N_QUARTER_TURNS, (2, 3))
    return oriented
