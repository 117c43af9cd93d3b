"""What a network is asked of simulated sources, and how wrong it is (loads torch)."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

BINS = 24
"""Bins of the distribution of the angle over 0 to 180 deg."""

_BLUR_DEG = 6.0
_SMOOTHING = 0.1
_FARTHEST = 2.0
_MOST_CELLS = 4
_TOKENS_NDIM, _MAPS_NDIM = 3, 4


class Answers(NamedTuple):
    """Logits of the class (n, 2) and of the angle's bins (n, BINS), ends of the tails (n, 2, 2)."""

    classes: Tensor
    angle: Tensor
    ends: Tensor


class Questioned(nn.Module):
    """A network of timm with two more heads: the angle, and the ends of both tails.

    Class and angle are read off what the network's own head reads, which does not tell where
    things are; the ends off the cells of its last features, at most 4 x 4.

    Parameters
    ----------
    network
        A network of timm with an output for each simulated class.
    example
        An image that it takes, shape (1, channels, size, size).
    """

    def __init__(self, network: Any, example: Tensor) -> None:
        super().__init__()
        self.network: Any = network
        network.eval()
        with torch.inference_mode():
            features = network.forward_features(example)
            pooled = network.forward_head(features, pre_logits=True)
            cells = self._to_cells(features)
        network.train()
        self.angle_head = nn.Linear(pooled.shape[1], BINS)
        self.ends_head = nn.Linear(cells.shape[1], 4)

    def forward(self, images: Tensor) -> Answers:
        """Answer for images, shape (n, channels, size, size)."""
        features = self.network.forward_features(images)
        pooled = self.network.forward_head(features, pre_logits=True)
        ends = self.ends_head(self._to_cells(features)).view(-1, 2, 2)
        return Answers(self.network.get_classifier()(pooled), self.angle_head(pooled), ends)

    def _to_cells(self, features: Tensor) -> Tensor:
        """Give the features of all cells of a coarse grid, shape (n, cells x channels)."""
        if features.ndim == _TOKENS_NDIM:
            cells = features[:, getattr(self.network, "num_prefix_tokens", 0) :]
            side = math.isqrt(cells.shape[1])
            if side**2 != cells.shape[1]:
                return features.mean(dim=1)
            features = cells.transpose(1, 2).unflatten(2, (side, side))
        elif features.ndim != _MAPS_NDIM:
            return features.flatten(1)
        elif features.shape[3] == self.network.num_features != features.shape[1]:
            features = features.permute(0, 3, 1, 2)
        side = min(_MOST_CELLS, *features.shape[2:])
        return functional.adaptive_avg_pool2d(features, side).flatten(1)


def blur_angles(angles_deg: Tensor) -> Tensor:
    """Give the distribution that is wanted of each angle, shape (n, BINS): as if read to 6 deg."""
    middles = (torch.arange(BINS, device=angles_deg.device) + 0.5) * 180.0 / BINS
    weights = torch.exp(-((angles_deg[:, None] - middles) ** 2) / (2.0 * _BLUR_DEG**2))
    return weights / weights.sum(1, keepdim=True)


def distance_of_ends(found: Tensor, ends: Tensor) -> Tensor:
    """Give the mean squared distance of the ends, in the better of their two orders.

    Parameters
    ----------
    found, ends
        Two places for each source, float32, shape (n, 2, 2).

    Returns
    -------
    Tensor
        A number; no source counts more than if it were off by half of the image.
    """
    apart = ((found[:, :, None] - ends[:, None]) ** 2).sum(-1)
    same, crossed = apart[:, 0, 0] + apart[:, 1, 1], apart[:, 0, 1] + apart[:, 1, 0]
    return torch.minimum(same, crossed).clamp(max=_FARTHEST).mean()


def measure_loss(answers: Answers, labels: Tensor, angles_deg: Tensor, ends: Tensor) -> Tensor:
    """Add up how wrong class, angle and ends are: none is weighed, all are of order 1."""
    angle = -(blur_angles(angles_deg) * answers.angle.float().log_softmax(1)).sum(1).mean()
    name = functional.cross_entropy(answers.classes.float(), labels, label_smoothing=_SMOOTHING)
    return angle + name + distance_of_ends(answers.ends.float(), ends)
