"""The polite session, against a real server that fails."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import requests

from bentjets.errors import ServiceError
from bentjets.transport import Politeness, PoliteSession, ServiceDownError

Answer = tuple[int, str, bytes]


class Pages:
    """A server whose paths a test fills; unknown paths answer 404."""

    def __init__(self) -> None:
        self.paths: dict[str, Callable[[], Answer]] = {}
        self.requests: list[str] = []
        pages = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                pages.requests.append(self.path)
                path = self.path.partition("?")[0]
                answer = pages.paths.get(path, lambda: (404, "text/plain", b"not found"))
                status, kind, body = answer()
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args: object) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def answer(self, path: str, body: bytes, *, kind: str = "text/html", status: int = 200) -> None:
        self.paths[path] = lambda: (status, kind, body)


@pytest.fixture
def pages() -> Iterator[Pages]:
    server = Pages()
    yield server
    server.server.shutdown()
    server.server.server_close()


QUICK = Politeness(
    per_second=1000, in_flight=4, connect_s=2, read_s=0.5, answer_s=1, attempts=3, backoff_s=0.01
)


def limits(**changes: float) -> Politeness:
    return Politeness(**{**QUICK.model_dump(), **changes})


@pytest.fixture
def page(pages) -> str:
    pages.answer("/page", b"whole")
    return f"{pages.address}/page"


def get(session: PoliteSession, address: str) -> bytes:
    response = session.get(address)
    response.raise_for_status()
    return response.content


def test_answers_are_read_whole(page) -> None:
    assert get(PoliteSession("test", QUICK), page) == b"whole"


@pytest.mark.parametrize("fault", ["drip", "hang", "truncate", "refuse"])
def test_answers_that_do_not_come_end_in_time(services, fault) -> None:
    services.fail(fault, times=9)
    record = services.add_record({"file": b"x" * 10_000})
    session = PoliteSession("test", limits(answer_s=0.3, read_s=0.3))
    with pytest.raises((requests.ConnectionError, requests.Timeout)):
        session.get(record)
    services.release()


class TestRetry:
    def test_what_may_pass_is_tried_again(self, pages) -> None:
        answers = iter([503, 429, 200])
        pages.paths["/page"] = lambda: (next(answers), "text/plain", b"at last")
        retries = []
        session = PoliteSession("test", QUICK)
        content = session.retry(
            lambda: get(session, f"{pages.address}/page"), on_retry=lambda: retries.append(1)
        )
        assert content == b"at last"
        assert len(retries) == 2

    @pytest.mark.parametrize("status", [400, 403, 404])
    def test_what_will_not_pass_is_not(self, pages, status) -> None:
        pages.answer("/page", b"no", status=status)
        session = PoliteSession("test", QUICK)
        with pytest.raises(ServiceError, match=rf"^test failed \(HTTP {status}\)"):
            session.retry(lambda: get(session, f"{pages.address}/page"))
        assert len(pages.requests) == 1

    def test_attempts_have_an_end(self, pages) -> None:
        pages.answer("/page", b"", status=500)
        session = PoliteSession("test", QUICK)
        with pytest.raises(ServiceError, match=r"test failed, 3 times \(HTTP 500\): check"):
            session.retry(lambda: get(session, f"{pages.address}/page"))
        assert len(pages.requests) == 3


class TestPace:
    def test_requests_keep_their_distance(self, services) -> None:
        record = services.add_record({})
        session = PoliteSession("test", limits(per_second=50))
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda _: session.get(record), range(30)))
        times = [request.started for request in services.asked()]
        assert times[-1] - times[0] >= 29 / 50 * 0.95
        assert services.most_in_flight() <= 4

    def test_no_more_are_in_flight_than_allowed(self, services) -> None:
        record = services.add_record({})
        services.fail("drip", times=99)
        session = PoliteSession("test", limits(in_flight=2, answer_s=5))
        threading.Timer(0.5, services.release).start()
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda _: session.get(record), range(8)))
        assert services.most_in_flight() == 2

    @pytest.mark.parametrize("form", ["seconds", "date"])
    def test_a_pause_that_a_service_asks_for_holds_for_every_request(self, services, form) -> None:
        record = services.add_record({})
        services.retry_after = (
            "1" if form == "seconds" else formatdate(time.time() + 2, usegmt=True)
        )
        services.fail("too_many")
        session = PoliteSession("test", QUICK)
        session.get(record)
        start = time.monotonic()
        session.get(record)
        assert time.monotonic() - start > 0.7

    def test_a_very_long_pause_ends_the_run(self, services) -> None:
        services.retry_after = "86400"
        services.fail("too_many")
        session = PoliteSession("test", QUICK)
        session.get(services.add_record({}))
        with pytest.raises(ServiceDownError, match="asks to be left alone for 86400 s"):
            session.get(services.add_record({}))


class TestCircuitBreaker:
    def test_a_service_that_only_fails_is_not_asked_for_ever(self, pages) -> None:
        pages.answer("/page", b"", status=500)
        session = PoliteSession("SkyView", limits(attempts=100, give_up_after=7))
        with pytest.raises(ServiceDownError, match=r"SkyView failed 7 times in a row \(last: HTTP"):
            session.retry(lambda: get(session, f"{pages.address}/page"))
        with pytest.raises(ServiceDownError, match="not asked any more"):
            session.get(f"{pages.address}/page")
        assert len(pages.requests) == 7

    def test_an_unreachable_service_counts(self) -> None:
        session = PoliteSession("test", limits(attempts=100, give_up_after=3))
        with pytest.raises(ServiceDownError, match="last: ConnectionError"):
            session.retry(lambda: session.get("http://127.0.0.1:1/"))

    @pytest.fixture
    def session(self, pages) -> PoliteSession:
        """Allow six failures in a row, and two attempts."""
        pages.answer("/broken", b"", status=500)
        return PoliteSession("test", limits(attempts=2, give_up_after=7))

    def fail(self, session: PoliteSession, pages, kind: type[ServiceError]) -> None:
        with pytest.raises(ServiceError) as caught:
            session.retry(lambda: get(session, f"{pages.address}/broken"))
        assert caught.type is kind

    def test_only_a_success_starts_the_count_anew(self, session, pages, page) -> None:
        for _ in range(3):
            session.retry(lambda: get(session, page))  # a part of what is wanted
            self.fail(session, pages, ServiceError)
        session.breaker.record_success()
        for _ in range(3):
            self.fail(session, pages, ServiceError)
        self.fail(session, pages, ServiceDownError)

    def test_a_service_that_can_do_what_it_could_is_not_down(self, session, pages, page) -> None:
        session.breaker.probe = lambda: get(session, page)
        for _ in range(10):
            self.fail(session, pages, ServiceError)
        assert pages.requests.count("/page") == 2
        pages.answer("/page", b"", status=503)
        self.fail(session, pages, ServiceDownError)

    def test_refusals_count_as_well(self, pages) -> None:
        """A service that has had enough of us is not asked for a whole catalogue."""
        pages.answer("/page", b"", status=403)
        session = PoliteSession("test", limits(give_up_after=5))
        for _ in range(20):
            with pytest.raises(ServiceError):
                session.retry(lambda: get(session, f"{pages.address}/page"))
        assert len(pages.requests) == 5

    def test_one_unlucky_probe_is_not_the_end(self, session, pages) -> None:
        answers = iter([503, 404, 200])
        pages.paths["/sometimes"] = lambda: (next(answers), "text/plain", b"")
        session.breaker.probe = lambda: get(session, f"{pages.address}/sometimes")
        for _ in range(4):
            self.fail(session, pages, ServiceError)
        assert pages.requests.count("/sometimes") == 3


def test_nobody_waits_for_a_session_that_is_closed(pages) -> None:
    pages.answer("/page", b"", status=503)
    session = PoliteSession("test", limits(backoff_s=60, attempts=9))
    threading.Timer(0.3, session.close).start()
    start = time.monotonic()
    with pytest.raises(ServiceDownError, match="the run is over"):
        session.retry(lambda: get(session, f"{pages.address}/page"))
    assert time.monotonic() - start < 10
    assert len(pages.requests) == 1


def test_services_can_tell_who_asks(pages) -> None:
    session = PoliteSession("test", QUICK)
    pages.answer("/page", b"")
    assert (
        session.get(f"{pages.address}/page").request.headers["User-Agent"].startswith("bentjets/")
    )
