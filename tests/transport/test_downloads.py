from __future__ import annotations

import threading
import time
from datetime import UTC, datetime

import pytest
import requests

from bentjets.errors import InputError, ServiceError
from bentjets.transport import PassingError, Politeness, PoliteSession, Retry, download
from services import Services

QUICK = Politeness(per_second=1000, read_s=0.3, answer_s=1, attempts=3, backoff_s=0.01)


@pytest.fixture
def session() -> PoliteSession:
    return PoliteSession("the archive", QUICK)


@pytest.fixture
def ask(services: Services, session):
    """Ask the stand-in for a file, as often as need be."""
    services.add_record({"file": b"0123456789"})
    address = f"{services.address}/api/records/1000001/files/file/content"

    def get() -> bytes:
        response = session.get(address)
        response.raise_for_status()
        return response.content

    def ask(retry: Retry) -> bytes:
        return retry(get)

    return ask


def test_the_file_comes_with_its_cost_and_date(ask, session) -> None:
    before = datetime.now(UTC)
    start = time.monotonic()
    answer = download(ask, session=session)
    assert (answer.file, answer.attempts) == (b"0123456789", 1)
    assert 0 < answer.seconds <= time.monotonic() - start + 0.001
    assert before <= datetime.fromisoformat(answer.date) <= datetime.now(UTC)
    assert len(answer.date) == len("2026-11-23T12:00:00.123456+00:00")


def test_attempts_are_counted(ask, session, services) -> None:
    services.fail("server_error", times=2)
    assert download(ask, session=session).attempts == 3


def test_each_download_counts_its_own(ask, session, services) -> None:
    services.fail("server_error", times=1)
    counts: list[int] = []
    threads = [
        threading.Thread(target=lambda: counts.append(download(ask, session=session).attempts))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(counts) == [1, 1, 1, 2]


def test_what_fails_tells_its_cost(ask, session, services) -> None:
    services.fail("unavailable", times=9)
    with pytest.raises(ServiceError, match="3 times") as caught:
        download(ask, session=session)
    assert caught.value.record["attempts"] == 3
    assert caught.value.record["seconds"] > 0


def test_a_whole_file_is_a_success_and_nothing_else_is(session) -> None:
    def ask(retry: Retry) -> bytes:
        def half() -> bytes:
            raise PassingError("half a file")

        retry(half)
        return b""

    for _ in range(6):
        with pytest.raises(ServiceError):
            download(ask, session=session)
    download(lambda retry: b"whole", session=session)
    for _ in range(6):
        with pytest.raises(ServiceError):
            download(ask, session=session)
    assert session.breaker.state == "closed"  # 18 failures in a row, twice; 20 are too many
    with pytest.raises(ServiceError):
        download(ask, session=session)
    assert session.breaker.state == "open"


def test_errors_of_the_caller_come_through(session) -> None:
    def ask(retry: Retry) -> bytes:
        raise InputError("not this one")

    with pytest.raises(InputError, match="not this one") as caught:
        download(ask, session=session)
    assert caught.value.record["attempts"] == 1
    with pytest.raises(requests.ConnectionError):
        download(lambda retry: session.get("http://127.0.0.1:1/").content, session=session)
