"""Answers that a server compresses on their way, as many do unasked."""

from __future__ import annotations

import gzip
import hashlib
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from bentjets.transport import Politeness, PoliteSession, download_record

FILE = b"a batch of images " * 1000
QUICK = Politeness(per_second=1000, read_s=2, answer_s=5, attempts=1)


@pytest.fixture
def address() -> Iterator[str]:
    """Address of a server that compresses whatever it gives: a record, and the file in it."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = gzip.compress(record if self.path == "/record" else FILE)
            self.send_response(200)
            self.send_header("Content-Encoding", "gzip")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    address = f"http://127.0.0.1:{server.server_port}"
    entry = {"key": "data_batch_0", "links": {"self": f"{address}/file"}, "size": len(FILE)}
    entry["checksum"] = f"md5:{hashlib.md5(FILE).hexdigest()}"
    record = json.dumps({"files": [entry]}).encode()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield address
    server.shutdown()
    server.server_close()


def test_an_answer_is_unpacked(address) -> None:
    with PoliteSession("test", QUICK) as session:
        assert session.get(f"{address}/file").content == FILE


def test_files_of_a_record_are_unpacked_before_they_are_checked(address) -> None:
    with PoliteSession("test", QUICK) as session:
        found = download_record(f"{address}/record", session=session, is_wanted=lambda _: True)
    assert found == {"data_batch_0": FILE}
