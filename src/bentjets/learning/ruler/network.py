"""The network of the learnt ruler (loads torch)."""

from __future__ import annotations

import torch
from torch import Tensor, nn

BINS = 24
"""Bins of its distribution over 0 to 180 deg."""

_WIDTHS = (16, 24, 32, 48, 64, 96)
_POOLED = (0, 1, 3, 4)


class RulerNetwork(nn.Module):
    """Six convolutions with three answers: 160,000 weights.

    The angle is a distribution over `BINS` bins, not a number, so that the network can say how
    sure it is; the ends of the tails are the middles of two maps of attention, so that they turn
    with the image; the class is one logit.
    """

    def __init__(self) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        width_in = 2
        for index, width in enumerate(_WIDTHS):
            layers += [
                nn.Conv2d(width_in, width, 3, padding=1, bias=False),
                nn.BatchNorm2d(width),
                nn.ReLU(inplace=True),
            ]
            if index in _POOLED:
                layers.append(nn.MaxPool2d(2))
            width_in = width
        self.features = nn.Sequential(*layers)
        self.answers = nn.Linear(2 * width_in, BINS + 1)
        self.maps = nn.Conv2d(width_in, 2, 1)

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Answer.

        Parameters
        ----------
        images
            What `look` draws, shape (n, 2, side, side).

        Returns
        -------
        tuple of Tensor
            Logits of the angle (n, BINS), logit of WAT (n,), ends of the tails (n, 2, 2).
        """
        features = self.features(images)
        pooled = torch.cat([features.mean((2, 3)), features.amax((2, 3))], 1)
        answers = self.answers(pooled)
        attention = self.maps(features).flatten(2).softmax(-1)
        side = features.shape[-1]
        steps = (torch.arange(side) + 0.5) / side * 2.0 - 1.0
        places = torch.stack([steps.repeat(side), steps.repeat_interleave(side)], 1)
        return answers[:, :BINS], answers[:, BINS], attention @ places
