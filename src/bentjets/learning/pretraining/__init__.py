"""Pretraining on simulated sources: the network from which runs of any classes may start.

What needs torch is imported from the modules: `training`, `answers`, `store`.
"""

from bentjets.learning.pretraining.settings import PretrainingSettings
from bentjets.learning.pretraining.sources import SIMULATED_CLASSES, SimulatedSources

__all__ = ["SIMULATED_CLASSES", "PretrainingSettings", "SimulatedSources"]
