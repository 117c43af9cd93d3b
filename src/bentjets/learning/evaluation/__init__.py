"""How good a network is, and against what (modules that classify or draw load heavy libraries)."""

from bentjets.learning.evaluation.baselines import (
    measure_learning,
    predict_baselines,
    shape_importance,
)
from bentjets.learning.evaluation.calibration import fit_temperature, reliability
from bentjets.learning.evaluation.comparison import compare_pairs
from bentjets.learning.evaluation.doubts import rank_doubts
from bentjets.learning.evaluation.embedding import project_features, tabulate_embedding
from bentjets.learning.evaluation.metrics import (
    accuracy_by_property,
    measure_predictions,
    wilson_interval,
)
from bentjets.learning.evaluation.predictions import (
    ensemble_predictions,
    join_predictions,
    predicted_class,
    probability_columns,
    tabulate_run,
)

__all__ = [
    "accuracy_by_property",
    "compare_pairs",
    "ensemble_predictions",
    "fit_temperature",
    "join_predictions",
    "measure_learning",
    "measure_predictions",
    "predict_baselines",
    "predicted_class",
    "probability_columns",
    "project_features",
    "rank_doubts",
    "reliability",
    "shape_importance",
    "tabulate_embedding",
    "tabulate_run",
    "wilson_interval",
]
