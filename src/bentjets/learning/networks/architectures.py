"""Networks of our own; importing this module makes timm know them by their names."""

from __future__ import annotations

from typing import Any

import torch
from timm.models import build_model_with_cfg, generate_default_cfgs, register_model
from torch import Tensor, nn

_WIDTHS = (16, 16, 32, 32, 64, 64)
_FIRST_KERNEL = 5
_KERNEL = 3

default_cfgs = generate_default_cfgs(
    {
        "bentjets_six_conv": {
            "input_size": (3, 64, 64),
            "num_classes": 2,
            "pool_size": (2, 2),
            "mean": (0.5, 0.5, 0.5),
            "std": (0.5, 0.5, 0.5),
            "first_conv": "stages.0.0",
            "classifier": "fc",
        }
    }
)
"""timm finds this by its name."""


class SixConv(nn.Module):
    """Six convolutions, for a few hundred images of 64 pixels: 80,000 weights.

    Convolutions of 16, 16, 32, 32, 64 and 64 channels, the first 5 x 5, the others 3 x 3, each
    with batch normalisation and ReLU; maximum pooling between them; mean and maximum of the last,
    dropout, and a linear layer. It takes any image of 32 pixels or more.

    Parameters
    ----------
    num_classes
        Number of outputs.
    in_chans
        Channels of the input.
    drop_rate
        Share of the pooled features that dropout leaves out.
    """

    def __init__(self, num_classes: int = 2, in_chans: int = 3, drop_rate: float = 0.5) -> None:
        super().__init__()
        self.num_features = self.head_hidden_size = 2 * _WIDTHS[-1]
        self.stages = nn.Sequential()
        self.feature_info: list[dict[str, Any]] = []
        width_in, reduction = in_chans, 1
        for index, width in enumerate(_WIDTHS):
            kernel = _KERNEL if index else _FIRST_KERNEL
            stage = nn.Sequential(
                nn.Conv2d(width_in, width, kernel, padding=kernel // 2, bias=False)
            )
            if index < len(_WIDTHS) - 1:
                # Before the other two, pooling leaves them a quarter of the work.
                stage.append(nn.MaxPool2d(2))
                reduction *= 2
            self.stages.append(stage.append(nn.BatchNorm2d(width)).append(nn.ReLU()))
            self.feature_info.append(
                {"num_chs": width, "reduction": reduction, "module": f"stages.{index}"}
            )
            width_in = width
        self.head_drop = nn.Dropout(drop_rate)
        self.reset_classifier(num_classes)

    def get_classifier(self) -> nn.Module:
        """Return the linear layer."""
        return self.fc

    def reset_classifier(self, num_classes: int) -> None:
        """Begin anew with another number of classes."""
        self.num_classes = num_classes
        self.fc = nn.Linear(self.num_features, num_classes) if num_classes else nn.Identity()

    def forward_features(self, x: Tensor) -> Tensor:
        """Give the maps of the last convolution."""
        maps: Tensor = self.stages(x)
        return maps

    def forward_head(self, x: Tensor, pre_logits: bool = False) -> Tensor:
        """Pool the maps, and give features or logits."""
        pooled = torch.cat([x.mean(dim=(2, 3)), x.amax(dim=(2, 3))], dim=1)
        dropped: Tensor = self.head_drop(pooled)
        return dropped if pre_logits else self.fc(dropped)

    def forward(self, x: Tensor) -> Tensor:
        """Give the logits."""
        return self.forward_head(self.forward_features(x))


@register_model
def bentjets_six_conv(pretrained: bool = False, **kwargs: Any) -> SixConv:
    """Make the network of six convolutions; there are no pretrained weights of it."""
    network: SixConv = build_model_with_cfg(SixConv, "bentjets_six_conv", pretrained, **kwargs)
    return network
