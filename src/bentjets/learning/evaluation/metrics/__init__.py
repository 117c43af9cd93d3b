"""Every number that a table says of a model, from the tidy table of predictions."""

from bentjets.learning.evaluation.metrics.intervals import wilson_interval
from bentjets.learning.evaluation.metrics.measuring import measure_predictions
from bentjets.learning.evaluation.metrics.properties import accuracy_by_property

__all__ = ["accuracy_by_property", "measure_predictions", "wilson_interval"]
