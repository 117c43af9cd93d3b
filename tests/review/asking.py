"""A client of the review page's server, as a browser asks it."""

from __future__ import annotations

import http.client
import json
import socket
import sqlite3
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from review.serving import ServerProcess

_TIMEOUT_S = 10.0


@dataclass
class Answer:
    """An answer: status, headers in lower case, body."""

    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Client:
    """An expert's browser; it has a session from the start, unless ``expert`` is None."""

    server: ServerProcess
    expert: str | None = "ann"
    cookie: str = field(default="", init=False)

    def __post_init__(self) -> None:
        if self.expert is not None:
            self.enter()

    def enter(self) -> None:
        """Open a session, by the token if there are any."""
        if self.server.options.with_tokens:
            answer = self.ask("POST", "/api/session", {"token": self.server.token(self.expert)})
            assert answer.status == 204, answer.body
        else:
            answer = self.ask("GET", "/")
        self.cookie = answer.headers["set-cookie"].partition(";")[0]

    def ask(
        self,
        method: str,
        path: str,
        content: Any = None,
        headers: dict[str, str | None] | None = None,
    ) -> Answer:
        """Ask as the page does; ``headers`` replace or (None) take away what it would send."""
        body = content if isinstance(content, bytes | None) else json.dumps(content).encode()
        sent: dict[str, str | None] = {"Host": f"127.0.0.1:{self.server.port}"}
        if self.cookie:
            sent["Cookie"] = self.cookie
        if method != "GET":
            sent |= {"Origin": self.server.url, "X-Bentjets": "1"}
            sent["Content-Type"] = "application/json"
        sent |= headers or {}
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=_TIMEOUT_S)
        try:
            connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
            for name, value in sent.items():
                if value is not None:
                    connection.putheader(name, value)
            if body is not None:
                connection.putheader("Content-Length", str(len(body)))
            connection.endheaders(body)
            answer = connection.getresponse()
            there = {name.lower(): value for name, value in answer.getheaders()}
            return Answer(answer.status, there, answer.read())
        finally:
            connection.close()

    def get(self, path: str) -> Any:
        """Get what an address tells, as JSON."""
        answer = self.ask("GET", path)
        assert answer.status == 200, answer.body
        return answer.json()

    def new_vote(self, place: int, **changes: Any) -> dict[str, Any]:
        """Make a vote on what is seen at a place now."""
        return {
            "vote_id": uuid.uuid4().hex,
            "place": place,
            "verdict": "accept",
            "reason": "",
            "morphology": "",
            "clicks": [],
            "seconds": 1.5,
            "image_sha256": self.get(f"/api/places/{place}")["image_sha256"],
        } | changes

    def vote(self, place: int, **changes: Any) -> dict[str, Any]:
        """Vote on a place."""
        answer = self.ask("POST", "/api/votes", self.new_vote(place, **changes))
        assert answer.status == 201, answer.body
        return answer.json()

    def send_raw(self, lines: bytes, *, then_wait: bool = True) -> bytes:
        """Send bytes as they are, and give what comes back until the server closes."""
        with socket.create_connection(("127.0.0.1", self.server.port), _TIMEOUT_S) as connection:
            connection.sendall(lines)
            received = b""
            while then_wait and (piece := connection.recv(65536)):
                received += piece
            return received


def rows_of(database: Path) -> list[dict[str, Any]]:
    """Read every row of the votes' table, past everything of ours."""
    with sqlite3.connect(database) as connection:
        connection.row_factory = sqlite3.Row
        return [dict(row) for row in connection.execute("SELECT * FROM votes ORDER BY sequence")]
