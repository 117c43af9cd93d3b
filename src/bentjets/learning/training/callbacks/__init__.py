"""What is done where an epoch begins or ends: looking, keeping, showing (loads lightning)."""

from bentjets.learning.training.callbacks.bar import EpochBar
from bentjets.learning.training.callbacks.checkpoint import (
    EpochCheckpoint,
    PlainFiles,
    check_checkpoint,
)
from bentjets.learning.training.callbacks.watch import Watch

__all__ = ["EpochBar", "EpochCheckpoint", "PlainFiles", "Watch", "check_checkpoint"]
