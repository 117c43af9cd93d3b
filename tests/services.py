"""A stand-in for SkyView, hips2fits, VizieR and the archive, which can be told to fail.

A real HTTP server on loopback, for the real astroquery and requests::

    def test_something(services):                     # this module is a pytest plugin
        SkyViewClass.URL = services.skyview_url       # likewise hips2fitsClass.server
        services.add_table("J/ApJS/259/31/table2", catalogue)      # a pandas table
        services.carry_https(vizier._session)         # astroquery asks VizieR by https alone
        record = services.add_record({"RGC-Bent.zip": content})    # gives its address
        mirror = make_services()                      # another server

Every position has a sky with a bent source in the middle. A survey is as large as
``services.footprint`` says; outside, SkyView answers as ``services.outside`` says (``not_found``,
``all_nan`` or ``empty_list``) and hips2fits with NaN. ``services.name_sources(ids, ra, dec)`` gives
positions their names.

Faults are ordered singly, or by a plan that is asked for every request::

    services.fail("truncate", times=2, where="/tempspace")
    services.fail("too_many", position=(150.0, 20.0))
    services.plan = lambda request: "hang" if request.source == "J1" else None
    services.plan = Flaky(transient=0.1, permanent=0.03)

``refuse`` closes the connection without an answer; ``hang`` says nothing until
``services.release()``, and ``drip`` sends a byte at a time, until then; ``truncate`` breaks off in
the middle of the body, ``half_file`` ends there as if that were all of it; ``html`` is an error
page with status 200; ``not_found`` 404; ``too_many`` 429 with ``services.retry_after``;
``server_error`` 500; ``unavailable`` 503; ``empty_list`` has nothing listed (of images, tables,
files); ``all_nan`` is an image of NaN. TABs in COMMENT are always in SkyView's files. A fault that
a request cannot have (``all_nan`` of a list) is passed over.

Afterwards ``services.log`` holds every `Request` in the order in which they came,
``services.asked(...)`` those of a kind, and ``services.asked_again()`` those for what had been
delivered before; ``services.most_in_flight()`` and ``services.highest_rate()`` tell how hard the
server was pressed.
"""

from __future__ import annotations

import select
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack

import numpy as np
import pytest
import requests

from services_answers import Answers, Streamed
from services_faults import FAULTS, Flaky, Order, Position, Request, can_have
from services_server import Handler, Server, WithoutTLS, is_gone, mark_last

__all__ = ["FAULTS", "Flaky", "Position", "Request", "Services", "Streamed"]


