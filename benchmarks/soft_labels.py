"""What soft labels bring where observers err: python benchmarks/soft_labels.py [SEED ...].

700 simulated sources whose true class is known: WAT where the tails are more than 115 deg apart on
the sky, else NAT. Two observers name the class of each; both err alike and independently, four
times as often between 90 and 130 deg as elsewhere, and in 14 % of all. The default network learns
from them in five folds, as many steps each time, and is judged by the truth.
"""

from __future__ import annotations

import dataclasses
import logging
import sys
from typing import Any

import numpy as np
from kedro.config import OmegaConfigLoader
from pretraining import PROJECT, classify, plan
from realism_network import simulate, stack
from sklearn.metrics import brier_score_loss, roc_auc_score

from bentjets.learning.data import ImageStack, RunPlan
from bentjets.parameters import read_parameters
from bentjets.radio.simulation import simulate_catalogue
from bentjets.settings import CONFIG_LOADER_ARGS

N, SKY_SEED, WAT_FRACTION = 700, 11, 0.6
CLASSES = ("WAT", "NAT")
BOUNDARY_DEG, HARD_DEG, ERROR, HARDER = 115.0, (90.0, 130.0), 0.14, 4.0
SEEDS, DRAWS = (0, 1, 2), 2000
FIRST, SOFT, AGREED, TRUTH = "the first observer", "both, soft", "both, where they agree", "truth"


def observe(truth: np.ndarray, angles_deg: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Name the classes as an observer does who errs."""
    weight = np.where((angles_deg > HARD_DEG[0]) & (angles_deg < HARD_DEG[1]), HARDER, 1.0)
    wrong = rng.uniform(size=len(truth)) < ERROR * weight / weight.mean()
    return np.where(wrong, 1 - truth, truth)


def learn(
    images: ImageStack, plans: list[RunPlan], seen: tuple[np.ndarray, np.ndarray], entry: Any
) -> dict[str, np.ndarray]:
    """Give the probability of the first class by networks that learnt from each kind of label."""
    first, second = seen
    alike = {images.source_ids[row] for row in np.flatnonzero(first == second)}
    fewer = [
        dataclasses.replace(
            one,
            training=tuple(key for key in one.training if key in alike),
            validation=tuple(key for key in one.validation if key in alike),
        )
        for one in plans
    ]
    named = dataclasses.replace(images, labels=first)
    shares = ((np.eye(2)[first] + np.eye(2)[second]) / 2).astype(np.float32)
    kinds = {
        FIRST: (named, plans),
        SOFT: (dataclasses.replace(named, shares=shares), plans),
        AGREED: (named, fewer),
        TRUTH: (images, plans),
    }
    return {kind: classify(*given, entry, None) for kind, given in kinds.items()}


def score(is_first: np.ndarray, told: np.ndarray) -> np.ndarray:
    """Give accuracy, area under the ROC curve and Brier score."""
    right = np.mean((told > 1 / 2) == is_first)
    return np.array([right, roc_auc_score(is_first, told), brier_score_loss(is_first, told)])


def main() -> None:
    """Learn with every seed, and print a line per kind of label."""
    logging.disable(logging.INFO)
    loader = OmegaConfigLoader(str(PROJECT / "conf"), env="base", **CONFIG_LOADER_ARGS)
    parameters = read_parameters(loader["parameters"])
    model = parameters.models["small_cnn"]
    entry = ("small_cnn", model, parameters.modelling.training_of(model))
    catalogue = simulate_catalogue(N, wat_fraction=WAT_FRACTION, seed=SKY_SEED)
    angles = catalogue["opening_angle_deg"].to_numpy()
    truth = (angles < BOUNDARY_DEG).astype(np.int64)
    images = stack([], simulate(N, SKY_SEED), model)
    images = dataclasses.replace(images, labels=truth, classes=CLASSES)
    seeds = [int(one) for one in sys.argv[1:]] or list(SEEDS)
    told: dict[str, list[np.ndarray]] = {}
    for seed in seeds:
        rng = np.random.default_rng([SKY_SEED, seed])
        seen = observe(truth, angles, rng), observe(truth, angles, rng)
        wrong = ", ".join(f"{np.mean(one != truth):.3f}" for one in seen)
        print(f"seed {seed}: wrong {wrong}, alike {np.mean(seen[0] == seen[1]):.3f}", flush=True)
        for kind, found in learn(images, plan(images, seed, None), seen, entry).items():
            told.setdefault(kind, []).append(found)
    is_first = truth == 0
    rng = np.random.default_rng(SKY_SEED)
    drawn = [rng.integers(N, size=N) for _ in range(DRAWS)]
    for kind, each in told.items():
        scores = np.array([score(is_first, one) for one in each])
        mean, spread = scores.mean(axis=0), scores.std(axis=0, ddof=1) if len(each) > 1 else [0] * 3
        gains = np.array(
            [
                np.mean(
                    [
                        score(is_first[rows], one[rows]) - score(is_first[rows], base[rows])
                        for one, base in zip(each, told[FIRST], strict=True)
                    ],
                    axis=0,
                )
                for rows in drawn
            ]
        )
        low, high = np.percentile(gains, [2.5, 97.5], axis=0)
        words = [
            f"{name} {mean[column]:.3f} ± {spread[column]:.3f} "
            f"({mean[column] - np.mean([score(is_first, b)[column] for b in told[FIRST]]):+.3f} "
            f"[{low[column]:+.3f}, {high[column]:+.3f}])"
            for column, name in enumerate(("accuracy", "AUC", "Brier"))
        ]
        print(f"{kind}: {'; '.join(words)}", flush=True)


if __name__ == "__main__":
    main()
