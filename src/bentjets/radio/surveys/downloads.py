"""What a public service answered about one place on the sky, and what it cost to ask."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from time import perf_counter
from typing import Any, TypeVar

from bentjets.errors import BentjetsError
from bentjets.radio.surveys.services import ImageRequest, ImageService, OutsideFootprintError
from bentjets.transport import PoliteSession

_T = TypeVar("_T")


@dataclass(frozen=True)
class Download:
    """What a service answered about one place, and what it cost.

    Parameters
    ----------
    file
        The FITS file as it came; blank where the survey has no data.
    attempts
        How often the service was asked.
    seconds
        How long that took.
    date
        When it answered (UTC, ISO 8601, to the microsecond).
    """

    file: bytes
    attempts: int
    seconds: float
    date: str


def download(request: ImageRequest, *, service: ImageService) -> Download:
    """Ask a service for an image (a function to remember: keep its text as it is)."""
    return _download(request, service)


def _download(request: ImageRequest, service: ImageService) -> Download:
    effort = _Effort(service.session)
    try:
        file = service.ask(request, effort.persist)
    except BentjetsError as error:
        if isinstance(error, OutsideFootprintError):
            # So a service says, too, that has lost all its images.
            service.session.doubt(str(error))
        error.record = effort.cost()
        raise
    service.session.succeed()
    date = datetime.now(UTC).isoformat(timespec="microseconds")
    return Download(file, date=date, **effort.cost())


class _Effort:
    """Counts what one source costs."""

    def __init__(self, session: PoliteSession) -> None:
        self._session = session
        self._start = perf_counter()
        self._attempts = 1

    def persist(self, ask: Callable[[], _T]) -> _T:
        return self._session.persist(ask, on_retry=self._count)

    def cost(self) -> dict[str, Any]:
        return {"attempts": self._attempts, "seconds": round(perf_counter() - self._start, 3)}

    def _count(self) -> None:
        self._attempts += 1
