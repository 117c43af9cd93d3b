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

import hashlib
import itertools
import json
import math
import re
import select
import socket
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, quote, unquote

import numpy as np
import pandas as pd
import pytest
import requests
from requests.adapters import HTTPAdapter

from services_faults import FAULTS, SAME_PLACE_DEG, Flaky, Order, Position, Request, can_have
from services_sky import blank_sky, draw_sky, hips_fits, skyview_fits, votable

__all__ = ["FAULTS", "Flaky", "Position", "Request", "Services", "Streamed"]

SKYVIEW_SURVEYS = {
    "Radio": ("GB6 (4850MHz)", "VLA FIRST (1.4 GHz)", "NVSS", "SUMSS 843 MHz", "WENSS", "VLSSr"),
    "Optical:DSS": ("DSS", "DSS2 Red"),
}
_STATUSES = {"not_found": 404, "too_many": 429, "server_error": 500, "unavailable": 503}
_ERROR_PAGE = b"<html><head><title>Service error</title></head><body>Please try later</body></html>"
_SKYVIEW_SCALE_DEG = 0.0005
_PIECE_BYTES = 2**20


@dataclass(frozen=True)
class Streamed:
    """A body that is made as it is sent: as many bytes as are asked for."""

    size: int
    chunked: bool = False  # without Content-Length

    def __iter__(self) -> Iterator[bytes]:
        for start in range(0, self.size, _PIECE_BYTES):
            yield bytes(min(_PIECE_BYTES, self.size - start))


@dataclass(frozen=True)
class _Answer:
    status: int
    kind: str
    body: bytes | Streamed
    headers: Mapping[str, str] = field(default_factory=dict)


_NOT_FOUND = _Answer(404, "text/html", b"<html>404 Not Found</html>")


@dataclass(frozen=True)
class _Image:
    """A file that SkyView has made and will give."""

    survey: str
    position: Position
    shape: tuple[int, int]
    scale_deg: float


