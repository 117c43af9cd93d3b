"""Where a network looks: which cells of an image change its answer from that to an empty one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bentjets.errors import InputError
from bentjets.learning.data.stack import ImageStack
from bentjets.learning.evaluation.predicting import predict, ready
from bentjets.learning.networks import TrainedNetwork

if TYPE_CHECKING:
    from torch import Tensor

    from bentjets.learning.evaluation.attention.layers import Layer

CHUNK = 8
STEPS = 32
"""Steps from the empty image to the whole one; with half as many, the cells of networks that
normalise each layer no longer sum to what they should."""

SMALLEST = 0.01
"""Sum of what the cells contribute, in logits, under which a map has nothing to show."""

SMALLEST_SHARE = 0.05
"""Share of it that speaks for the prediction, under which what speaks against it is shown."""

SMALLEST_CONTRAST = 0.1
"""Difference of the strongest and the weakest cell, over the strongest, of a map with structure."""


def attend(trained: TrainedNetwork, images: ImageStack, rows: Sequence[int]) -> pd.DataFrame:
    r"""Map what made a network predict the class that it predicts, in float32.

    A cell c of a layer with features A contributes (integrated gradients, Sundararajan, Taly and
    Yan 2017, ICML, Eq. 1, between two states of the layer that `find_layer` gives)

    .. math:: \sum_k (A_{kc} - A^0_{kc}) \int_0^1
              \frac{\partial M(A^0 + \alpha (A - A^0))}{\partial A_{kc}} \, \mathrm{d}\alpha

    to M = log(p / (1 - p)) of the predicted class; A^0 are the features of an empty image. As
    everything that the network sees passes the layer, the cells sum to the whole change of M.
    Where probabilities are averaged over views, so are the maps, turned back.

    Parameters
    ----------
    trained : TrainedNetwork
        The network.
    images : ImageStack
        Where the images are taken from.
    rows : sequence of int
        Which of them.

    Returns
    -------
    DataFrame
        One row per image: `source_id`, `label` (empty where unknown), `predicted`, `probability`
        (of the predicted class), `height`, `width`, `image` (list of float, 0 to 1, row-major,
        mean over the channels), `attention` (list of float, 0 to 1, on the same pixels: what
        speaks for the prediction, over its largest), `against` (bool: nothing in the image speaks
        for the prediction, and the map shows what speaks against it) and `flat` (bool: the image,
        or where things are in it, plays no part, and the map shows nothing).

    Raises
    ------
    InputError
        If a row is not among the images, they are not the network's, or it has no layer of cells.
    """
    outside = [row for row in rows if not 0 <= row < len(images)]
    if outside:
        raise InputError(
            f"row {outside[0]} is not among the {len(images)} images: give a lower row"
        )
    chosen = images.select(rows)
    probabilities = predict(trained, chosen, CHUNK)
    predicted = probabilities.argmax(axis=1)
    grey = chosen.read(slice(None)).mean(axis=1)
    shown = [_show(cells) for cells in measure_contributions(trained, chosen, predicted)]
    maps = [_enlarge(heat, grey.shape[1:]) for heat, _, _ in shown]
    names = np.array([*trained.classes, ""])
    return pd.DataFrame(
        {
            "source_id": list(chosen.source_ids),
            "label": names[chosen.labels].tolist(),  # -1, unknown, is the last
            "predicted": names[predicted].tolist(),
            "probability": probabilities.max(axis=1),
            "height": grey.shape[1],
            "width": grey.shape[2],
            "image": pd.Series([image.ravel().tolist() for image in grey], dtype=object),
            "attention": pd.Series([heat.ravel().tolist() for heat in maps], dtype=object),
            "against": pd.Series([against for _, against, _ in shown], dtype=bool),
            "flat": pd.Series([flat for _, _, flat in shown], dtype=bool),
        }
    )


def choose_examples(predictions: pd.DataFrame, classes: Sequence[str], per_class: int) -> list[int]:
    """Choose images to show: the surest right ones of each class, and the surest wrong ones.

    Parameters
    ----------
    predictions : DataFrame
        Tidy predictions of one model: `label`, and `probability_<class>` for each class; the
        predicted class is that of the largest, the first of equals.
    classes : sequence of str
        Names of the classes.
    per_class : int
        How many right ones of each class, at most; of wrong ones, one per true class at most.

    Returns
    -------
    list of int
        Positions of the rows: right ones class by class, then wrong ones.
    """
    table = predictions.reset_index(drop=True)
    probabilities = table[[f"probability_{name}" for name in classes]].to_numpy()
    right = table["label"] == np.asarray(classes)[probabilities.argmax(axis=1)]
    surest = np.argsort(-probabilities.max(axis=1), kind="stable")
    rows: list[int] = []
    for wanted, count in ((right, per_class), (~right, 1)):
        for name in classes:
            fitting = (wanted & (table["label"] == name)).to_numpy()
            rows += surest[fitting[surest]][:count].tolist()
    return rows


def measure_contributions(
    trained: TrainedNetwork, images: ImageStack, predicted: NDArray[np.int64]
) -> list[NDArray[np.float32]]:
    """Measure what each cell of an image adds to the margin of a class, as `attend` explains.

    Parameters
    ----------
    trained : TrainedNetwork
        The network.
    images : ImageStack
        The images.
    predicted : ndarray of int64, shape (n,)
        The class of each whose margin it is.

    Returns
    -------
    list of ndarray of float32, shape (side, side)
        One per image, in logits; mean over the views.

    Raises
    ------
    InputError
        If the network has no layer of cells.
    """
    import torch

    from bentjets.learning.data.transforms import N_ORIENTATIONS, orient_all
    from bentjets.learning.evaluation.attention.layers import find_layer

    described = trained.description
    found: list[NDArray[np.float32]] = []
    with ready(trained.network) as device:
        layer = find_layer(trained.network, described.image_size, described.channels)
        # A dihedral network sees all the orientations by itself.
        views = 1 if described.symmetry == "dihedral" else described.views
        for start in range(0, len(images), CHUNK):
            stack = torch.from_numpy(images.read(slice(start, start + CHUNK))).to(device)
            target = torch.from_numpy(predicted[start : start + CHUNK]).to(device)
            seen = orient_all(stack) if views == N_ORIENTATIONS else stack
            cells = _integrate(trained, layer, seen, target.repeat(views))
            found.extend((_turn_back(cells, len(stack)) / views).float().cpu().numpy())
    return found


def _integrate(trained: TrainedNetwork, layer: Layer, images: Tensor, target: Tensor) -> Tensor:
    """Add up what cells contribute on the way from the empty images to the whole ones."""
    import torch

    from bentjets.learning.data.transforms import normalise
    from bentjets.learning.evaluation.attention.layers import replacing

    described, network = trained.description, trained.network

    def see(seen: Tensor) -> Tensor:
        return normalise(seen, described.channels, described.mean, described.std)

    with torch.no_grad(), replacing(layer) as found:
        network(see(torch.zeros_like(images)))
        network(see(images))
    empty, whole = (features.detach() for features in found)
    slopes = torch.zeros_like(whole)
    for step in range(STEPS):
        between = torch.lerp(empty, whole, (step + 0.5) / STEPS)
        with torch.enable_grad(), replacing(layer, between) as seen:
            margin = _margin(network(see(images)), target)
            slopes += torch.autograd.grad(margin.sum(), seen[0])[0]
    return layer.to_cells(slopes / STEPS * (whole - empty))


def _margin(logits: Tensor, target: Tensor) -> Tensor:
    """Give log(p / (1 - p)) of one class of each image, shape (n,)."""
    import torch

    column = target[:, None]
    others = logits.scatter(1, column, -torch.inf)
    return logits.gather(1, column)[:, 0] - others.logsumexp(dim=1)


def _turn_back(cells: Tensor, n: int) -> Tensor:
    """Sum maps over the orientations in which the network saw n images, in that of the first."""
    from bentjets.learning.data.transforms import N_QUARTER_TURNS

    views = cells.view(-1, n, *cells.shape[1:])
    total = views[0].clone()
    for orientation in range(1, len(views)):
        turned = views[orientation].rot90(-(orientation % N_QUARTER_TURNS), (1, 2))
        total += turned.flip(2) if orientation >= N_QUARTER_TURNS else turned
    return total


def _show(cells: NDArray[np.float32]) -> tuple[NDArray[np.float32], bool, bool]:
    """Give the part of the cells that is shown, 0 to 1, whether it is `against`, and `flat`."""
    whole = float(np.abs(cells).sum())
    against = float(cells.clip(min=0).sum()) < SMALLEST_SHARE * whole
    part = (-cells if against else cells).clip(min=0)
    largest = float(part.max())
    if not whole > SMALLEST or largest - float(part.min()) < SMALLEST_CONTRAST * largest:
        return np.zeros_like(cells), False, True
    return (part / largest).astype(np.float32), against, False


def _enlarge(cells: NDArray[np.float32], size: tuple[int, ...]) -> NDArray[np.float32]:
    import torch
    from torch.nn import functional

    found: NDArray[np.float32] = functional.interpolate(
        torch.from_numpy(cells)[None, None], size=size, mode="bilinear", align_corners=False
    )[0, 0].numpy()
    return found
