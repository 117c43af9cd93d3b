"""Whether there is any sense in asking a service again (Nygard, Release It!, 2nd ed., 2018)."""

from __future__ import annotations

import threading
from collections.abc import Callable
from enum import StrEnum

import requests

from bentjets.errors import BentjetsError, ServiceError

# A single answer may fail without meaning anything.
_PROBES = 3


class ServiceDownError(ServiceError):
    """A service fails whatever it is asked, and is not asked any more."""


class State(StrEnum):
    """Whether a service is asked: closed, it is; half-open, on trial; open, not any more."""

    CLOSED = "closed"
    HALF_OPEN = "half-open"
    OPEN = "open"


class CircuitBreaker:
    """Counts failures in a row; after too many, the service is not asked any more.

    Before it opens for good it is half-open: the service is asked for something that it could do
    before (`probe`), as sources that always fail may come in a row, in a run that resumes above
    all. If it can, the breaker closes again; open, it stays so for the run.

    Parameters
    ----------
    service
        What to call the service in errors.
    give_up_after
        Failures in a row.
    wait
        Called with 1, 2, ... after each failed probe, to wait before the next.

    Attributes
    ----------
    probe
        Asks for something that the service is known to give; None as long as nothing is.
    """

    def __init__(self, service: str, give_up_after: int, wait: Callable[[int], object]) -> None:
        self.probe: Callable[[], object] | None = None
        self._service = service
        self._give_up_after = give_up_after
        self._wait = wait
        self._failures = 0
        self._opened = ""
        self._is_probing = False
        self._lock = threading.Lock()

    @property
    def state(self) -> State:
        """Whether the service is asked."""
        if self._opened:
            return State.OPEN
        return State.HALF_OPEN if self._is_probing else State.CLOSED

    def check(self) -> None:
        """Let a request pass.

        Raises
        ------
        ServiceDownError
            If the breaker is open.
        """
        if self._opened:
            raise ServiceDownError(
                f"{self._service} {self._opened}: not asked any more in this run"
            )

    def record_success(self) -> None:
        """Count failures anew: what was wanted of the service is there, not only a part of it."""
        self._failures = 0

    def record_failure(self, reason: str) -> None:
        """Count a failure; after too many, see whether it is the service, or what was asked."""
        with self._lock:
            self._failures += 1
            if self._failures < self._give_up_after or self._opened:
                return
            if self._probe_succeeds():
                self._failures = 0
            else:
                self.open(f"failed {self._failures} times in a row (last: {reason})")

    def open(self, reason: str) -> None:
        """Let no request pass any more, for a reason that reads after the service's name."""
        # Without the lock: whoever ends the run does not wait for a probe.
        self._opened = self._opened or reason

    def _probe_succeeds(self) -> bool:
        if self.probe is None:
            return False
        self._is_probing = True
        try:
            for attempt in range(1, _PROBES + 1):
                try:
                    self.probe()
                except (requests.RequestException, BentjetsError):
                    self._wait(attempt)
                else:
                    return True
            return False
        finally:
            self._is_probing = False
