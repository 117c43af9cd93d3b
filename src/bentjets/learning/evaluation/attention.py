"""Where a network looks: Grad-CAM (Selvaraju et al. 2017, ICCV, 618) for any network of timm."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import isqrt
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bentjets.errors import InputError
from bentjets.learning.data import LabelledImages
from bentjets.learning.evaluation.metrics import check_classes, predict, ready

if TYPE_CHECKING:
    from torch import Tensor, nn

CHUNK = 8
TOKENS_NDIM = 3


def attend(network: nn.Module, images: LabelledImages, rows: Sequence[int]) -> pd.DataFrame:
    """Map what made a network predict the class that it predicts, in float32.

    Parameters
    ----------
    network : torch.nn.Module
        A network of timm.
    images : LabelledImages
        Where the images are taken from.
    rows : sequence of int
        Which of them.

    Returns
    -------
    DataFrame
        One row per image: `source_id`, `label`, `predicted`, `probability` (of the predicted
        class), `height`, `width`, `image` (list of int, 0 to 255, row-major, as given) and
        `attention` (list of float, 0 to 1, row-major, of the same height and width).

    Raises
    ------
    InputError
        If a row is not among the images, or the classes are others than the network's.
    """
    outside = [row for row in rows if not 0 <= row < len(images)]
    if outside:
        raise InputError(
            f"row {outside[0]} is not among the {len(images)} images: give a lower row"
        )
    check_classes(network, images)
    chosen = LabelledImages(
        images.images[list(rows)],
        images.labels[list(rows)],
        tuple(images.source_ids[row] for row in rows),
        images.classes,
    )
    table = predict(network, chosen, CHUNK)
    maps = _grad_cam(network, chosen)
    probabilities = table.filter(regex="^probability_").max(axis=1)
    table = table[["source_id", "label", "predicted"]].assign(
        probability=probabilities, height=chosen.images.shape[1], width=chosen.images.shape[2]
    )
    table["image"] = pd.Series([image.ravel().tolist() for image in chosen.images], dtype=object)
    table["attention"] = pd.Series([found.ravel().tolist() for found in maps], dtype=object)
    return table


def choose_examples(predictions: pd.DataFrame, classes: Sequence[str], per_class: int) -> list[int]:
    """Choose images to show: the surest right ones of each class, and the surest wrong ones.

    Parameters
    ----------
    predictions : DataFrame
        What `predict` gives.
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
    table = table.assign(sure=table.filter(regex="^probability_").max(axis=1))
    table = table.sort_values("sure", ascending=False, kind="stable")
    right = table["label"] == table["predicted"]
    rows: list[int] = []
    for wanted, count in ((right, per_class), (~right, 1)):
        for name in classes:
            rows += [int(row) for row in table.index[wanted & (table["label"] == name)][:count]]
    return rows


def _grad_cam(network: nn.Module, images: LabelledImages) -> NDArray[np.float32]:
    """Give the attention of each image, float32, shape (n, height, width), 0 to 1."""
    import torch
    from pytorch_grad_cam import GradCAM

    from bentjets.learning.data.transforms import prepare_images

    cfg: Any = network.pretrained_cfg
    maps = [np.empty((0, *images.images.shape[1:]), dtype=np.float32)]
    with ready(network) as device:
        for start in range(0, len(images), CHUNK):
            stack = torch.tensor(images.images[start : start + CHUNK]).to(device)
            prepared = prepare_images(stack, cfg)
            layer, to_maps = _find_layer(network, prepared[:1])
            with GradCAM(network, [layer], reshape_transform=to_maps) as cam:
                found = cam(prepared, targets=None)  # None: the predicted class
            maps.append(_resize(found, images.images.shape[1:]))
    network.zero_grad(set_to_none=True)
    return np.concatenate(maps)


def _resize(maps: NDArray[np.float32], size: tuple[int, ...]) -> NDArray[np.float32]:
    import torch
    from torch.nn import functional

    resized = functional.interpolate(
        torch.from_numpy(maps)[None], size=size, mode="bilinear", align_corners=False
    )
    return resized[0].clamp(0, 1).numpy().astype(np.float32)


def _find_layer(network: Any, image: Tensor) -> tuple[nn.Module, Callable[[Tensor], Tensor]]:
    """Find the last layer that still knows where, and how its output becomes (n, c, h, w).

    In a transformer with tokens this is the normalisation that the last attention reads: what the
    last block gives of the patches may no longer reach the class token.
    """
    import torch

    feature = network.feature_info[-1]
    layer = network.get_submodule(feature["module"])
    seen: list[Tensor] = []
    handle = layer.register_forward_hook(lambda _module, _inputs, output: seen.append(output))
    with torch.inference_mode():
        network(image)
    handle.remove()
    output = seen[0]
    if output.ndim == TOKENS_NDIM:
        layer = getattr(layer, "norm1", layer)
        n_prefix = getattr(network, "num_prefix_tokens", 0)
        return layer, lambda tokens: _tokens_to_maps(tokens, n_prefix)
    if output.shape[1] == feature["num_chs"]:
        return layer, lambda maps: maps
    return layer, lambda maps: maps.permute(0, 3, 1, 2)


def _tokens_to_maps(tokens: Tensor, n_prefix: int) -> Tensor:
    """Lay tokens, shape (n, prefix + side², c), out as maps, shape (n, c, side, side)."""
    patches = tokens[:, n_prefix:]
    side = isqrt(patches.shape[1])
    return patches.reshape(len(patches), side, side, -1).permute(0, 3, 1, 2)