class Services:
    """The server. Use it as a context manager, or the fixture ``services``."""

    def __init__(self) -> None:
        self.log: list[Request] = []
        self.plan: Callable[[Request], str | None] = lambda request: None
        self.footprint: Callable[[float, float, str], bool] = lambda ra, dec, survey: True
        self.outside = "not_found"
        self.hips = {
            "NRAO/P/VLASS-Quicklook-MedianStack",
            "astron.nl/P/lotss_dr2_high",
            "CSIRO/P/RACS/low/I",
        }
        self.retry_after = "1"
        self.drip_s = 0.05
        self._orders: list[Order] = []
        self._names: list[str] = []
        self._places = np.empty((0, 2))
        self._tables: dict[str, pd.DataFrame] = {}
        self._units: dict[str, str] = {}
        self._records: dict[str, dict[str, Any]] = {}
        self._files: dict[tuple[str, str], bytes | Streamed] = {}
        self._images: dict[str, _Image] = {}
        self._numbers = itertools.count(1_000_001)
        self._attempts: Counter[tuple[str, ...]] = Counter()
        self._active: dict[Request, socket.socket] = {}
        self._lock = threading.RLock()
        self._released = threading.Event()
        self._closed = False
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.services = self
        self.host = f"127.0.0.1:{self._server.server_port}"
        self.address = f"http://{self.host}"
        self.skyview_url = f"{self.address}/current/cgi/query.pl"
        self.hips2fits_url = f"{self.address}/hips-image-services/hips2fits"
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

    # What there is to ask for

    def name_sources(
        self, names: Iterable[str], ra_deg: Iterable[float], dec_deg: Iterable[float]
    ) -> None:
        """Give the positions of a catalogue their names, for plans and the log."""
        self._names = list(names)
        self._places = np.column_stack([list(ra_deg), list(dec_deg)])

    def add_table(
        self, name: str, table: pd.DataFrame, *, units: Mapping[str, str] | None = None
    ) -> None:
        """Let VizieR hold a table; its catalogue is the name without the last part."""
        self._tables[name] = table
        self._units |= units or {}

    def carry_https(self, session: requests.Session) -> None:
        """Let a session reach this server where it asks for https."""
        session.mount(f"https://{self.host}/", _WithoutTLS())

    def add_record(
        self,
        files: Mapping[str, bytes | Streamed],
        *,
        listed: Mapping[str, Mapping[str, Any]] | None = None,
    ) -> str:
        """Let the archive hold a record; return its address.

        What is given as listed of a file (size, checksum, links) stands in the record instead of
        the truth.
        """
        number = str(next(self._numbers))
        entries = []
        for key, body in files.items():
            self._files[number, key] = body
            streamed = isinstance(body, Streamed)
            md5 = "0" * 32 if streamed else hashlib.md5(body).hexdigest()
            link = f"{self.address}/api/records/{number}/files/{quote(key, safe='')}/content"
            entry = {
                "key": key,
                "size": body.size if streamed else len(body),
                "checksum": f"md5:{md5}",
                "links": {"self": link},
            }
            entries.append(entry | (listed or {}).get(key, {}))
        self._records[number] = {"id": int(number), "status": "published", "files": entries}
        return f"{self.address}/api/records/{number}"

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

    def _serve(self, handler: _Handler, body: str) -> None:
        request, fields = self._read(handler.path, body)
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
            waiting = [other for other in self._active.values() if not _is_gone(other)]
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

    def _respond(self, handler: _Handler, request: Request, fields: dict[str, list[str]]) -> None:
        fault = request.fault
        if fault == "hang":
            self._await_release(handler.connection)
        if fault == "refuse" or self._closed:
            handler.close_connection = True
            return
        answer = self._answer(request, fields)
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
        for piece, is_last in _mark_last(pieces):
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
            if select.select([connection], [], [], 0.02)[0] and _is_gone(connection):
                raise BrokenPipeError

    def _read(self, target: str, body: str) -> tuple[Request, dict[str, list[str]]]:
        """Find out what a request asks for."""
        path, _, query = target.partition("?")
        fields = parse_qs(query)
        request = Request("", "", target)
        if match := re.fullmatch(r"/current/cgi/(basicform|query|runquery)\.pl", path):
            request.service = "skyview"
            request.step = "query" if match[1] == "runquery" else "form"
            request.survey = ",".join(fields.get("survey", []))
            request.position = _read_position(fields.get("Position", [""])[0])
        elif match := re.fullmatch(r"/tempspace/fits/(\w+)\.fits", path):
            request.service, request.step = "skyview", "image"
            if image := self._images.get(match[1]):
                request.survey, request.position = image.survey, image.position
        elif path == "/hips-image-services/hips2fits":
            request.service, request.step = "hips2fits", "image"
            request.survey = fields.get("hips", [""])[0]
            request.position = _read_position(
                " ".join(fields.get(name, [""])[0] for name in ("ra", "dec"))
            )
        elif path == "/viz-bin/votable":
            request.service, request.step = "vizier", "table"
            fields = {
                key: [value] for key, _, value in (line.partition("=") for line in body.split("\n"))
            }
            request.source = fields.get("-source", [""])[0]
        elif match := re.fullmatch(r"/api/records/(\d+)(?:/files/([^/]+)/content)?", path):
            request.service, request.step = "archive", "file" if match[2] else "record"
            request.source = unquote(match[2]) if match[2] else match[1]
            fields = {"record": [match[1]]}
        if request.position:
            request.source = self._name(request.position)
        return request, fields

    def _name(self, position: Position) -> str:
        if self._names:
            ra_deg, dec_deg = position
            east = (self._places[:, 0] - ra_deg + 180) % 360 - 180
            east *= math.cos(math.radians(dec_deg))
            distance_deg = np.hypot(east, self._places[:, 1] - dec_deg)
            nearest = int(distance_deg.argmin())
            if distance_deg[nearest] < SAME_PLACE_DEG:
                return self._names[nearest]
        return "{:.3f}{:+.3f}".format(*position)

    def _answer(self, request: Request, fields: dict[str, list[str]]) -> _Answer:
        if request.fault == "html":
            return _Answer(200, "text/html", _ERROR_PAGE)
        if status := _STATUSES.get(request.fault):
            wait = {"Retry-After": self.retry_after} if status == 429 else {}
            return _Answer(status, "text/html", _ERROR_PAGE, wait)
        answers = {
            ("skyview", "form"): self._skyview_form,
            ("skyview", "query"): self._skyview_page,
            ("skyview", "image"): self._skyview_image,
            ("hips2fits", "image"): self._hips_image,
            ("vizier", "table"): self._vizier_tables,
            ("archive", "record"): self._record,
            ("archive", "file"): self._file,
        }
        found = answers.get((request.service, request.step))
        return found(request, fields) if found else _NOT_FOUND

    def _covers(self, request: Request) -> bool:
        ra_deg, dec_deg = request.position or (0.0, 0.0)
        return self.footprint(ra_deg, dec_deg, request.survey)

    def _skyview_form(self, request: Request, fields: dict[str, list[str]]) -> _Answer:
        return _Answer(200, "text/html", _SKYVIEW_FORM)

    def _skyview_page(self, request: Request, fields: dict[str, list[str]]) -> _Answer:
        known = {name for names in SKYVIEW_SURVEYS.values() for name in names}
        empty = request.fault == "empty_list" or (
            self.outside == "empty_list" and not self._covers(request)
        )
        links = []
        for survey in fields.get("survey", []):
            if request.position is None or survey not in known or empty:
                continue
            width_px, height_px = _read_pair(fields.get("pixels", ["300"])[0])
            size_deg, _ = _read_pair(fields.get("size", [f"{width_px * _SKYVIEW_SCALE_DEG}"])[0])
            number = f"skv{next(self._numbers)}_{len(links) + 1}"
            self._images[number] = _Image(
                survey, request.position, (int(height_px), int(width_px)), size_deg / width_px
            )
            place = f"../../tempspace/fits/{number}"
            links.append(
                f"<span>Download <a href={place}.fits>FITS</a> or "
                f"<a href={place}.jpg>quick look jpeg </a> image.</span>"
            )
        page = f"<html><body>SkyView Query Results {''.join(links)}</body></html>"
        return _Answer(200, "text/html", page.encode())

    def _skyview_image(self, request: Request, fields: dict[str, list[str]]) -> _Answer:
        image = self._images.get(request.path.rpartition("/")[2].removesuffix(".fits"))
        covered = self._covers(request)
        if image is None or (not covered and self.outside == "not_found"):
            return _NOT_FOUND
        blank = request.fault == "all_nan" or not covered
        place = (*image.position, image.scale_deg)
        pixels = (
            blank_sky(image.shape)
            if blank
            else draw_sky(*image.position, image.shape, image.scale_deg)
        )
        return _Answer(200, "image/fits", skyview_fits(pixels, *place, image.survey))

    def _hips_image(self, request: Request, fields: dict[str, list[str]]) -> _Answer:
        if request.position is None or request.survey not in self.hips:
            error = {
                "title": "Bad Request",
                "description": f"No HiPS found for keyword {request.survey}",
            }
            return _Answer(400, "application/json", json.dumps(error).encode())
        width_px, height_px, fov_deg = (
            float(fields[name][0]) for name in ("width", "height", "fov")
        )
        shape, scale_deg = (int(height_px), int(width_px)), fov_deg / max(width_px, height_px)
        blank = request.fault == "all_nan" or not self._covers(request)
        pixels = blank_sky(shape) if blank else draw_sky(*request.position, shape, scale_deg)
        body = hips_fits(pixels, *request.position, scale_deg, request.survey)
        return _Answer(200, "image/fits", body)

    def _vizier_tables(self, request: Request, fields: dict[str, list[str]]) -> _Answer:
        limit = fields.get("-out.max", ["50"])[0]
        rows = None if limit == "unlimited" else int(limit)
        chosen = {
            name: table[:rows]
            for name, table in self._tables.items()
            if request.source in (name, name.rpartition("/")[0]) and request.fault != "empty_list"
        }
        return _Answer(200, "text/xml", votable(chosen, self._units))

    def _record(self, request: Request, fields: dict[str, list[str]]) -> _Answer:
        record = self._records.get(request.source)
        if record is None:
            error = {"status": 404, "message": "The persistent identifier does not exist."}
            return _Answer(404, "application/json", json.dumps(error).encode())
        if request.fault == "empty_list":
            record = {**record, "files": []}
        return _Answer(200, "application/json", json.dumps(record).encode())

    def _file(self, request: Request, fields: dict[str, list[str]]) -> _Answer:
        body = self._files.get((fields["record"][0], request.source))
        return _NOT_FOUND if body is None else _Answer(200, "application/octet-stream", body)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128
    services: Services

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.open: set[socket.socket] = set()

    def server_close(self) -> None:
        super().server_close()
        for connection in tuple(self.open):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = 2**18
    server: _Server

    def setup(self) -> None:
        super().setup()
        self.server.open.add(self.connection)

    def finish(self) -> None:
        self.server.open.discard(self.connection)
        super().finish()

    def do_GET(self) -> None:
        self.server.services._serve(self, "")

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length", 0))
        self.server.services._serve(self, self.rfile.read(length).decode())

    def start(self, answer: _Answer, length: int) -> None:
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.kind)
        if isinstance(answer.body, Streamed) and answer.body.chunked:
            self.send_header("Transfer-Encoding", "chunked")
        else:
            self.send_header("Content-Length", str(length))
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class _WithoutTLS(HTTPAdapter):
    def send(self, request: requests.PreparedRequest, *args: Any, **options: Any) -> Any:
        plain = request.copy()
        plain.url = str(request.url).replace("https://", "http://", 1)
        return super().send(plain, *args, **options)


