"""Training (loads torch and lightning)."""

from bentjets.learning.training.training import train_network

__all__ = ["train_network"]
