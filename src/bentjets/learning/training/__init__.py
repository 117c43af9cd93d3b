"""Training (loads torch and lightning)."""

from bentjets.learning.training.recipes import check_recipes
from bentjets.learning.training.training import train_network

__all__ = ["check_recipes", "train_network"]
