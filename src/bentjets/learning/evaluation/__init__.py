"""How good a network is, and against what (`metrics`, `attention`, `figures` load torch)."""

from bentjets.learning.evaluation.baseline import classify_by_angle
from bentjets.learning.evaluation.comparison import compare_pairs

__all__ = ["classify_by_angle", "compare_pairs"]