class Services(Answers):
    """The server. Use it as a context manager, or the fixture ``services``."""

    def __init__(self) -> None:
        self._server = Server(("127.0.0.1", 0), Handler)
        self._server.serve = self._serve
        self.host = f"127.0.0.1:{self._server.server_port}"
        super().__init__(f"http://{self.host}")
        self.skyview_url = f"{self.address}/current/cgi/query.pl"
        self.hips2fits_url = f"{self.address}/hips-image-services/hips2fits"
        self.log: list[Request] = []
        self.plan: Callable[[Request], str | None] = lambda request: None
        self.drip_s = 0.05
        self._orders: list[Order] = []
        self._attempts: Counter[tuple[str, ...]] = Counter()
        self._active: dict[Request, socket.socket] = {}
        self._lock = threading.RLock()
        self._released = threading.Event()
        self._closed = False
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.02,), daemon=True
        )
        self._thread.start()

    def __enter__(self) -> Services:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Stop at once, whatever still hangs."""
        self._closed = True
        self._released.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def carry_https(self, session: requests.Session) -> None:
        """Let a session reach this server where it asks for https."""
        session.mount(f"https://{self.host}/", WithoutTLS())

    # Faults

    def fail(
        self,
        kind: str,
        *,
        times: float = 1,
        where: str = "",
        source: str | None = None,
        position: Position | None = None,
    ) -> None:
        """Let the next requests with these words in their path, of this source, have a fault."""
        if kind not in FAULTS:
            raise ValueError(f"no fault {kind!r}: choose from {', '.join(FAULTS)}")
        self._orders.append(Order(kind, times, where, source, position))

    def release(self) -> None:
        """Let what hangs or drips be answered, now and from now on."""
        self._released.set()

    # What was asked

    def asked(
        self, service: str | None = None, step: str | None = None, source: str | None = None
    ) -> list[Request]:
        """Return the requests of a kind."""
        with self._lock:
            return [
                request
                for request in self.log
                if service in (None, request.service)
                and step in (None, request.step)
                and source in (None, request.source)
            ]

    def asked_again(self) -> list[Request]:
        """Return the requests for images, tables and files that had been delivered before."""
        delivered, again = set(), []
        for request in self.asked():
            if request.step in ("image", "table", "file"):
                key = (request.service, request.survey, request.source)
                if key in delivered:
                    again.append(request)
                if request.delivered:
                    delivered.add(key)
        return again

    def most_in_flight(self) -> int:
        """Return the highest number of requests that were open at the same time."""
        return max((request.in_flight for request in self.asked()), default=0)

    def highest_rate(self, window_s: float = 1.0) -> float:
        """Return the highest rate of requests within any window of time, per second."""
        times = np.array([request.started for request in self.asked()])
        ends = np.searchsorted(times, times + window_s)
        return float((ends - np.arange(len(times))).max(initial=0) / window_s)

    # Serving

    def _serve(self, handler: Handler, body: str) -> None:
        request, fields = self.read(handler.path, body)
        asked = handler.headers.get("Range", "bytes=0-")
        request.from_byte = int(asked.removeprefix("bytes=").removesuffix("-"))
        self._enter(request, handler.connection)
        try:
            self._respond(handler, request, fields)
        except OSError:
            # The client went away.
            request.complete = False
            handler.close_connection = True
        finally:
            self._leave(request)

    def _enter(self, request: Request, connection: socket.socket) -> None:
        with self._lock:
            key = (request.service, request.step, request.survey, request.source or request.path)
            self._attempts[key] += 1
            request.attempt = self._attempts[key]
            request.fault = self._choose_fault(request)
            waiting = [other for other in self._active.values() if not is_gone(other)]
            request.in_flight = len(waiting) + 1
            request.started = time.monotonic()
            self._active[request] = connection
            self.log.append(request)

    def _choose_fault(self, request: Request) -> str:
        for order in self._orders:
            if order.fits(request):
                order.left -= 1
                return order.kind
        kind = self.plan(request)
        return kind if kind and can_have(kind, request.step) else ""

    def _leave(self, request: Request) -> None:
        with self._lock:
            self._active.pop(request, None)

    def _respond(self, handler: Handler, request: Request, fields: dict[str, list[str]]) -> None:
        fault = request.fault
        if fault == "hang":
            self._await_release(handler.connection)
        if fault == "refuse" or self._closed:
            handler.close_connection = True
            return
        answer = self.answer(request, fields)
        request.status = answer.status
        body = answer.body
        length = body.size if isinstance(body, Streamed) else len(body)
        if fault in ("truncate", "half_file") and isinstance(body, bytes):
            body = body[: length // 2]
            length = length if fault == "truncate" else len(body)
        handler.start(answer, length)
        if fault == "truncate":
            handler.wfile.write(body if isinstance(body, bytes) else b"")
            handler.close_connection = True
            return
        pieces: Iterable[bytes] = body if isinstance(body, Streamed) else (body[:-1], body[-1:])
        if fault == "drip" and isinstance(body, bytes):
            pieces = self._drip(body)
        chunked = isinstance(body, Streamed) and body.chunked
        for piece, is_last in mark_last(pieces):
            if is_last:
                # Settled before the client can know it: its next request does not overlap.
                handler.wfile.flush()
                request.complete = True
                self._leave(request)
            handler.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece) if chunked else piece)
            if fault == "drip":
                handler.wfile.flush()
        handler.wfile.write(b"0\r\n\r\n" if chunked else b"")
        handler.wfile.flush()

    def _drip(self, body: bytes) -> Iterator[bytes]:
        sent = 0
        while sent < len(body) - 1 and not self._released.wait(self.drip_s):
            yield body[sent : sent + 1]
            sent += 1
        if self._closed:
            raise BrokenPipeError
        yield body[sent:]

    def _await_release(self, connection: socket.socket) -> None:
        while not self._released.is_set():
            if select.select([connection], [], [], 0.02)[0] and is_gone(connection):
                raise BrokenPipeError


@pytest.fixture
def make_services() -> Iterator[Callable[[], Services]]:
    """Start servers that end with the test: several, where a service has mirrors."""
    with ExitStack() as stack:
        yield lambda: stack.enter_context(Services())


@pytest.fixture
def services(make_services: Callable[[], Services]) -> Services:
    return make_services()
