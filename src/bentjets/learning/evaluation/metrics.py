"""What a network says of images, and how good that is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from bentjets.errors import InputError
from bentjets.learning.data import LabelledImages

if TYPE_CHECKING:
    import torch
    from torch import nn


def predict(network: nn.Module, images: LabelledImages, batch_size: int) -> pd.DataFrame:
    """Classify images, in float32, on the GPU if there is one.

    Parameters
    ----------
    network : torch.nn.Module
        A network of timm whose ``pretrained_cfg`` describes its input and its classes.
    images : LabelledImages
        What to classify.
    batch_size : int
        Images at a time.

    Returns
    -------
    DataFrame
        One row per image: `source_id`, `label` and `predicted` (class names), and
        `probability_<class>` of each class (float64, a row sums to 1).

    Raises
    ------
    InputError
        If the network was trained on other classes.
    """
    import torch

    from bentjets.learning.data.transforms import prepare_images

    check_classes(network, images)
    cfg: Any = network.pretrained_cfg
    parts = []
    with ready(network) as device, torch.inference_mode():
        for start in range(0, len(images), batch_size):
            stack = torch.tensor(images.images[start : start + batch_size]).to(device)
            logits = network(prepare_images(stack, cfg)).double()
            parts.append(logits.softmax(dim=1).cpu().numpy())
    probabilities = np.concatenate([np.empty((0, len(images.classes))), *parts])
    names = np.array(images.classes, dtype=object)
    columns = {f"probability_{name}": probabilities[:, i] for i, name in enumerate(names)}
    return pd.DataFrame(
        {
            "source_id": list(images.source_ids),
            "label": names[images.labels],
            "predicted": names[probabilities.argmax(axis=1)],
            **columns,
        }
    )


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


def check_classes(network: nn.Module, images: LabelledImages) -> None:
    """Refuse images of other classes than those of the network.

    Parameters
    ----------
    network : torch.nn.Module
        A network whose ``pretrained_cfg`` may hold `label_names`.
    images : LabelledImages
        Images with the names of their classes.

    Raises
    ------
    InputError
        If the names or their order differ.
    """
    cfg: Any = network.pretrained_cfg
    known = tuple(cfg.get("label_names") or images.classes)
    if known != images.classes:
        raise InputError(
            f"the network tells {', '.join(known)} apart, the images are of "
            f"{', '.join(images.classes)}: train it on these classes, in this order"
        )


def measure(predictions: pd.DataFrame, classes: Sequence[str]) -> dict[str, Any]:
    """Measure how good predictions are.

    Parameters
    ----------
    predictions : DataFrame
        `label` and `predicted`, class names.
    classes : sequence of str
        Names of the classes.

    Returns
    -------
    dict
        Ready for JSON: `n`; `accuracy` with its Wilson 95 % interval `accuracy_low` to
        `accuracy_high`; `majority_share`, what guessing the commonest class would reach;
        `classes`; `per_class`, a dict of `precision`, `recall`, `f1` and `support` per class;
        `macro_f1`; and `confusion`, counts with a row per true and a column per predicted class.
        A precision, recall or F1 that is 0/0 is 0.

    Raises
    ------
    InputError
        If there are no predictions, or they hold other classes.
    """
    from sklearn.metrics import confusion_matrix, precision_recall_fscore_support

    names, n = list(classes), len(predictions)
    if n == 0:
        raise InputError("there are no predictions to measure: give at least one test image")
    unknown = {*predictions["label"], *predictions["predicted"]} - set(names)
    if unknown:
        raise InputError(f"predictions hold {', '.join(sorted(unknown))}: give classes of {names}")
    label, predicted = list(predictions["label"]), list(predictions["predicted"])
    precision, recall, f1, support = precision_recall_fscore_support(
        label, predicted, labels=names, zero_division=0
    )
    confusion = confusion_matrix(label, predicted, labels=names)
    correct = int(np.trace(confusion))
    low, high = wilson_interval(correct, n)
    return {
        "n": n,
        "accuracy": correct / n,
        "accuracy_low": low,
        "accuracy_high": high,
        "majority_share": int(support.max()) / n,
        "classes": names,
        "per_class": {
            name: {
                "precision": float(precision[i]),
                "recall": float(recall[i]),
                "f1": float(f1[i]),
                "support": int(support[i]),
            }
            for i, name in enumerate(names)
        },
        "macro_f1": float(f1.mean()),
        "confusion": confusion.tolist(),
    }


def wilson_interval(successes: int, n: int, confidence: float = 0.95) -> tuple[float, float]:
    """Give the score interval of a share (Wilson 1927, J. Am. Stat. Assoc. 22, 209).

    Parameters
    ----------
    successes : int
        How many succeeded.
    n : int
        Of how many.
    confidence : float
        Coverage of the interval, between 0 and 1.

    Returns
    -------
    low, high : float
        Bounds of the share, within 0 and 1.

    Raises
    ------
    InputError
        If not 0 <= successes <= n, or n is 0.
    """
    if n <= 0 or not 0 <= successes <= n:
        raise InputError(f"{successes} successes of {n}: give 0 <= successes <= n and n > 0")
    from scipy.stats import binomtest

    interval = binomtest(successes, n).proportion_ci(confidence, method="wilson")
    return float(interval.low), float(interval.high)
