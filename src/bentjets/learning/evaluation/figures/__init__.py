"""Figures of what networks learnt, how good they are, and where they look.

Matplotlib is imported inside functions; `bentjets.plotting` says how they look.
"""

from bentjets.learning.evaluation.figures.angles import draw_angles
from bentjets.learning.evaluation.figures.attention import draw_attention
from bentjets.learning.evaluation.figures.confusion import draw_confusion
from bentjets.learning.evaluation.figures.curves import draw_curves
from bentjets.learning.evaluation.figures.importance import draw_importance
from bentjets.learning.evaluation.figures.properties import draw_properties
from bentjets.learning.evaluation.figures.reliability import draw_reliability
from bentjets.learning.evaluation.figures.training.history import draw_history
from bentjets.learning.evaluation.figures.training.learning import draw_learning
from bentjets.learning.evaluation.figures.training.seeds import draw_seeds

__all__ = [
    "draw_angles",
    "draw_attention",
    "draw_confusion",
    "draw_curves",
    "draw_history",
    "draw_importance",
    "draw_learning",
    "draw_properties",
    "draw_reliability",
    "draw_seeds",
]
