"""A session of requests that keeps a service's limits, and its own.

Every request to a service goes through one `PoliteSession`, which the libraries that know the
service (astroquery) use as their own.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any, TypeVar

import requests
import urllib3
from requests.adapters import HTTPAdapter

from bentjets import __version__
from bentjets.transport.asking.circuit_breaker import CircuitBreaker
from bentjets.transport.asking.politeness import Politeness
from bentjets.transport.asking.rate_limiter import RateLimiter
from bentjets.transport.asking.retries import Retries, backoff_s, is_passing, retry_after_s

T = TypeVar("T")

# A service that asks for a longer pause is not to be had in this run.
_LONGEST_PAUSE_S = 600.0
_PIECE_BYTES = 2**16


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

    Attributes
    ----------
    breaker
        Knows whether the service is asked at all. It counts the failures that `retry` meets;
        whoever asks says what is a success.

    Raises
    ------
    ServiceDownError
        By every request, once the service has failed too often in a row, or asked for too long a
        pause.
    """

    def __init__(self, service: str, politeness: Politeness) -> None:
        super().__init__()
        self.politeness = politeness
        self.headers["User-Agent"] = f"bentjets/{__version__} {self.headers['User-Agent']}"
        self._over = threading.Event()
        self.breaker = CircuitBreaker(
            service,
            politeness.give_up_after,
            wait=lambda failures: self._over.wait(backoff_s(politeness.backoff_s, failures)),
        )
        self._retries = Retries(
            service, politeness, over=self._over, on_failure=self.breaker.record_failure
        )
        limiter = RateLimiter(politeness.per_second, self._over)
        adapter = PoliteAdapter(politeness, self.breaker, limiter)
        self.mount("https://", adapter)
        self.mount("http://", adapter)

    def retry(self, ask: Callable[[], T], *, on_retry: Callable[[], None] | None = None) -> T:
        """Call a function that makes requests, again if it fails in a way that may pass.

        Parameters and errors are those of `bentjets.transport.asking.retries.Retries.call`.
        """
        return self._retries.call(ask, on_retry=on_retry)

    def close(self) -> None:
        """Ask no more, and let nobody wait any longer."""
        self.breaker.open("is left alone, as the run is over")
        self._over.set()
        super().close()


class PoliteAdapter(HTTPAdapter):
    """Sends each request when the breaker, the limiter and the limits let it pass.

    Parameters
    ----------
    politeness
        The limits on time, and on requests at the same time.
    breaker, limiter
        What else a request has to pass.
    """

    def __init__(
        self, politeness: Politeness, breaker: CircuitBreaker, limiter: RateLimiter
    ) -> None:
        super().__init__(pool_connections=4, pool_maxsize=politeness.in_flight)
        self._politeness = politeness
        self._breaker = breaker
        self._limiter = limiter
        self._in_flight = threading.BoundedSemaphore(politeness.in_flight)

    def send(  # type: ignore[override]
        self, request: requests.PreparedRequest, stream: bool = False, **options: Any
    ) -> requests.Response:
        """Send a request once it may be sent; read the answer, unless it is to be a stream."""
        limits = self._politeness
        options["timeout"] = (limits.connect_s, limits.read_s)
        with self._in_flight:
            self._breaker.check()
            self._limiter.acquire()
            self._breaker.check()
            response = super().send(request, stream=True, **options)
            if not stream:
                _read_whole(response, limits.answer_s)
        if is_passing(response.status_code):
            self._pause(response)
        return response

    def _pause(self, response: requests.Response) -> None:
        pause_s = retry_after_s(response)
        if pause_s > _LONGEST_PAUSE_S:
            self._breaker.open(f"asks to be left alone for {pause_s:.0f} s")
        else:
            self._limiter.pause(pause_s)


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
