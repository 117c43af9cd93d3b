"""Asking public services: patiently, politely, and no longer than there is hope.

Every request to a service goes through one `PoliteSession`, which the libraries that know the
service (astroquery) use as their own.
"""

from __future__ import annotations

import math
import random
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from email.utils import parsedate_to_datetime
from typing import Any, TypeVar

import requests
import urllib3
from requests.adapters import HTTPAdapter

from bentjets import __version__
from bentjets.errors import BentjetsError, InputError, ServiceError

T = TypeVar("T")

_TOO_MANY_REQUESTS = 429
_SERVER_ERROR = 500
# A service that asks for a longer pause is not to be had in this run.
_LONGEST_PAUSE_S = 600.0
_LONGEST_BACKOFF_S = 60.0
_PIECE_BYTES = 2**16
# A single answer may fail without meaning anything.
_PROBES = 3


@dataclass(frozen=True)
class Politeness:
    """How a public service is asked.

    Parameters
    ----------
    per_second
        Requests that are started in a second, at most.
    in_flight
        Requests that are under way at the same time, at most.
    connect_s, read_s
        How long to wait for a connection, and for the next piece of an answer.
    answer_s
        How long an answer may take from its first to its last byte.
    attempts
        How often a request is made that fails for a reason that may pass.
    backoff_s
        Mean wait before the second attempt; twice that before the third, and so on.
    give_up_after
        Failed attempts, without a success between them, after which the service is not asked any
        more, unless it can still do what it could before.
    """

    per_second: float = 4.0
    in_flight: int = 4
    connect_s: float = 10.0
    read_s: float = 60.0
    answer_s: float = 180.0
    attempts: int = 5
    backoff_s: float = 2.0
    give_up_after: int = 20

    def __post_init__(self) -> None:
        """Refuse what is not a positive number."""
        for field in fields(self):
            value = getattr(self, field.name)
            kinds, what = (int, "whole number") if field.type == "int" else (int | float, "number")
            if isinstance(value, bool) or not isinstance(value, kinds) or not 0 < value < math.inf:
                raise InputError(
                    f"acquisition.requests.{field.name} is {value!r}: give a {what} above 0"
                )

    @classmethod
    def from_settings(cls, settings: Mapping[str, Any]) -> Politeness:
        """Read ``acquisition.requests``.

        Raises
        ------
        InputError
            If a setting is unknown or makes no sense.
        """
        known = [field.name for field in fields(cls)]
        for name in settings:
            if name not in known:
                raise InputError(
                    f"acquisition.requests.{name} is unknown: choose from {', '.join(known)}"
                )
        return cls(**settings)


class PassingError(ServiceError):
    """A service failed in a way that may pass: it is asked again."""


class ServiceDownError(ServiceError):
    """A service fails whatever it is asked, and is not asked any more."""


class PoliteSession(requests.Session):
    """A session of requests that keeps a service's limits, and its own.

    Time limits, pace and pauses hold for every request, whoever makes it. The body of an answer
    is read whole before it is handed on, unless it is asked for as a stream.

    Parameters
    ----------
    service
        What to call the service in errors.
    politeness
        The limits.

    Raises
    ------
    ServiceDownError
        By every request, once the service has failed too often in a row, or asked for too long a
        pause.
    """

    def __init__(self, service: str, politeness: Politeness) -> None:
        super().__init__()
        self.service = service
        self.politeness = politeness
        self.headers["User-Agent"] = f"bentjets/{__version__} {self.headers['User-Agent']}"
        self._over = threading.Event()
        self._hope = _Hope(service, politeness, self._over)
        adapter = _PoliteAdapter(politeness, self._hope, _Pace(politeness.per_second, self._over))
        self.mount("https://", adapter)
        self.mount("http://", adapter)

    def persist(self, ask: Callable[[], T], *, on_retry: Callable[[], None] | None = None) -> T:
        """Call a function that makes requests, again if it fails in a way that may pass.

        Parameters
        ----------
        ask
            What to call: it may raise what requests raises, or `PassingError`.
        on_retry
            Called before every attempt but the first.

        Raises
        ------
        ServiceError
            If all attempts failed, or the service refused.
        """
        import tenacity

        retrying = tenacity.Retrying(
            stop=tenacity.stop_after_attempt(self.politeness.attempts),
            wait=lambda state: _backoff_s(self.politeness, state.attempt_number),
            sleep=tenacity.sleep_using_event(self._over),
            retry=tenacity.retry_if_exception(self._may_pass),
            before_sleep=lambda _: on_retry() if on_retry else None,
            reraise=True,
        )
        try:
            return retrying(ask)
        except (requests.RequestException, PassingError) as error:
            tries = retrying.statistics["attempt_number"]
            raise ServiceError(
                f"{self.service} failed{f', {tries} times' if tries > 1 else ''} "
                f"({_describe(error)}): check the internet connection and run again; what is "
                "finished is kept"
            ) from error

    def succeed(self) -> None:
        """Count failures anew: what was wanted of the service is there, not only a part of it."""
        self._hope.restore()

    def doubt(self, reason: str) -> None:
        """Count what is a failure only if the service cannot do what it could before."""
        if self._hope.probe is not None:
            self._hope.lose(reason)

    def trust(self, probe: Callable[[], object]) -> None:
        """Name something that the service can do.

        When it seems to be down, it is asked for that: sources that always fail may come in a row,
        in a run that resumes above all.
        """
        self._hope.probe = probe

    def close(self) -> None:
        """Ask no more, and let nobody wait any longer."""
        self._hope.give_up("is left alone, as the run is over")
        self._over.set()
        super().close()

    def _may_pass(self, error: BaseException) -> bool:
        if isinstance(error, requests.RequestException | PassingError):
            self._hope.lose(_describe(error))
        return _may_pass(error)


