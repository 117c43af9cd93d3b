from __future__ import annotations

import threading
import time
from email.utils import formatdate

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from bentjets.errors import ServiceError
from bentjets.transport import PassingError, Politeness, Retries, ServiceDownError
from bentjets.transport.asking.retries import backoff_s, retry_after_s


def answer(status: int, **headers: str) -> requests.Response:
    response = requests.Response()
    response.status_code = status
    response.headers.update(headers)
    return response


def http_error(status: int) -> requests.HTTPError:
    return requests.HTTPError(response=answer(status))


class Asked:
    """Raises one error after the other, then gives what was asked for."""

    def __init__(self, *errors: Exception) -> None:
        self.errors = list(errors)
        self.times = 0

    def __call__(self) -> str:
        self.times += 1
        if self.errors:
            raise self.errors.pop(0)
        return "at last"


@pytest.fixture
def failures() -> list[str]:
    return []


@pytest.fixture
def retries(failures) -> Retries:
    limits = Politeness(attempts=3, backoff_s=0.001)
    return Retries("SkyView", limits, over=threading.Event(), on_failure=failures.append)


@pytest.mark.parametrize(
    ("error", "told"),
    [
        *((http_error(status), f"HTTP {status}") for status in (429, 500, 502, 503)),
        (requests.ConnectionError(), "ConnectionError"),
        (requests.ReadTimeout(), "ReadTimeout"),
        (PassingError("half a file"), "half a file"),
    ],
)
def test_what_may_pass_is_tried_again(retries, failures, error, told) -> None:
    tries: list[int] = []
    asked = Asked(error, error)
    assert retries.call(asked, on_retry=lambda: tries.append(asked.times)) == "at last"
    assert tries == [1, 2]
    assert failures == [told, told]


@pytest.mark.parametrize("status", [400, 403, 404])
def test_what_will_not_pass_is_not_but_counts(retries, failures, status) -> None:
    asked = Asked(http_error(status))
    with pytest.raises(ServiceError, match=rf"^SkyView failed \(HTTP {status}\): check"):
        retries.call(asked)
    assert asked.times == 1
    assert failures == [f"HTTP {status}"]


def test_attempts_have_an_end(retries, failures) -> None:
    asked = Asked(*[PassingError("half a file")] * 9)
    with pytest.raises(ServiceError, match=r"SkyView failed, 3 times \(half a file\): check"):
        retries.call(asked)
    assert asked.times == len(failures) == 3


@pytest.mark.parametrize("error", [ZeroDivisionError(), ServiceDownError("SkyView is down")])
def test_other_errors_come_through_and_do_not_count(retries, failures, error) -> None:
    with pytest.raises(type(error)):
        retries.call(Asked(error))
    assert failures == []


def test_nobody_waits_when_all_is_over() -> None:
    over = threading.Event()
    patient = Retries(
        "SkyView", Politeness(attempts=2, backoff_s=60), over=over, on_failure=[].append
    )
    threading.Timer(0.1, over.set).start()
    start = time.monotonic()
    assert patient.call(Asked(PassingError("busy"))) == "at last"
    assert time.monotonic() - start < 10


@given(st.floats(0.001, 100), st.integers(1, 40))
def test_waits_double_about_their_mean_up_to_a_minute(mean_s, failures) -> None:
    expected_s = min(mean_s * 2 ** (failures - 1), 60)
    assert expected_s * 0.5 <= backoff_s(mean_s, failures) <= expected_s * 1.5


class TestRetryAfter:
    def test_seconds(self) -> None:
        assert retry_after_s(answer(429, **{"Retry-After": "17"})) == 17.0

    def test_date(self) -> None:
        date = formatdate(time.time() + 100, usegmt=True)
        assert 98 < retry_after_s(answer(503, **{"Retry-After": date})) <= 100

    @pytest.mark.parametrize(
        "given", ["", "²", "soon", "-3", "1.5e3", "Wed, 21 Oct 2015 07:28:00 GMT"]
    )
    def test_anything_else_is_no_pause(self, given) -> None:
        assert retry_after_s(answer(429, **{"Retry-After": given})) == 0.0

    def test_without_one_there_is_no_pause(self) -> None:
        assert retry_after_s(answer(429)) == 0.0
