"""The learnt ruler: a network that measures opening angles, with errors that are calibrated.

What needs torch is imported from the modules: `training`, `reading`, `store`, `frames`.
"""

from bentjets.learning.ruler.calibration import Calibration, calibrate, tabulate_coverage
from bentjets.learning.ruler.settings import RulerTraining

__all__ = ["Calibration", "RulerTraining", "calibrate", "tabulate_coverage"]
