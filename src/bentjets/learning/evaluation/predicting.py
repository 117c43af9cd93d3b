"""What a trained network says of images (loads torch)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from bentjets.errors import InputError
from bentjets.learning.data.stack import ImageStack
from bentjets.learning.networks import TrainedNetwork

if TYPE_CHECKING:
    import torch
    from torch import Tensor, nn

BATCH = 64


def predict(
    trained: TrainedNetwork, images: ImageStack, batch_size: int = BATCH
) -> NDArray[np.float64]:
    """Give the probability of each class, in float32, on the GPU if there is one.

    Logits over the temperature, softmax, and the mean over the views (the eight orientations of
    an image, where the network's description says so).

    Parameters
    ----------
    trained : TrainedNetwork
        The network.
    images : ImageStack
        What to classify; labels play no part.
    batch_size : int
        Images at a time.

    Returns
    -------
    ndarray of float64, shape (n, classes)
        A row sums to 1.

    Raises
    ------
    InputError
        If the images are of other classes or of another size than the network's.
    """
    temperature = trained.description.temperature
    return over_views(
        trained,
        images,
        batch_size,
        lambda network, views: (network(views).double() / temperature).softmax(dim=1),
    )


def predict_logits(
    trained: TrainedNetwork, images: ImageStack, batch_size: int = BATCH
) -> NDArray[np.float64]:
    """Give the logits, shape (n, classes): their mean over the views, without a temperature."""
    return over_views(trained, images, batch_size, lambda network, views: network(views).double())


def extract_features(
    trained: TrainedNetwork, images: ImageStack, batch_size: int = BATCH
) -> NDArray[np.float64]:
    """Give what the head reads, shape (n, features): its mean over the views."""

    def features(network: Any, views: Tensor) -> Tensor:
        pooled: Tensor = network.forward_head(network.forward_features(views), pre_logits=True)
        return pooled.double()

    return over_views(trained, images, batch_size, features)


@contextmanager
def ready(network: nn.Module) -> Iterator[torch.device]:
    """Put a network in evaluation mode on the fastest device, and back afterwards.

    Parameters
    ----------
    network : torch.nn.Module
        The network.

    Yields
    ------
    torch.device
        Where it is.
    """
    import torch

    home = next(network.parameters()).device
    device = torch.accelerator.current_accelerator() if torch.accelerator.is_available() else home
    training = network.training
    network.to(device).eval()
    try:
        yield device or home
    finally:
        network.to(home).train(training)


def check_images(trained: TrainedNetwork, images: ImageStack) -> None:
    """Refuse images of other classes, or another size, than those of the network.

    Raises
    ------
    InputError
        If the names of the classes or their order differ, or the size does.
    """
    description = trained.description
    if images.classes != description.classes:
        raise InputError(
            f"the network tells {', '.join(description.classes)} apart, the images are of "
            f"{', '.join(images.classes)}: train it on these classes, in this order"
        )
    if images.images.shape[2:] != (description.image_size, description.image_size):
        raise InputError(
            f"the network sees images of {description.image_size} px, these have "
            f"{images.images.shape[2]} x {images.images.shape[3]}: make them by its description"
        )


def over_views(
    trained: TrainedNetwork,
    images: ImageStack,
    batch_size: int,
    answer: Callable[[Any, Tensor], Tensor],
) -> NDArray[np.float64]:
    """Average what `answer` gives of a network and a batch, shape (n, k), over its views."""
    import torch

    from bentjets.learning.data.transforms import N_ORIENTATIONS, normalise, orient_all

    check_images(trained, images)
    description = trained.description
    parts = []
    with ready(trained.network) as device, torch.inference_mode():
        for start in range(0, len(images), batch_size):
            stack = torch.from_numpy(images.read(slice(start, start + batch_size))).to(device)
            stack = normalise(stack, description.channels, description.mean, description.std)
            if description.views == N_ORIENTATIONS:
                found = answer(trained.network, orient_all(stack))
                found = found.view(N_ORIENTATIONS, len(stack), -1).mean(dim=0)
            else:
                found = answer(trained.network, stack)
            parts.append(found.cpu().numpy())
    if not parts:
        return np.empty((0, len(description.classes)))
    return np.concatenate(parts)
