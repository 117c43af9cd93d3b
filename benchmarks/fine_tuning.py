"""What ImageNet weights bring: python benchmarks/fine_tuning.py [SET ...] (first, fr).

Cross-validation in five folds of the real sources beside the checkout, as benchmarks/pretraining.py
plans them, one seed: EfficientNet-Lite0 from ImageNet weights (`weights: package`) by the
paper's recipe and by that of its entry, from random weights by the latter, and the small network.
Twenty epochs each, the small one for its own 36. Test images play no part in anything.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import numpy as np
from kedro.config import OmegaConfigLoader
from pretraining import plan, read_images, weigh

from bentjets.learning.data import ImageStack
from bentjets.learning.evaluation.predicting import predict
from bentjets.learning.networks import load_network
from bentjets.learning.settings import ModelSettings, Recipe, TrainingSettings
from bentjets.learning.training import Run, train_run
from bentjets.parameters import ModellingSettings, read_parameters
from bentjets.settings import CONFIG_LOADER_ARGS

PROJECT = Path(__file__).resolve().parents[1]
ENTRY = "efficientnet_lite0"


def list_starts(models: dict[str, ModelSettings], modelling: ModellingSettings) -> dict[str, tuple]:
    """Name each start with its model and training, the one that others are compared with first.

    The paper's recipe stops early; the others train all their epochs.
    """
    paper = {
        "optimizer": Recipe.model_validate({"class": "Adam", "lr": 1e-3}),
        "scheduler": Recipe.model_validate({"class": "StepLR", "step_size": 5, "gamma": 0.1}),
    }
    lite = models[ENTRY]
    own = modelling.training_of(lite)
    plain = modelling.training.model_copy(update={"epochs": own.epochs})
    small = models["small_cnn"]
    return {
        "random": (lite.model_copy(update={"weights": "none"}), own),
        "ImageNet, its own recipe": (lite, own),
        "ImageNet, the paper's recipe": (lite.model_copy(update=paper), plain),
        "small_cnn, random": (small, modelling.training_of(small)),
    }


def classify(
    images: ImageStack, model: ModelSettings, training: TrainingSettings, seed: int
) -> np.ndarray:
    """Give the probability of the first class of every image, by a network that never saw it."""
    row_of = {source_id: row for row, source_id in enumerate(images.source_ids)}
    found = np.full(len(images), np.nan)
    for one in plan(images, seed, None):
        with tempfile.TemporaryDirectory() as folder:
            run = Run(ENTRY, one, model, training, Path(folder) / one.name)
            train_run(run, images)
            told = predict(load_network(run.folder), images.find(one.test))
        found[[row_of[source_id] for source_id in one.test]] = told[:, 0]
    return found


def main() -> None:
    """Compare all starts, one set after the other."""
    loader = OmegaConfigLoader(str(PROJECT / "conf"), env="base", **CONFIG_LOADER_ARGS)
    parameters = read_parameters(loader["parameters"])
    starts = list_starts(parameters.models, parameters.modelling)
    for name in sys.argv[1:] or ("first", "fr"):
        stacks: dict[int, ImageStack] = {}
        told = []
        for model, training in starts.values():
            if model.image_size not in stacks:
                stacks[model.image_size] = read_images(name, model)
            told.append([classify(stacks[model.image_size], model, training, 0)])
        labels = stacks[model.image_size].labels
        weigh(f"{name}, {len(labels)} images", list(starts), labels == 0, np.array(told))


if __name__ == "__main__":
    main()
