"""What a run learns of itself from its own log: warnings, silence, and what was really done."""

from __future__ import annotations

import logging
import time
from types import TracebackType
from typing import Self

from bentjets.engine import TALLIES, Tally

_TRAINING = "bentjets.learning.training"


class Listener(logging.Handler):
    """Counts what is logged while it listens; it writes nothing.

    As a context manager, it listens from its beginning to its end.
    """

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.warnings = 0
        self._heard = time.monotonic()
        self._tallies: list[Tally] = []
        self._trained = 0

    def __enter__(self) -> Self:
        for name in ("", TALLIES):
            logging.getLogger(name).addHandler(self)
        logging.getLogger(TALLIES).setLevel(logging.DEBUG)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for name in ("", TALLIES):
            logging.getLogger(name).removeHandler(self)
        logging.getLogger(TALLIES).setLevel(logging.NOTSET)

    def emit(self, record: logging.LogRecord) -> None:
        """Count a record."""
        if isinstance(tally := getattr(record, "tally", None), Tally):
            self._tallies.append(tally)
            return
        self._heard = time.monotonic()
        self.warnings += record.levelno >= logging.WARNING
        # It says of each network that was trained what came of it, and nothing of the others.
        self._trained += record.name.startswith(_TRAINING) and record.levelno == logging.INFO

    @property
    def silent_s(self) -> float:
        """How long nothing has been told, s."""
        return time.monotonic() - self._heard

    def take(self) -> tuple[list[Tally], int]:
        """Give the steps that ended, and the number of networks trained, since the last call."""
        taken = self._tallies, self._trained
        self._tallies, self._trained = [], 0
        return taken
