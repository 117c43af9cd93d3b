"""Which of the ten moments the shape baselines go by."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bentjets.learning.data.splitting.protocols import RunPlan
from bentjets.learning.evaluation.baselines.parts import training_and_test
from bentjets.learning.evaluation.baselines.predicting import SHAPE_FOREST, SHAPE_LOGISTIC
from bentjets.learning.evaluation.baselines.shape import (
    SHAPE_COLUMNS,
    make_forest,
    make_logistic,
    read_shapes,
)
from bentjets.learning.evaluation.predictions import class_index

_REPEATS = 5
_COLUMNS = ["model", "feature", "value", "low", "high"]


def shape_importance(
    manifest: pd.DataFrame, plans: Sequence[RunPlan], classes: Sequence[str]
) -> pd.DataFrame:
    """Tell how much each moment counts in the shape baselines.

    Parameters
    ----------
    manifest : DataFrame
        One row per source: ``source_id``, ``morphology``, and the moments.
    plans : sequence of RunPlan
        The runs of the networks; of each protocol those of the first seed count.
    classes : sequence of str
        Names of the classes.

    Returns
    -------
    DataFrame
        Columns ``model``, ``feature``, ``value`` (mean over the folds), ``low`` and ``high`` (least
        and largest of a fold). Of the logistic regression the coefficient of the moment in units
        of its standard deviation, above zero where more of it speaks for the second class; of more
        than two classes the root mean square over the classes. Of the forest the accuracy lost on
        the test sources when the moment is shuffled among them (Breiman 2001, Machine Learning 45,
        5). No rows without moments, or where no fold has two classes.
    """
    if not set(SHAPE_COLUMNS) <= set(manifest):
        return pd.DataFrame(columns=_COLUMNS)
    found: dict[str, list[NDArray[np.float64]]] = {SHAPE_LOGISTIC: [], SHAPE_FOREST: []}
    for plan, training, test in training_and_test(manifest, plans, classes):
        labels = class_index(training["morphology"], classes)
        if len(set(labels)) == 1 or test.empty:
            continue
        shapes = read_shapes(training)
        found[SHAPE_LOGISTIC].append(_coefficients(shapes, labels))
        held_out = (read_shapes(test), class_index(test["morphology"], classes))
        found[SHAPE_FOREST].append(_losses(shapes, labels, *held_out, plan.seed))
    rows = [
        (model, feature, folds.mean(), folds.min(), folds.max())
        for model, values in found.items()
        if values
        for feature, folds in zip(SHAPE_COLUMNS, np.stack(values, axis=1), strict=True)
    ]
    return pd.DataFrame(rows, columns=_COLUMNS)


def _coefficients(shapes: NDArray[np.float64], labels: NDArray[np.int64]) -> NDArray[np.float64]:
    found: NDArray[np.float64] = make_logistic().fit(shapes, labels)[-1].coef_
    return found[0] if len(found) == 1 else np.sqrt((found**2).mean(axis=0))


def _losses(
    shapes: NDArray[np.float64],
    labels: NDArray[np.int64],
    test_shapes: NDArray[np.float64],
    test_labels: NDArray[np.int64],
    seed: int,
) -> NDArray[np.float64]:
    from sklearn.inspection import permutation_importance

    forest = make_forest(seed).fit(shapes, labels)
    found: NDArray[np.float64] = permutation_importance(
        forest, test_shapes, test_labels, n_repeats=_REPEATS, random_state=seed % 2**32, n_jobs=1
    )["importances_mean"]
    return found
