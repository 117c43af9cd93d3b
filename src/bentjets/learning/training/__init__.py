"""Training of runs (loads torch and lightning inside)."""

from bentjets.learning.training.checks import Chosen, check_models
from bentjets.learning.training.record import (
    Run,
    RunRecord,
    StoppedError,
    read_history,
    read_record,
)
from bentjets.learning.training.training import train_run

__all__ = [
    "Chosen",
    "Run",
    "RunRecord",
    "StoppedError",
    "check_models",
    "read_history",
    "read_record",
    "train_run",
]
