"""A run to be trained, and the seeds of what it draws."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bentjets.errors import BentjetsError
from bentjets.learning.data.protocols import RunPlan
from bentjets.learning.settings import ModelSettings, TrainingSettings

_BITS = 63


class StoppedError(BentjetsError):
    """Training was asked to stop, and goes on when it is started again."""


@dataclass(frozen=True)
class Run:
    """A run to be trained: one model, protocol, fold and seed, in a folder of its own.

    Parameters
    ----------
    entry
        The model's name in the parameters.
    plan
        Which sources are for what.
    model, training
        The settings of the model, and how it is trained.
    folder
        The run's folder.
    facts
        What else the description of the network shall hold, such as ``pixel_scale_arcsec``.
    """

    entry: str
    plan: RunPlan
    model: ModelSettings
    training: TrainingSettings
    folder: Path
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The run's name in messages."""
        return f"{self.entry} {self.plan.name}"

    def seed_of(self, *names: object) -> int:
        """Give the seed of a stream of this run, which no other run has."""
        plan = self.plan
        return stream_seed(self.entry, plan.protocol, plan.fold, plan.seed, *names)


def stream_seed(*names: object) -> int:
    """Give the seed of the stream with these names: the same on every machine.

    Parameters
    ----------
    *names
        What tells the stream apart, such as the model, the seed and the epoch.

    Returns
    -------
    int
        0 to 2**63 - 1.
    """
    digest = hashlib.sha256("/".join(map(str, names)).encode()).digest()
    return int.from_bytes(digest[:8], "little") >> (64 - _BITS)
