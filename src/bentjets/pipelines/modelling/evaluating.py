"""Steps that weigh all models, and what they must beat, against each other."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from bentjets.learning.evaluation import (
    accuracy_by_property,
    compare_pairs,
    ensemble_predictions,
    join_predictions,
    measure_predictions,
    reliability,
    shape_importance,
)
from bentjets.learning.evaluation import predict_baselines as predict
from bentjets.learning.evaluation import rank_doubts as rank
from bentjets.parameters import ModellingSettings
from bentjets.pipelines.modelling.nodes import plans


def predict_baselines(
    manifest: pd.DataFrame,
    splits: pd.DataFrame,
    modelling: ModellingSettings,
    classes: Mapping[str, str],
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Predict what needs no network, learnt on the same images; say what counts in a shape."""
    planned = plans(splits, modelling)
    return (
        predict(manifest, planned, list(classes)),
        shape_importance(manifest, planned, list(classes)),
    )


def gather_predictions(
    splits: pd.DataFrame,
    modelling: ModellingSettings,
    classes: Mapping[str, str],
    **predictions: pd.DataFrame,
) -> pd.DataFrame:
    """Join the predictions of all models, their ensembles and the baselines in one table."""
    names, order = list(classes), list(splits["source_id"])
    joined = join_predictions(predictions.values(), names, order)
    ensembles = ensemble_predictions(joined, modelling.all_ensembles, names)
    return join_predictions([joined, ensembles], names, order)


def measure_models(
    predictions: pd.DataFrame,
    manifest: pd.DataFrame,
    splits: pd.DataFrame,
    classes: Mapping[str, str],
) -> tuple[dict[str, Any], pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Measure how good predictions are, with intervals; compare them in pairs; by properties."""
    names = list(classes)
    groups = dict(zip(splits["source_id"], splits["group"], strict=True))
    return (
        measure_predictions(predictions, groups, names),
        compare_pairs(predictions, names),
        reliability(predictions, names),
        accuracy_by_property(predictions, manifest, names),
    )


def rank_doubts(predictions: pd.DataFrame, classes: Mapping[str, str]) -> pd.DataFrame:
    """Rank the sources by how likely their label is wrong; no label is changed by it."""
    return rank(predictions, list(classes))
