"""Which arithmetic a network is trained in (loads torch)."""

from __future__ import annotations

import copy
import time
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from bentjets.learning.settings import ModelSettings
from bentjets.learning.training.classifier import is_convolutional

_STEPS = 3
# What is hardly faster is not worth coarser gradients.
_GAIN = 1.2


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


def choose_precision(wanted: str, network: Any, model: ModelSettings, batch_size: int) -> str:
    """Give the arithmetic for a trainer: what is wanted, or the faster one, for `auto`.

    bfloat16 pays only where processor or GPU computes in it, and not for every network: a few
    steps are timed in both.

    Parameters
    ----------
    wanted : str
        `auto`, or what Lightning's trainer shall use.
    network : torch.nn.Module
        The network; it is left as it was.
    model : ModelSettings
        Size and channels of its images.
    batch_size : int
        Images in a step.

    Returns
    -------
    str
        `32-true`, `bf16-mixed` or `16-mixed`.
    """
    if wanted != "auto":
        return wanted
    device = torch.accelerator.current_accelerator() if torch.accelerator.is_available() else None
    device = device or torch.device("cpu")
    tried = copy.deepcopy(network).to(device).train()
    keep_depthwise_exact(tried)
    images = torch.zeros(
        batch_size, model.channels, model.image_size, model.image_size, device=device
    )
    if is_convolutional(tried):
        tried.to(memory_format=torch.channels_last)
        images = images.contiguous(memory_format=torch.channels_last)
    exact, coarse = (_seconds(tried, images, is_coarse=is_coarse) for is_coarse in (False, True))
    return "bf16-mixed" if coarse * _GAIN < exact else "32-true"


def _seconds(network: Any, images: torch.Tensor, *, is_coarse: bool) -> float:
    """Time a step, forward and back; the first of some prepares what the others find."""
    device, took = images.device, []
    labels = torch.zeros(len(images), dtype=torch.long, device=device)
    for _ in range(1 + _STEPS):
        started = time.perf_counter()
        with torch.autocast(device.type, torch.bfloat16, enabled=is_coarse):
            logits = network(images)
        functional.cross_entropy(logits.float(), labels).backward()
        if device.type != "cpu":
            torch.accelerator.synchronize()
        took.append(time.perf_counter() - started)
    return min(took[1:])
