"""What a trained network says of new images, and what its head saw, in one pass (loads torch)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from bentjets.learning.data.stack import ImageStack
from bentjets.learning.evaluation.predicting import BATCH, over_views
from bentjets.learning.networks import TrainedNetwork

if TYPE_CHECKING:
    from torch import Tensor


def classify(
    trained: TrainedNetwork, images: ImageStack, batch_size: int = BATCH
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Give what `predict` and `extract_features` give, for the work of one of them.

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
    probabilities : ndarray of float64, shape (n, classes)
        A row sums to 1.
    features : ndarray of float64, shape (n, features)
        What the head reads.

    Raises
    ------
    InputError
        If the images are of other classes or of another size than the network's.
    """
    import torch

    temperature, n_classes = trained.description.temperature, len(trained.classes)

    def answer(network: Any, views: Tensor) -> Tensor:
        maps = network.forward_features(views)
        logits = network.forward_head(maps)
        pooled = network.forward_head(maps, pre_logits=True)
        probabilities = (logits.double() / temperature).softmax(dim=1)
        return torch.cat([probabilities, pooled.flatten(1).double()], dim=1)

    found = over_views(trained, images, batch_size, answer)
    return found[:, :n_classes], found[:, n_classes:]
