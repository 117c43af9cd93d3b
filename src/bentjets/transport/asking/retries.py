"""Which failures may pass, and asking again after those."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any, TypeVar

import requests

from bentjets.errors import ServiceError
from bentjets.transport.asking.politeness import Politeness

T = TypeVar("T")
Retry = Callable[[Callable[[], Any]], Any]
"""Calls a function that makes requests, again if it fails in a way that may pass."""

_LONGEST_BACKOFF_S = 60.0


class PassingError(ServiceError):
    """A service failed in a way that may pass: it is asked again."""


class Retries:
    """Asks a service again, patiently, as often as is polite.

    Parameters
    ----------
    service
        What to call the service in errors.
    politeness
        How often, and how long to wait in between.
    over
        Ends every wait, once it is set.
    on_failure
        Called with each failed attempt, whether it may pass or not.
    """

    def __init__(
        self,
        service: str,
        politeness: Politeness,
        *,
        over: threading.Event,
        on_failure: Callable[[str], None],
    ) -> None:
        self._service = service
        self._politeness = politeness
        self._over = over
        self._on_failure = on_failure

    def call(self, ask: Callable[[], T], *, on_retry: Callable[[], None] | None = None) -> T:
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
            stop=tenacity.stop_after_attempt(self._politeness.attempts),
            wait=lambda state: backoff_s(self._politeness.backoff_s, state.attempt_number),
            sleep=tenacity.sleep_using_event(self._over),
            retry=tenacity.retry_if_exception(self._is_worth_another),
            before_sleep=lambda _: on_retry() if on_retry else None,
            reraise=True,
        )
        try:
            return retrying(ask)
        except (requests.RequestException, PassingError) as error:
            tries = retrying.statistics["attempt_number"]
            raise ServiceError(
                f"{self._service} failed{f', {tries} times' if tries > 1 else ''} "
                f"({_describe(error)}): check the internet connection and run again; what is "
                "finished is kept"
            ) from error

    def _is_worth_another(self, error: BaseException) -> bool:
        if isinstance(error, requests.RequestException | PassingError):
            self._on_failure(_describe(error))
        return _may_pass(error)


def backoff_s(mean_s: float, failures: int) -> float:
    """Choose how long to wait after so many failures; threads that failed together part.

    Exponential, with a jitter of half to one and a half.

    Parameters
    ----------
    mean_s
        Mean wait after the first failure, in s.
    failures
        How many there have been.
    """
    longest = min(mean_s * 2.0 ** (failures - 1), _LONGEST_BACKOFF_S)
    return longest * random.uniform(0.5, 1.5)


def retry_after_s(response: requests.Response) -> float:
    """Read the header Retry-After (RFC 9110): seconds, or a date; 0 without one."""
    given = response.headers.get("Retry-After", "")
    try:
        if given.isdecimal():
            return float(given)
        return max(0.0, parsedate_to_datetime(given).timestamp() - time.time())
    except ValueError:
        return 0.0


def is_passing(status: int) -> bool:
    """Tell whether an HTTP status is about the moment: 429 and 5xx."""
    return status == HTTPStatus.TOO_MANY_REQUESTS or status >= HTTPStatus.INTERNAL_SERVER_ERROR


def _may_pass(error: BaseException) -> bool:
    if isinstance(error, requests.HTTPError):
        return error.response is not None and is_passing(error.response.status_code)
    return isinstance(error, PassingError | requests.ConnectionError | requests.Timeout)


def _describe(error: BaseException) -> str:
    if isinstance(error, requests.HTTPError) and error.response is not None:
        return f"HTTP {error.response.status_code}"
    if isinstance(error, PassingError):
        return str(error)
    return type(error).__name__
