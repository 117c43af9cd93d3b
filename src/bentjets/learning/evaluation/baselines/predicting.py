"""Predictions of the baselines, learnt on the same training folds as the networks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bentjets.learning.data.splitting.protocols import RunPlan
from bentjets.learning.evaluation.baselines.parts import training_and_test
from bentjets.learning.evaluation.baselines.rule import learn_rule
from bentjets.learning.evaluation.baselines.shape import (
    SHAPE_COLUMNS,
    make_forest,
    make_logistic,
    read_shapes,
)
from bentjets.learning.evaluation.predictions import (
    class_index,
    probability_columns,
    tabulate_run,
)

MAJORITY = "majority class"
OPENING_ANGLE = "opening angle"
AXIS_RATIO = "axis ratio"
SHAPE_LOGISTIC = "shape, logistic"
SHAPE_FOREST = "shape, forest"

Probabilities = NDArray[np.float64]
Learn = Callable[[pd.DataFrame, pd.DataFrame, Sequence[str], int], Probabilities]


def predict_baselines(
    manifest: pd.DataFrame, plans: Sequence[RunPlan], classes: Sequence[str]
) -> pd.DataFrame:
    """Let each baseline learn on the training sources of each run, and predict its test sources.

    Parameters
    ----------
    manifest : DataFrame
        One row per source: ``source_id``, ``morphology``, and what was measured.
    plans : sequence of RunPlan
        The runs of the networks; of each protocol those of the first seed count. Validation
        sources that are no test sources are learnt from too: a baseline has nothing to choose.
    classes : sequence of str
        Names of the classes.

    Returns
    -------
    DataFrame
        Rows of the tidy table, kind ``baseline``: plan by plan those of `BASELINES` whose columns
        the manifest has.

    Raises
    ------
    InputError
        If a source of a plan is not in the manifest or of no known class, or a plan has no
        training sources.
    """
    parts = []
    for plan, training, test in training_and_test(manifest, plans, classes):
        labels = dict(zip(test["source_id"], test["morphology"], strict=True))
        for name, (columns, learn) in BASELINES.items():
            if set(columns) <= set(manifest):
                found = learn(training, test, classes, plan.seed)
                parts.append(tabulate_run(name, "baseline", plan, found, labels, classes))
    if not parts:
        run = ["model", "kind", "protocol", "fold", "seed", "source_id", "label"]
        return pd.DataFrame(columns=[*run, *probability_columns(classes)])
    return pd.concat(parts, ignore_index=True)


def _majority(
    training: pd.DataFrame, test: pd.DataFrame, classes: Sequence[str], seed: int
) -> Probabilities:
    shares = [float((training["morphology"] == name).mean()) for name in classes]
    return np.tile(shares, (len(test), 1))


def _rule_on(column: str) -> Learn:
    def learn(
        training: pd.DataFrame, test: pd.DataFrame, classes: Sequence[str], seed: int
    ) -> Probabilities:
        rule = learn_rule(training[column], list(training["morphology"]), classes)
        return rule.probabilities(test[column])

    return learn


def _fitted(make: Callable[[int], Any]) -> Learn:
    def learn(
        training: pd.DataFrame, test: pd.DataFrame, classes: Sequence[str], seed: int
    ) -> Probabilities:
        labels = class_index(training["morphology"], classes)
        found = np.zeros((len(test), len(classes)))
        seen = np.unique(labels)
        if len(seen) == 1:
            found[:, seen[0]] = 1.0
        elif len(test):
            model = make(seed).fit(read_shapes(training), labels)
            found[:, seen] = model.predict_proba(read_shapes(test))
        return found

    return learn


BASELINES: dict[str, tuple[tuple[str, ...], Learn]] = {
    MAJORITY: ((), _majority),
    OPENING_ANGLE: (("opening_angle_deg",), _rule_on("opening_angle_deg")),
    AXIS_RATIO: (("axis_ratio",), _rule_on("axis_ratio")),
    SHAPE_LOGISTIC: (SHAPE_COLUMNS, _fitted(lambda seed: make_logistic())),
    SHAPE_FOREST: (SHAPE_COLUMNS, _fitted(make_forest)),
}
"""Each baseline with the columns of the manifest that it needs."""
