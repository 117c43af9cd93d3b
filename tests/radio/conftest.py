"""Stand-ins for public services: a real HTTP server on loopback that answers as they do."""

from __future__ import annotations

import hashlib
import io
import json
import threading
import zipfile
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

Answer = tuple[int, str, bytes]


class StandIn:
    """A server whose paths a test fills; unknown paths answer 404."""

    def __init__(self) -> None:
        self.paths: dict[str, Callable[[], Answer]] = {}
        self.requests: list[str] = []
        stand_in = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                stand_in.requests.append(self.path)
                path = self.path.partition("?")[0]
                answer = stand_in.paths.get(path, lambda: (404, "text/plain", b"not found"))
                status, kind, body = answer()
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def do_POST(self) -> None:
                self.rfile.read(int(self.headers.get("Content-Length", 0)))
                self.do_GET()

            def log_message(self, *args: object) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def answer(self, path: str, body: bytes, *, kind: str = "text/html", status: int = 200) -> None:
        self.paths[path] = lambda: (status, kind, body)


@pytest.fixture
def stand_in() -> Iterator[StandIn]:
    server = StandIn()
    yield server
    server.server.shutdown()
    server.server.server_close()


SKYVIEW_FORM = """<html><form action="/run"><select name="survey" id="Radio">
<option>VLA FIRST (1.4 GHz)</option><option>NVSS</option></select></form></html>"""


@pytest.fixture
def skyview(stand_in: StandIn, monkeypatch: pytest.MonkeyPatch) -> StandIn:
    """SkyView's form, and a page that lists one FITS file."""
    from astroquery.skyview import SkyViewClass

    stand_in.answer("/form", SKYVIEW_FORM.encode())
    stand_in.answer("/run", b'<html><a href="/image.fits">FITS</a></html>')
    monkeypatch.setattr(SkyViewClass, "URL", f"{stand_in.address}/form")
    return stand_in


@pytest.fixture
def record(stand_in: StandIn) -> Callable[..., str]:
    """An archive's record that holds the given files; returns its address."""

    def make(files: dict[str, bytes], checksums: dict[str, str] | None = None) -> str:
        listed = []
        for name, content in files.items():
            stand_in.answer(f"/files/{name}", content)
            md5 = (checksums or {}).get(name, hashlib.md5(content).hexdigest())
            link = {"self": f"{stand_in.address}/files/{name}"}
            listed.append({"key": name, "links": link, "checksum": f"md5:{md5}"})
        stand_in.answer("/record", json.dumps({"files": listed}).encode(), kind="application/json")
        return f"{stand_in.address}/record"

    return make


@pytest.fixture
def make_zip() -> Callable[[dict[str, bytes]], bytes]:
    def make(members: dict[str, bytes]) -> bytes:
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in members.items():
                archive.writestr(name, content)
        return buffer.getvalue()

    return make
