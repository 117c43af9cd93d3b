"""What a public service answered, and what it cost to ask."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from time import perf_counter
from typing import Any

from bentjets.errors import BentjetsError
from bentjets.transport.asking.retries import Retry
from bentjets.transport.asking.session import PoliteSession


@dataclass(frozen=True)
class Download:
    """A file as a service gave it, and what it cost.

    Parameters
    ----------
    file
        What is in the file.
    attempts
        How often the service was asked; 0 if the file was put there by hand.
    seconds
        How long that took, in s.
    date
        When it answered (UTC, ISO 8601, to the microsecond).
    """

    file: bytes
    attempts: int
    seconds: float
    date: str


def download(ask: Callable[[Retry], bytes], *, session: PoliteSession) -> Download:
    """Ask a service for a file, and count what it costs.

    Parameters
    ----------
    ask
        Asks for the file; it is given what calls the functions that make requests.
    session
        What makes the requests.

    Raises
    ------
    BentjetsError
        As `ask` raises it; its record then tells the attempts and the seconds.
    """
    effort = _Effort(session)
    try:
        file = ask(effort.retry)
    except BentjetsError as error:
        error.record = effort.cost()
        raise
    session.breaker.record_success()
    date = datetime.now(UTC).isoformat(timespec="microseconds")
    return Download(file, date=date, **effort.cost())


class _Effort:
    """Counts what one file costs."""

    def __init__(self, session: PoliteSession) -> None:
        self._session = session
        self._start = perf_counter()
        self._attempts = 1

    def retry(self, ask: Callable[[], Any]) -> Any:
        return self._session.retry(ask, on_retry=self._count)

    def cost(self) -> dict[str, Any]:
        return {"attempts": self._attempts, "seconds": round(perf_counter() - self._start, 3)}

    def _count(self) -> None:
        self._attempts += 1
