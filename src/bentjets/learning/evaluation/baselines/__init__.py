"""What a network has to beat: no look at the image, one threshold, ten numbers."""

from bentjets.learning.evaluation.baselines.importance import shape_importance
from bentjets.learning.evaluation.baselines.learning import measure_learning
from bentjets.learning.evaluation.baselines.predicting import (
    AXIS_RATIO,
    BASELINES,
    MAJORITY,
    OPENING_ANGLE,
    SHAPE_FOREST,
    SHAPE_LOGISTIC,
    predict_baselines,
)
from bentjets.learning.evaluation.baselines.rule import Rule, learn_rule
from bentjets.learning.evaluation.baselines.shape import SHAPE_COLUMNS

__all__ = [
    "AXIS_RATIO",
    "BASELINES",
    "MAJORITY",
    "OPENING_ANGLE",
    "SHAPE_COLUMNS",
    "SHAPE_FOREST",
    "SHAPE_LOGISTIC",
    "Rule",
    "learn_rule",
    "measure_learning",
    "predict_baselines",
    "shape_importance",
]
