"""Training of the ruler on simulated sources (loads torch)."""

from __future__ import annotations

from typing import cast

import torch
from torch import Tensor, nn, optim
from torch.nn import functional
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn
from tqdm import tqdm

from bentjets.learning.ruler.frames import Examples, Views, look
from bentjets.learning.ruler.network import BINS, RulerNetwork
from bentjets.learning.ruler.settings import RulerTraining

_BLUR_DEG = 6.0
_CLASS_WEIGHT, _ENDS_WEIGHT = 0.3, 0.9
_SMOOTHING = 0.1
_FARTHEST = 2.0
_WEIGHT_DECAY, _WARM_UP = 0.01, 0.15
_ZOOM, _SHIFT = 0.13, 0.08
_STATISTICS = 3000
_TURN = 2.0 * torch.pi


def train_ruler(examples: Examples, settings: RulerTraining, *, seed: int) -> RulerNetwork:
    """Train the network to tell angle, ends and class.

    Every source is seen turned by any angle, mirrored, zoomed and moved anew in every epoch. The
    loss is the cross-entropy of the angle's distribution (the truth blurred by 6 deg), with that
    of the class and the squared distances of the ends, whichever is called the first. The weights
    are averaged over steps, and the statistics of the batch normalisation counted anew at the end.

    Parameters
    ----------
    examples
        At least one batch of them.
    settings
        Epochs, batch size, learning rate.
    seed
        Of the weights, the order and the views: the same gives the same weights on one machine.

    Returns
    -------
    RulerNetwork
        Ready to be asked.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = RulerNetwork().to(memory_format=torch.channels_last)
        return _fit(network, examples, settings, torch.Generator().manual_seed(seed))


def _fit(
    network: RulerNetwork, examples: Examples, settings: RulerTraining, draws: torch.Generator
) -> RulerNetwork:
    images, positions = (
        torch.from_numpy(part) for part in (examples.frames.images, examples.frames.positions)
    )
    wanted = _blur(torch.from_numpy(examples.angles_deg))
    is_wat, ends = torch.from_numpy(examples.is_wat), torch.from_numpy(examples.ends)
    error = settings.position_error_px / torch.from_numpy(examples.frames.half_sides_px)
    size = min(settings.batch_size, len(images))
    steps = len(images) // size
    optimizer = optim.AdamW(network.parameters(), settings.lr, weight_decay=_WEIGHT_DECAY)
    schedule = optim.lr_scheduler.OneCycleLR(
        optimizer, settings.lr, total_steps=settings.epochs * steps, pct_start=_WARM_UP
    )
    averaged = AveragedModel(network, multi_avg_fn=get_ema_multi_avg_fn(settings.average))
    network.train()
    for _ in tqdm(range(settings.epochs), desc="ruler", unit="epoch", disable=None):
        order = torch.randperm(len(images), generator=draws)
        for step in range(steps):
            rows = order[step * size : (step + 1) * size]
            moved = positions[rows] + error[rows, None] * torch.randn(size, 2, generator=draws)
            views = _draw_views(size, draws)
            seen = look(images[rows], moved, views).contiguous(memory_format=torch.channels_last)
            angle, wat, found = network(seen)
            loss = -(wanted[rows] * angle.log_softmax(1)).sum(1).mean()
            target = is_wat[rows] * (1.0 - _SMOOTHING) + _SMOOTHING / 2.0
            loss = loss + _CLASS_WEIGHT * functional.binary_cross_entropy_with_logits(wat, target)
            loss = loss + _ENDS_WEIGHT * _distance(found, views.to_view(ends[rows]))
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            averaged.update_parameters(network)
    # What the average learnt while it was young counts for nothing after so many steps.
    result = cast(RulerNetwork, averaged.module)
    _count_statistics(result, images, positions, draws, size)
    return result.eval()


def _blur(angles_deg: Tensor) -> Tensor:
    """Give the distribution that is wanted of each source, shape (n, BINS)."""
    middles = (torch.arange(BINS) + 0.5) * 180.0 / BINS
    weights = torch.exp(-((angles_deg[:, None] - middles) ** 2) / (2.0 * _BLUR_DEG**2))
    return weights / weights.sum(1, keepdim=True)


def _draw_views(count: int, draws: torch.Generator) -> Views:
    return Views.turned(
        _TURN * torch.rand(count, generator=draws),
        torch.rand(count, generator=draws) < 0.5,  # noqa: PLR2004
        zoom=torch.exp(_ZOOM * (2.0 * torch.rand(count, generator=draws) - 1.0)),
        shift=_SHIFT * torch.randn(count, 2, generator=draws),
    )


def _distance(found: Tensor, ends: Tensor) -> Tensor:
    """Give the mean squared distance of the ends in the better of their two orders."""
    apart = ((found[:, :, None] - ends[:, None]) ** 2).sum(-1)
    same, crossed = apart[:, 0, 0] + apart[:, 1, 1], apart[:, 0, 1] + apart[:, 1, 0]
    return torch.minimum(same, crossed).clamp(max=_FARTHEST).mean()


@torch.no_grad()
def _count_statistics(
    network: nn.Module, images: Tensor, positions: Tensor, draws: torch.Generator, size: int
) -> None:
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.reset_running_stats()
            module.momentum = None
    network.train()
    for first in range(0, min(len(images), _STATISTICS), size):
        rows = slice(first, first + size)
        network(look(images[rows], positions[rows], _draw_views(len(images[rows]), draws)))
