"""Steps of each model: its runs, what they predict, and where they look (section 5).

What loads torch is imported inside the steps: listing pipelines or processing images must not.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from bentjets.errors import InputError
from bentjets.learning.data import ImageStack, RunPlan, plan_runs
from bentjets.learning.settings import ModelSettings
from bentjets.parameters import ModellingSettings


def train_runs(
    images: ImageStack,
    image_facts: Mapping[str, Any],
    splits: pd.DataFrame,
    folder: Path,
    model: ModelSettings,
    modelling: ModellingSettings,
    start: Path | None = None,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Train every run of a model that is not done yet; tell of all of them, and of their epochs.

    Of a pretrained network, they start with the weights in the file `start`, and learn gently.
    """
    from bentjets.learning.training import Run, read_history, train_run

    records, histories = [], []
    if start:
        model = model.at_rate(modelling.pretraining.lr_of_runs)
    for plan in plans(splits, modelling):
        run = Run(
            entry=folder.name,
            plan=plan,
            model=model,
            training=modelling.training_of(model).of_images(len(plan.training)),
            folder=folder / plan.name,
            facts=dict(image_facts),
            start=start,
        )
        records.append(train_run(run, images).summary())
        histories.append(
            read_history(run.folder).assign(protocol=plan.protocol, fold=plan.fold, seed=plan.seed)
        )
    return pd.DataFrame(records), pd.concat(histories, ignore_index=True)


def predict_runs(
    images: ImageStack,
    splits: pd.DataFrame,
    folder: Path,
    runs: pd.DataFrame,
    modelling: ModellingSettings,
) -> pd.DataFrame:
    """Classify the test images of every run, once."""
    from bentjets.learning.evaluation import join_predictions, tabulate_run
    from bentjets.learning.evaluation.predicting import predict
    from bentjets.learning.networks import load_network

    labels = _labels(images)
    parts = [
        tabulate_run(
            folder.name,
            "network",
            plan,
            predict(load_network(folder / plan.name), images.find(plan.test)),
            labels,
            images.classes,
        )
        for plan in _trained(splits, runs, modelling)
    ]
    return join_predictions(parts, images.classes, list(splits["source_id"]))


def explain_model(
    images: ImageStack,
    splits: pd.DataFrame,
    folder: Path,
    runs: pd.DataFrame,
    predictions: pd.DataFrame,
    modelling: ModellingSettings,
) -> pd.DataFrame:
    """Show where the network of the first run looked: attention on a few of its test images."""
    from bentjets.learning.evaluation.attention.maps import attend, choose_examples
    from bentjets.learning.networks import load_network

    first = next(_trained(splits, runs, modelling))
    is_of_first = (predictions["fold"] == first.fold) & (predictions["seed"] == first.seed)
    mine = predictions[is_of_first].reset_index(drop=True)
    rows = choose_examples(mine, list(images.classes), modelling.attention_per_class)
    return attend(load_network(folder / first.name), images.find(list(mine["source_id"])), rows)


def embed_sources(
    images: ImageStack,
    splits: pd.DataFrame,
    folder: Path,
    runs: pd.DataFrame,
    modelling: ModellingSettings,
) -> pd.DataFrame:
    """Show all sources as the network of the first run reads them, in two dimensions."""
    from bentjets.learning.evaluation import tabulate_embedding
    from bentjets.learning.evaluation.predicting import extract_features
    from bentjets.learning.networks import load_network

    first = next(_trained(splits, runs, modelling))
    features = extract_features(load_network(folder / first.name), images)
    return tabulate_embedding(folder.name, first, features, images.source_ids)


def plans(splits: pd.DataFrame, modelling: ModellingSettings) -> list[RunPlan]:
    """Plan the runs of every model, seed by seed, fold by fold."""
    return plan_runs(
        splits,
        protocol=modelling.protocol_of(published=_is_published(splits)),
        folds=modelling.folds,
        seeds=modelling.seeds,
        validation_batch=modelling.validation_batch,
    )


def _is_published(splits: pd.DataFrame) -> bool:
    return "published" in splits and bool(splits["published"].all())


def _trained(
    splits: pd.DataFrame, runs: pd.DataFrame, modelling: ModellingSettings
) -> Iterator[RunPlan]:
    done = {*zip(runs["protocol"], runs["fold"], runs["seed"], strict=True)}
    for one in plans(splits, modelling):
        if (one.protocol, one.fold, one.seed) not in done:
            raise InputError(f"the run {one.name} is not trained: run the modelling from its start")
        yield one


def _labels(images: ImageStack) -> dict[str, str]:
    return {
        source_id: images.classes[label]
        for source_id, label in zip(images.source_ids, images.labels, strict=True)
    }
