"""How far a step has come: a bar on a terminal, a line every half minute elsewhere."""

from __future__ import annotations

import logging
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Self

from bentjets.engine.batches import Failure

logger = logging.getLogger(__name__)

# Failed sources named on screen; all of them are in the pipeline's log.
_NAMED = 5
_LINE_EVERY_S = 30.0


@dataclass
class Progress:
    """What is told of a step while it works on many sources.

    Parameters
    ----------
    step
        Name of the step.
    total
        Number of sources, if that is known.
    """

    step: str
    total: int | None = None
    _done: int = field(default=0, init=False)
    _failures: Counter[str] = field(default_factory=Counter, init=False)
    _examples: dict[str, str] = field(default_factory=dict, init=False)
    _started: float = field(default_factory=time.monotonic, init=False)
    _told: float = field(default_factory=time.monotonic, init=False)
    _bar: Any = field(default=None, init=False)

    def __enter__(self) -> Self:
        from tqdm import tqdm

        # disable=None: only on a terminal.
        self._bar = tqdm(total=self.total, desc=self.step, unit="source", disable=None)
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.close()
        rest = self._failures.total() - _NAMED
        if rest > 0:
            reasons = "; ".join(
                f"{count} × {self._examples[kind]}"
                for kind, count in self._failures.most_common(_NAMED)
            )
            logger.warning(
                "%s: %d more sources without a result; in all: %s", self.step, rest, reasons
            )

    def advance(self, source_id: str, failure: Failure | None = None) -> None:
        """Count a source that is done, or has failed."""
        self._done += 1
        self._bar.update()
        if failure is not None:
            self._failures[failure.kind] += 1
            self._examples.setdefault(failure.kind, failure.message)
            if self._failures.total() <= _NAMED:
                logger.warning("%s: %s", source_id, failure.message)
        now = time.monotonic()
        if self._bar.disable and now - self._told >= _LINE_EVERY_S:
            self._told = now
            of = f" of {self.total}" if self.total else ""
            failed = f", {self._failures.total()} without a result" if self._failures else ""
            logger.info(
                "%s: %d%s sources after %.0f s%s",
                *(self.step, self._done, of, now - self._started, failed),
            )