def _draw_form() -> bytes:
    groups = "".join(
        f"<select class='selectbox' multiple size=7 NAME='survey' id='{group}'>\n"
        + "".join(f"<option>{name}</option>" for name in names)
        + "</select>"
        for group, names in SKYVIEW_SURVEYS.items()
    )
    return (
        "<html><head><title>SkyView Query Form</title></head><body>"
        '<form name="query" action="runquery.pl" method="GET" target="skyview_out">'
        '<INPUT TYPE="submit" Value="Submit"><INPUT name="Position" size=30 id="object">'
        f"{groups}"
        "<select name='coordinates' id='csys'><option value='_skip_'>Special coordinates</option>"
        "<option selected>J2000</option><option>B1950</option></select>"
        "<select name='projection' id='proj'><option selected value='Tan'>Gnomonic (Tan)</option>"
        "</select><input type='text' name='pixels' Value='300' SIZE=11 id='size_pix'>"
        "<input type='text' name='size' SIZE=10 id='size_deg'>"
        "<input type=checkbox name='float' id='float' checked>"
        "<select NAME='survey' id='overlay_red'><OPTION selected value='_skip_'>None</OPTION>"
        "</select></form></body></html>"
    ).encode()


_SKYVIEW_FORM = _draw_form()


def _read_position(text: str) -> Position | None:
    try:
        ra_deg, dec_deg = map(float, text.replace(",", " ").split())
    except ValueError:
        return None
    return ra_deg, dec_deg


def _read_pair(text: str) -> Sequence[float]:
    """Read one number that counts for both axes, or two."""
    numbers = [float(number) for number in text.split(",")]
    return numbers * 2 if len(numbers) == 1 else numbers


def _is_gone(connection: socket.socket) -> bool:
    """Tell whether the client has closed the connection, which it does before it asks anew."""
    try:
        return connection.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT) == b""
    except BlockingIOError:
        return False
    except OSError:
        return True


def _mark_last(pieces: Iterable[bytes]) -> Iterator[tuple[bytes, bool]]:
    before = None
    for piece in pieces:
        if before is not None:
            yield before, False
        before = piece
    yield before or b"", True


@pytest.fixture
def make_services() -> Iterator[Callable[[], Services]]:
    """Start servers that end with the test: several, where a service has mirrors."""
    with ExitStack() as stack:
        yield lambda: stack.enter_context(Services())


@pytest.fixture
def services(make_services: Callable[[], Services]) -> Services:
    return make_services()
