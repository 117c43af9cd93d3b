"""What more images would bring: the accuracy of a rule against how many it learns from."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bentjets.learning.data.splitting.protocols import RunPlan
from bentjets.learning.evaluation.baselines.parts import training_and_test
from bentjets.learning.evaluation.baselines.predicting import BASELINES, SHAPE_LOGISTIC
from bentjets.learning.evaluation.predictions import class_index

SHARES = (0.05, 0.1, 0.2, 0.4, 0.7, 1.0)
DRAWS = 8
_LEAST_PER_CLASS = 2
_COLUMNS = ["n_training", "accuracy", "low", "high"]


def measure_learning(
    manifest: pd.DataFrame, plans: Sequence[RunPlan], classes: Sequence[str]
) -> pd.DataFrame:
    """Let the logistic regression on shapes learn from parts of the training sources.

    Parameters
    ----------
    manifest : DataFrame
        One row per source: ``source_id``, ``morphology``, and what was measured.
    plans : sequence of RunPlan
        The runs of the networks, of one protocol; those of the first seed count.
    classes : sequence of str
        Names of the classes.

    Returns
    -------
    DataFrame
        A row for 5, 10, 20, 40, 70 and 100 % of the training and validation sources, the same
        share of each class, where each has two at least: ``n_training`` (mean over the folds);
        ``accuracy`` (0 to 1) on all test sources, the mean over eight draws; ``low`` and ``high``,
        the least and the largest of a draw. Without shapes, or with too few sources,
        there is no row.
    """
    needed, learn = BASELINES[SHAPE_LOGISTIC]
    if not set(needed) <= set(manifest):
        return pd.DataFrame(columns=_COLUMNS)
    folds = list(training_and_test(manifest, plans, classes))
    rows = []
    for share in SHARES:
        sizes, accuracies = [], []
        for draw in range(DRAWS if share < 1 else 1):
            right: list[NDArray[np.bool_]] = []
            for plan, training, test in folds:
                part = _take(training, share, np.random.default_rng([draw, plan.fold]))
                if any((part["morphology"] == name).sum() < _LEAST_PER_CLASS for name in classes):
                    break
                found = learn(part, test, classes, plan.seed).argmax(axis=1)
                right.append(found == class_index(test["morphology"], classes))
                sizes.append(len(part))
            else:
                accuracies.append(float(np.concatenate(right).mean()))
        if accuracies:
            spread = min(accuracies), max(accuracies)
            rows.append((float(np.mean(sizes)), float(np.mean(accuracies)), *spread))
    return pd.DataFrame(rows, columns=_COLUMNS)


def _take(training: pd.DataFrame, share: float, rng: np.random.Generator) -> pd.DataFrame:
    """Take a share of each class; what a smaller share takes is in each larger one."""
    parts = []
    for _, own in training.groupby("morphology", sort=True):
        order = rng.permutation(len(own))
        parts.append(own.iloc[order[: round(share * len(own))]])
    return pd.concat(parts)
