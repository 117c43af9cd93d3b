"""The layer of a network whose cells are places of the image (loads torch)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from math import isqrt
from typing import Any

import torch
from torch import Tensor, nn

from bentjets.errors import InputError
from bentjets.learning.networks.dihedral import Dihedral

FEWEST_CELLS = 12
"""Cells along a side that a map has, where the network has a layer with as many."""

_TOKENS_NDIM, _MAPS_NDIM = 3, 4


@dataclass(frozen=True)
class Layer:
    """A place in a network where its features lie on a square grid of cells.

    Parameters
    ----------
    module
        The module that reads or gives the features.
    reads
        Whether the features are its first input; otherwise they are its output.
    side
        Cells along a side.
    channel_axis
        Axis of the channels.
    prefix
        How many tokens, such as the class token, stand before those of the cells.
    """

    module: nn.Module
    reads: bool
    side: int
    channel_axis: int
    prefix: int = 0

    def to_cells(self, features: Tensor) -> Tensor:
        """Sum features over their channels, and lay them out as (n, side, side)."""
        summed = features.sum(dim=self.channel_axis)
        if features.ndim == _TOKENS_NDIM:
            return summed[:, self.prefix :].reshape(-1, self.side, self.side)
        return summed


def find_layer(network: nn.Module, image_size: int, channels: int) -> Layer:
    """Find the layer whose cells tell best where a network looks.

    Of the places before and after the stages or blocks that timm lists (``feature_info``), those
    count whose features lie on a square grid, and past which no path leads from the image to the
    answer. Of the grids of at least 12 x 12 cells the coarsest is taken (the finest, where all are
    coarser), and of the places with that grid the first: blocks mix what other cells hold into a
    cell, and the class token of a transformer takes with it what later cells no longer show.

    Parameters
    ----------
    network : torch.nn.Module
        A network of timm, or the wrapper `Dihedral` around one, in evaluation mode.
    image_size, channels : int
        Side and channels of its input.

    Returns
    -------
    Layer
        The layer.

    Raises
    ------
    InputError
        If there is none.
    """
    inner: Any = network.backbone if isinstance(network, Dihedral) else network
    device = next(network.parameters()).device
    # Of a generator of its own: looking into a network changes no later draw.
    shape = (1, channels, image_size, image_size)
    drawn = torch.rand(shape, generator=torch.Generator().manual_seed(0))
    image = drawn.to(device).requires_grad_()
    # Stable: the first place of a grid stays the first.
    for layer in sorted(_list_layers(inner, image), key=lambda layer: _rank(layer.side)):
        if _holds_everything(inner, layer, image):
            return layer
    name = getattr(inner, "pretrained_cfg", {}).get("architecture", type(inner).__name__)
    raise InputError(
        f"network {name}: no layer with a square grid of cells holds everything that it sees at "
        f"{image_size} px, so that its attention cannot be shown: choose another network or "
        "another image_size"
    )


def check_attention(network: nn.Module, image_size: int, channels: int) -> None:
    """Refuse a network whose attention cannot be shown, before it is trained.

    Parameters
    ----------
    network : torch.nn.Module
        A network of timm, with any weights; its mode is left as it was.
    image_size, channels : int
        Side and channels of its input.

    Raises
    ------
    InputError
        If no layer tells where it looks.
    """
    training = network.training
    try:
        find_layer(network.eval(), image_size, channels)
    finally:
        network.train(training)


@contextmanager
def replacing(layer: Layer, features: Tensor | None = None) -> Iterator[list[Tensor]]:
    """Cut a network at a layer, where it goes on with other features, or with what it has.

    The list gets the features with which it goes on, as leaves that take gradients.
    """
    seen: list[Tensor] = []
    given = features

    def cut(features: Tensor) -> Tensor:
        leaf = (features if given is None else given).detach().requires_grad_()
        seen.append(leaf)
        # What a class token already knows of the image is no cell's; a copy, because what comes
        # next may work in place.
        before = features.narrow(1, 0, layer.prefix)
        return torch.cat([before, leaf.narrow(1, layer.prefix, leaf.shape[1] - layer.prefix)], 1)

    with _hooked(layer.module, layer.reads, cut):
        yield seen


def _rank(side: int) -> tuple[bool, int]:
    return (False, side) if side >= FEWEST_CELLS else (True, -side)


def _holds_everything(network: nn.Module, layer: Layer, image: Tensor) -> bool:
    """Tell whether the answer follows from the cells alone: no path leads past them."""
    with torch.enable_grad(), replacing(layer) as seen:
        answer = network(image).sum()
        past, through = torch.autograd.grad(answer, [image, seen[0]], allow_unused=True)
    # A class token that has not yet met the image depends on it by a gradient of zero.
    nothing_past = past is None or not past.any()
    return nothing_past and through is not None and len(seen) == 1


def _list_layers(network: Any, image: Tensor) -> list[Layer]:
    """Give the places where features lie on a grid, in the order in which the image meets them."""
    layers: list[Layer] = []
    n_prefix = getattr(network, "num_prefix_tokens", 0)
    # Where there are as many channels as cells, only timm's word for it tells them apart.
    axes = (3, 1) if getattr(network, "output_fmt", "NCHW") == "NHWC" else (1, 3)
    modules = dict(network.named_modules())
    # Some networks of timm list modules that they do not have.
    listed = [info["module"] for info in getattr(network, "feature_info", [])]

    def note(module: nn.Module, reads: bool) -> Callable[[Any], None]:
        def keep(features: Any) -> None:
            layers.extend(_as_layer(module, reads, features, n_prefix, axes))

        return keep

    with ExitStack() as hooks, torch.no_grad():
        for module in [modules[name] for name in listed if name in modules]:
            for reads in (True, False):
                hooks.enter_context(_hooked(module, reads, note(module, reads)))
        network(image)
    return layers


def _as_layer(
    module: nn.Module, reads: bool, features: Any, n_prefix: int, axes: tuple[int, ...]
) -> list[Layer]:
    """Give the layer that features make, if they lie on a square grid of more than one cell."""
    if not isinstance(features, Tensor):
        return []
    shape = tuple(features.shape)
    if len(shape) == _TOKENS_NDIM:
        for prefix in (n_prefix, 0):  # some networks add their class token later
            side = isqrt(max(0, shape[1] - prefix))
            if side > 1 and side**2 == shape[1] - prefix:
                return [Layer(module, reads, side, 2, prefix)]
    if len(shape) == _MAPS_NDIM:
        for channel_axis in axes:
            sides = [shape[axis] for axis in (1, 2, 3) if axis != channel_axis]
            if sides[0] == sides[1] > 1:
                return [Layer(module, reads, sides[0], channel_axis)]
    return []


@contextmanager
def _hooked(module: nn.Module, reads: bool, see: Callable[[Any], Any]) -> Iterator[None]:
    """Show a module's first input or its output to a function, which may give another instead."""

    def before(_module: nn.Module, inputs: tuple[Any, ...]) -> tuple[Any, ...] | None:
        changed = see(inputs[0]) if inputs else None
        return None if changed is None else (changed, *inputs[1:])

    def after(_module: nn.Module, _inputs: Any, output: Any) -> Any:
        return see(output)

    handle = (
        module.register_forward_pre_hook(before) if reads else module.register_forward_hook(after)
    )
    try:
        yield
    finally:
        handle.remove()
