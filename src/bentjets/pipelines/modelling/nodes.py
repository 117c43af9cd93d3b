"""Steps of the modelling pipeline (section 5 of Hossain et al. 2025).

What loads torch is imported inside the steps: listing pipelines or processing images must not.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pandas as pd

from bentjets.learning.data import TEST_BATCH, LabelledImages, split_batches, unpack_batches
from bentjets.learning.settings import ModelSettings
from bentjets.parameters import ModellingSettings

Network = Any
"""A torch.nn.Module; naming it would load torch, and Kedro resolves these hints."""

Batches = Mapping[str, Callable[[], dict[str, Any]]]


def train_model(
    batches: Batches,
    model: ModelSettings,
    modelling: ModellingSettings,
    classes: Mapping[str, str],
    seed: int,
) -> tuple[Network, pd.DataFrame]:
    """Train one network; the best epoch is chosen on the validation batch, never on the test."""
    from bentjets.learning.networks import build_network
    from bentjets.learning.training import check_recipes, train_network

    check_recipes(model)
    parts = split_batches(list(batches), validation=modelling.validation_batch)
    return train_network(
        build_network(model, list(classes), seed=seed),
        _load(batches, parts.training, classes),
        _load(batches, parts.validation, classes),
        model,
        modelling.training,
        seed=seed,
    )


def evaluate_model(
    network: Network,
    batches: Batches,
    modelling: ModellingSettings,
    classes: Mapping[str, str],
) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Classify the test batch, once, and measure how well that went."""
    from bentjets.learning.evaluation.metrics import measure, predict

    images = _load(batches, [TEST_BATCH], classes)
    predictions = predict(network, images, modelling.training.batch_size)
    return predictions, measure(predictions, list(classes))


def explain_model(
    network: Network,
    batches: Batches,
    predictions: pd.DataFrame,
    modelling: ModellingSettings,
    classes: Mapping[str, str],
) -> pd.DataFrame:
    """Show where the network looked: Grad-CAM of a few test images of each class."""
    from bentjets.learning.evaluation.attention import attend, choose_examples

    rows = choose_examples(predictions, list(classes), modelling.attention_per_class)
    return attend(network, _load(batches, [TEST_BATCH], classes), rows)


def _load(batches: Batches, names: Sequence[str], classes: Mapping[str, str]) -> LabelledImages:
    return unpack_batches([batches[name]() for name in names], classes)
