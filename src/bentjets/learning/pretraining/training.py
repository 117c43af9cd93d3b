"""Training of a network on simulated sources (loads torch)."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn, optim
from torch.nn import functional
from tqdm import tqdm

from bentjets.errors import InputError
from bentjets.learning.data.transforms import normalise
from bentjets.learning.networks import build_network
from bentjets.learning.pretraining.answers import Questioned, measure_loss
from bentjets.learning.pretraining.settings import PretrainingSettings
from bentjets.learning.pretraining.sources import SIMULATED_CLASSES, SimulatedSources
from bentjets.learning.ruler.frames import Views
from bentjets.learning.settings import ModelSettings

_WEIGHT_DECAY, _WARM_UP, _LARGEST_GRADIENT = 0.01, 0.15, 1.0
_ZOOM, _SHIFT = 0.15, 0.05
_SMALLEST_SPREAD = 1e-3
_HALF = 0.5


def pretrain(
    model: ModelSettings,
    sources: SimulatedSources,
    settings: PretrainingSettings,
    *,
    seed: int,
    coarse: bool = False,
) -> nn.Module:
    """Train the network of a model to tell class, angle and ends of tails of simulated sources.

    It starts at random. Every source is seen turned by any angle, mirrored, zoomed and moved anew
    in every epoch, and the ends of its tails with it. A model that is symmetric by pooling over the
    orientations of an image gets the weights of its plain backbone: what is the same for all
    orientations could not tell where a tail ends.

    Parameters
    ----------
    model
        Network, image size and channels are used.
    sources
        Two of them at least.
    settings
        Epochs, batch size and learning rate.
    seed
        Of the weights, the order and the views: the same gives the same weights on one machine.
    coarse
        Whether to compute in bfloat16 where that suffices.

    Returns
    -------
    torch.nn.Module
        The network with an output for each of `SIMULATED_CLASSES`, on the CPU.

    Raises
    ------
    InputError
        If the loss is no number any more.
    """
    plain = model.model_copy(update={"weights": "none", "symmetry": "none"})
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = build_network(plain, SIMULATED_CLASSES, entry=model.timm_model, seed=seed % 2**32)
        example = torch.zeros(1, model.channels, model.image_size, model.image_size)
        questioned = Questioned(network, example)
        _fit(questioned, model, sources, settings, torch.Generator().manual_seed(seed), coarse)
        if not all(value.isfinite().all() for value in network.state_dict().values()):
            raise InputError(
                f"{model.timm_model} diverged on simulated sources: lower modelling.pretraining.lr"
            )
    return network.cpu().eval()


def _fit(
    network: Questioned,
    model: ModelSettings,
    sources: SimulatedSources,
    settings: PretrainingSettings,
    draws: torch.Generator,
    coarse: bool,
) -> None:
    device: Any = "cpu"
    if torch.accelerator.is_available():
        device = torch.accelerator.current_accelerator()
    network.to(device).train()
    truth = [torch.from_numpy(one) for one in (sources.labels, sources.angles_deg, sources.ends)]
    images = torch.from_numpy(sources.images)
    mean, std = _measure_scale(images)
    size = min(settings.batch_size, len(sources))
    steps = len(sources) // size
    optimizer = optim.AdamW(network.parameters(), settings.lr, weight_decay=_WEIGHT_DECAY)
    schedule = optim.lr_scheduler.OneCycleLR(
        optimizer, settings.lr, total_steps=settings.epochs * steps, pct_start=_WARM_UP
    )
    for _ in tqdm(range(settings.epochs), desc="pretraining", unit="epoch", disable=None):
        order = torch.randperm(len(sources), generator=draws)
        for rows in order[: steps * size].split(size):
            views = draw_views(size, draws)
            labels, angles_deg, ends = (one[rows] for one in truth)
            seen = turn_images(images[rows].float().to(device), views)
            with torch.autocast(seen.device.type, torch.bfloat16, enabled=coarse):
                answers = network(normalise(seen, model.channels, mean, std))
            loss = measure_loss(
                answers,
                labels.to(device),
                angles_deg.to(device),
                views.to_view(ends).to(device),
            )
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(network.parameters(), _LARGEST_GRADIENT)
            optimizer.step()
            schedule.step()


def draw_views(count: int, draws: torch.Generator) -> Views:
    """Draw how each image is turned (by any angle), mirrored (or not), zoomed and moved."""
    return Views.turned(
        2.0 * torch.pi * torch.rand(count, generator=draws),
        torch.rand(count, generator=draws) < _HALF,
        zoom=torch.exp(_ZOOM * (2.0 * torch.rand(count, generator=draws) - 1.0)),
        shift=2.0 * _SHIFT * (2.0 * torch.rand(count, 2, generator=draws) - 1.0),
    )


def turn_images(images: Tensor, views: Views) -> Tensor:
    """Draw images as they are looked at: `Views.to_view` moves places in the same way.

    Parameters
    ----------
    images
        float32, shape (n, channels, size, size); outside of them is nothing.
    views
        How each is looked at.

    Returns
    -------
    Tensor
        The same shape; bilinear.
    """
    maps = torch.cat([views.matrix, views.shift[:, :, None]], 2).to(images.device)
    grid = functional.affine_grid(maps, [len(images), 1, *images.shape[2:]], align_corners=False)
    return functional.grid_sample(images, grid, align_corners=False)


def _measure_scale(images: Tensor) -> tuple[float, float]:
    """Give mean and standard deviation of all pixels, image by image: float16 cannot add them."""
    totals = torch.zeros(2, dtype=torch.float64)
    for some in images.split(256):
        values = some.double()
        totals += torch.stack([values.sum(), values.square().sum()])
    mean, square = (totals / images.numel()).tolist()
    return mean, max((square - mean**2) ** 0.5, _SMALLEST_SPREAD)
