"""How far a step has come: a bar on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import contextlib
import logging
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Self

from bentjets.engine.batches import Failure

logger = logging.getLogger(__name__)

TALLIES = "bentjets-tallies"
"""Name of the logger that tells of a `Tally` when a step ends (DEBUG): for programs only."""

# Not below the logger bentjets, which whoever configures it would have print this, too.
_tallies = logging.getLogger(TALLIES)
_tallies.propagate = False

# Failed sources named on screen; all of them are in the pipeline's log.
_NAMED = 5
# Outside a terminal: a line at each tenth, but not oftener than this, ...
_LINE_EVERY_S = 10.0
# ... and where tenths are slow to come, a line at least this often.
_SILENT_S = 60.0
_TENTHS = 10


@dataclass(frozen=True)
class Tally:
    """What became of the sources of a step.

    Parameters
    ----------
    step
        Name of the step.
    done
        How many sources it has dealt with.
    new
        How many of them were worked on, and not found finished.
    failed
        How many have no result.
    is_kept
        Whether finished results are kept for the next run.
    """

    step: str
    done: int
    new: int
    failed: int
    is_kept: bool


@dataclass
class Progress:
    """What is told of a step while it works on many sources.

    Parameters
    ----------
    step
        Name of the step.
    total
        Number of sources, if that is known.
    is_kept
        Whether finished results are kept for the next run.
    """

    step: str
    total: int | None = None
    is_kept: bool = False
    _done: int = field(default=0, init=False)
    _new: int = field(default=0, init=False)
    _failures: Counter[str] = field(default_factory=Counter, init=False)
    _examples: dict[str, str] = field(default_factory=dict, init=False)
    _started: float = field(default=0.0, init=False)
    _told: float = field(default=0.0, init=False)
    _told_tenth: int = field(default=0, init=False)
    _bar: Any = field(default=None, init=False)
    _open: contextlib.ExitStack = field(default_factory=contextlib.ExitStack, init=False)

    def __enter__(self) -> Self:
        from tqdm import tqdm
        from tqdm.contrib.logging import logging_redirect_tqdm

        self._started = self._told = time.monotonic()
        # disable=None: only on a terminal. What the step came to is told at the end of its
        # pipeline, so that the bar need not stay.
        bar = tqdm(
            total=self.total,
            desc=self.step,
            unit=" sources",
            leave=False,
            disable=None,
            file=sys.stdout,
            dynamic_ncols=True,
        )
        self._bar = self._open.enter_context(bar)
        if not self._bar.disable:
            self._open.enter_context(logging_redirect_tqdm())
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()
        failed = self._failures.total()
        rest = failed - _NAMED
        if rest > 0:
            reasons = "; ".join(
                f"{count} × {self._examples[kind]}"
                for kind, count in self._failures.most_common(_NAMED)
            )
            logger.warning(
                "%s: %d more sources without a result; in all: %s", self.step, rest, reasons
            )
        tally = Tally(self.step, self._done, self._new, failed, self.is_kept)
        _tallies.debug("%s", self.step, extra={"tally": tally})

    def advance(
        self, source_id: str, failure: Failure | None = None, *, is_new: bool = True
    ) -> None:
        """Count a source that is done, or has failed; it is new, if it was not found finished."""
        self._done += 1
        self._new += is_new
        if failure is not None:
            self._failures[failure.kind] += 1
            self._examples.setdefault(failure.kind, failure.message)
            if self._failures.total() <= _NAMED:
                logger.warning("%s: %s", source_id, failure.message)
            self._bar.set_postfix_str(f"{self._failures.total()} failed", refresh=False)
        self._bar.update()
        if self._bar.disable and self._is_due():
            self._tell()

    def _is_due(self) -> bool:
        silent_s = time.monotonic() - self._told
        if self.total and self._tenth() == self._told_tenth:
            return silent_s >= _SILENT_S
        return silent_s >= _LINE_EVERY_S

    def _tenth(self) -> int:
        return _TENTHS * self._done // self.total if self.total else 0

    def _tell(self) -> None:
        self._told = time.monotonic()
        self._told_tenth = self._tenth()
        seconds = self._told - self._started
        rate = self._done / max(seconds, 1e-9)
        of = left = ""
        if self.total:
            of = f" of {self.total}"
            left = f", {(self.total - self._done) / rate:.0f} s left"
        failed = f", {self._failures.total()} failed" if self._failures else ""
        logger.info(
            "%s: %d%s sources in %.0f s, %.1f a second%s%s",
            *(self.step, self._done, of, seconds, rate, left, failed),
        )
