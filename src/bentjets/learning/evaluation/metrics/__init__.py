"""Every number that a table says of a model, from the tidy table of predictions."""

from bentjets.learning.evaluation.metrics.intervals import wilson_interval
from bentjets.learning.evaluation.metrics.measuring import measure_predictions

__all__ = ["measure_predictions", "wilson_interval"]
