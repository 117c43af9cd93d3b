"""Which arithmetic a network is trained in (loads torch)."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class ExactConv2d(nn.Conv2d):
    """A convolution in float32, whatever the arithmetic around it."""

    def forward(self, input: Tensor) -> Tensor:
        """Convolve."""
        with torch.autocast(input.device.type, enabled=False):
            return super().forward(input.float())


def keep_depthwise_exact(network: nn.Module) -> None:
    """Let a network convolve single channels in float32, where it is trained on a processor.

    There, bfloat16 takes three times as long for the gradients of their weights, which are half of
    the time of a ConvNeXt; everything else is faster.
    """
    if torch.accelerator.is_available():
        return
    for module in network.modules():
        if type(module) is nn.Conv2d and module.groups == module.in_channels > 1:
            module.__class__ = ExactConv2d


def choose_precision(wanted: str) -> str:
    """Give the arithmetic for a trainer: what is wanted, or what suits the machine, for `auto`.

    The machine alone decides, and no measurement: the same seed shall give the same weights.

    Parameters
    ----------
    wanted : str
        `auto`, or what Lightning's trainer shall use.

    Returns
    -------
    str
        `bf16-mixed` for `auto` where the processor, or the GPU if there is one, computes in
        bfloat16, which takes about two thirds of the time; else `32-true`.
    """
    if wanted != "auto":
        return wanted
    if torch.cuda.is_available():
        is_coarse = torch.cuda.is_bf16_supported(including_emulation=False)
    else:
        is_coarse = torch.cpu._is_avx512_bf16_supported()
    return "bf16-mixed" if is_coarse else "32-true"