class _Hope:
    """Knows whether it makes sense to ask a service again (a circuit breaker)."""

    def __init__(self, service: str, politeness: Politeness, over: threading.Event) -> None:
        self.probe: Callable[[], object] | None = None
        self._service = service
        self._politeness = politeness
        self._over = over
        self._failures = 0
        self._lost = ""
        self._lock = threading.Lock()

    def restore(self) -> None:
        """Count from 0 again."""
        self._failures = 0

    def lose(self, reason: str) -> None:
        """Count a failure; after too many, see whether it is the service, or what was asked."""
        with self._lock:
            self._failures += 1
            if self._failures < self._politeness.give_up_after or self._lost:
                return
            if self._probe_answers():
                self._failures = 0
            else:
                self.give_up(f"failed {self._failures} times in a row (last: {reason})")

    def give_up(self, reason: str) -> None:
        """Ask no more."""
        self._lost = reason

    def check(self) -> None:
        if self._lost:
            raise ServiceDownError(f"{self._service} {self._lost}: not asked any more in this run")

    def _probe_answers(self) -> bool:
        if self.probe is None:
            return False
        for attempt in range(1, _PROBES + 1):
            try:
                self.probe()
            except (requests.RequestException, BentjetsError):
                self._over.wait(_backoff_s(self._politeness, attempt))
            else:
                return True
        return False


class _PoliteAdapter(HTTPAdapter):
    """Keeps the pace and the limits of one service."""

    def __init__(self, politeness: Politeness, hope: _Hope, pace: _Pace) -> None:
        super().__init__(pool_connections=4, pool_maxsize=politeness.in_flight)
        self._politeness = politeness
        self._hope = hope
        self._pace = pace
        self._in_flight = threading.BoundedSemaphore(politeness.in_flight)

    def send(  # type: ignore[override]
        self, request: requests.PreparedRequest, stream: bool = False, **options: Any
    ) -> requests.Response:
        limits = self._politeness
        options["timeout"] = (limits.connect_s, limits.read_s)
        with self._in_flight:
            self._hope.check()
            self._pace.wait()
            self._hope.check()
            response = super().send(request, stream=True, **options)
            if not stream:
                _read_whole(response, limits.answer_s)
        if _is_passing(response.status_code):
            self._pause(response)
        return response

    def _pause(self, response: requests.Response) -> None:
        pause_s = _retry_after_s(response)
        if pause_s > _LONGEST_PAUSE_S:
            self._hope.give_up(f"asks to be left alone for {pause_s:.0f} s")
        else:
            self._pace.pause(pause_s)


class _Pace:
    """Gives every request its own slot in time, no two closer than the pace allows."""

    def __init__(self, per_second: float, over: threading.Event) -> None:
        self._interval_s = 1.0 / per_second
        self._over = over
        self._next_s = 0.0
        self._lock = threading.Lock()

    def wait(self) -> None:
        with self._lock:
            slot_s = max(self._next_s, time.monotonic())
            self._next_s = slot_s + self._interval_s
        self._over.wait(max(0.0, slot_s - time.monotonic()))

    def pause(self, seconds: float) -> None:
        with self._lock:
            self._next_s = max(self._next_s, time.monotonic() + seconds)


def _read_whole(response: requests.Response, limit_s: float) -> None:
    """Read the body as it comes: a service that drips never runs into a limit on the next piece."""
    end_s = time.monotonic() + limit_s
    pieces = []
    try:
        while piece := response.raw.read1(_PIECE_BYTES, decode_content=True):
            pieces.append(piece)
            if time.monotonic() > end_s:
                response.close()
                raise requests.ReadTimeout(f"answer not complete after {limit_s:g} s")
    except urllib3.exceptions.HTTPError as error:
        response.close()
        raise requests.ConnectionError(f"answer broke off ({type(error).__name__})") from error
    response._content = b"".join(pieces)
    response._content_consumed = True
    response.raw.release_conn()


def _backoff_s(politeness: Politeness, failures: int) -> float:
    """Choose how long to wait after so many failures; threads that failed together part."""
    longest = min(politeness.backoff_s * 2.0 ** (failures - 1), _LONGEST_BACKOFF_S)
    return longest * random.uniform(0.5, 1.5)


def _retry_after_s(response: requests.Response) -> float:
    """Read the header Retry-After (RFC 9110): seconds, or a date; 0 without one."""
    given = response.headers.get("Retry-After", "")
    try:
        if given.isdecimal():
            return float(given)
        return max(0.0, parsedate_to_datetime(given).timestamp() - time.time())
    except ValueError:
        return 0.0


def _may_pass(error: BaseException) -> bool:
    if isinstance(error, requests.HTTPError):
        return error.response is not None and _is_passing(error.response.status_code)
    return isinstance(error, PassingError | requests.ConnectionError | requests.Timeout)


def _is_passing(status: int) -> bool:
    return status == _TOO_MANY_REQUESTS or status >= _SERVER_ERROR


def _describe(error: BaseException) -> str:
    if isinstance(error, requests.HTTPError) and error.response is not None:
        return f"HTTP {error.response.status_code}"
    if isinstance(error, PassingError):
        return str(error)
    return type(error).__name__
