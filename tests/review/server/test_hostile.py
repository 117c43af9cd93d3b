"""What no page of ours asks is refused with a plain status, and nothing is written."""

from __future__ import annotations

import json
import socket
import time

import pytest

from review.asking import Client, rows_of
from review.serving import ServerProcess


@pytest.fixture(scope="module")
def server(start) -> ServerProcess:
    return start(experts=("ann", "bob"), with_tokens=True, body_s=0.5)


@pytest.fixture(scope="module")
def ann(server) -> Client:
    client = Client(server)
    client.vote(0)
    return client


@pytest.fixture
def untouched(ann, server):
    """Nothing is written, and the server answers its own page as before."""
    before = rows_of(server.votes)
    yield
    assert rows_of(server.votes) == before
    assert ann.get("/api/state")["done"] == len(before)


FOREIGN = [
    ("a page of another site", {"Origin": "https://evil.example"}),
    ("a page of another port", {"Origin": "http://127.0.0.1:1"}),
    ("the same name over https", {"Origin": "https://{host}"}),
    ("a sandboxed frame", {"Origin": "null"}),
    ("no origin at all", {"Origin": None}),
    ("a name that is like ours", {"Origin": "http://{host}.evil.example"}),
    ("without the page's header", {"X-Bentjets": None}),
    ("the browser says cross-site", {"Sec-Fetch-Site": "cross-site"}),
    ("the browser says another port", {"Sec-Fetch-Site": "same-site"}),
    ("DNS rebinding", {"Host": "evil.example", "Origin": "http://evil.example"}),
    ("DNS rebinding at our port", {"Host": "evil.example:{port}", "Origin": "http://{host}"}),
    ("a name that ends in ours", {"Host": "evil-localhost:{port}"}),
    ("no host", {"Host": ""}),
    ("no session", {"Cookie": None}),
    ("a session that never was", {"Cookie": "bentjets_session=" + "A" * 43}),
    ("a token instead of a session", {"Cookie": "bentjets_session={token}"}),
    ("a form of another site", {"Content-Type": "application/x-www-form-urlencoded"}),
    ("text that needs no preflight", {"Content-Type": "text/plain"}),
]


@pytest.mark.parametrize("headers", [pytest.param(one, id=name) for name, one in FOREIGN])
def test_a_vote_from_elsewhere(ann, server, untouched, headers) -> None:
    vote = ann.new_vote(1)
    words = {"host": f"127.0.0.1:{server.port}", "port": server.port, "token": server.token("ann")}
    given = {name: value and value.format(**words) for name, value in headers.items()}
    answer = ann.ask("POST", "/api/votes", vote, given)
    assert answer.status in (400, 401, 403, 415, 421)
    assert isinstance(answer.json()["detail"], str)
    assert "access-control-allow-origin" not in answer.headers


BAD_VOTES = [
    ("markup in a reason", {"reason": "<script>alert(1)</script>"}),
    ("an image in a reason", {"reason": "x<img src=x onerror=alert(1)>"}),
    ("markup in a morphology", {"morphology": "<b>X"}),
    ("control characters", {"reason": "bad\x00\x1b[2J"}),
    ("half a character", {"reason": "\ud800"}),
    ("a text that turns the line", {"reason": "bad\u202etxt"}),
    ("a long reason", {"reason": "x" * 201}),
    ("a place that is not there", {"place": 10**6}),
    ("a place before the first", {"place": -1}),
    ("a place by name", {"place": "../../votes"}),
    ("another verdict", {"verdict": "accepted"}),
    ("the name of another expert", {"expert": "bob"}),
    ("a round of one's own choice", {"round": 2}),
    ("a source by name", {"source_id": "SYN00003"}),
    ("a time of one's own choice", {"voted_at": "1999-01-01T00:00:00Z"}),
    ("an identifier that is none", {"vote_id": "'; DROP TABLE votes; --"}),
    ("clicks outside the image", {"clicks": [[0, 0], [1e9, 5], [9, 9]]}),
    ("one click", {"clicks": [[10, 10]]}),
    ("clicks that are no numbers", {"clicks": [[float("nan"), 0], [5, 5], [9, 9]]}),
    ("a thousand clicks", {"clicks": [[1, 1]] * 1000}),
    ("endless looking", {"seconds": float("inf")}),
    ("looking backwards", {"seconds": -5}),
    ("an image that is not shown", {"image_sha256": "0" * 64}),
    ("no image", {"image_sha256": ""}),
    ("no image's checksum", {"image_sha256": "' OR 1=1"}),
]


@pytest.mark.parametrize("changes", [pytest.param(one, id=name) for name, one in BAD_VOTES])
def test_a_vote_that_is_none(ann, untouched, changes) -> None:
    answer = ann.ask("POST", "/api/votes", ann.new_vote(1) | changes)
    assert answer.status in (404, 409, 422)
    said = answer.json()
    assert isinstance(said["detail"], str)
    assert not said.get("kept")
    assert "<" not in answer.body.decode().replace("without <", "")


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{", b"null", b"\xff\xfe", b'{"a":' * 3000, b"[" * 16_000]
)
def test_a_body_that_is_no_vote(ann, untouched, body) -> None:
    answer = ann.ask("POST", "/api/votes", body)
    assert answer.status in (400, 413, 422)
    assert isinstance(answer.json()["detail"], str)


def test_a_replayed_vote(ann, server, untouched) -> None:
    cast = rows_of(server.votes)[0]
    replay = ann.new_vote(3, vote_id=cast["vote_id"], verdict="reject", reason="bad")
    assert ann.ask("POST", "/api/votes", replay).status == 409
    stolen = Client(server, "bob").ask("POST", "/api/votes", replay)
    assert (stolen.status, stolen.json()["kept"]) == (409, False)


def test_a_huge_body_is_not_even_read(ann, untouched) -> None:
    vote = json.dumps(ann.new_vote(1, reason="x" * 20_000)).encode()
    assert ann.ask("POST", "/api/votes", vote).status == 413
    head = raw_head(ann, "Content-Length: 99999999999")
    assert ann.send_raw(head + b"x" * 1000).startswith(b"HTTP/1.1 413")


def test_a_huge_body_in_pieces(ann, untouched) -> None:
    piece = b"1000\r\n" + b"x" * 0x1000 + b"\r\n"
    sent = raw_head(ann, "Transfer-Encoding: chunked") + piece * 5 + b"0\r\n\r\n"
    assert ann.send_raw(sent).startswith(b"HTTP/1.1 413")


def test_a_slow_body_is_given_up(ann, untouched) -> None:
    began = time.monotonic()
    received = ann.send_raw(raw_head(ann, "Content-Length: 100") + b'{"place"')
    assert received.startswith(b"HTTP/1.1 408")
    assert time.monotonic() - began < 5


def test_slow_bodies_keep_nobody_waiting(ann, server, untouched) -> None:
    head = raw_head(ann, "Content-Length: 100")
    slow = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(40)]
    try:
        for one in slow:
            one.sendall(head)
        began = time.monotonic()
        assert ann.ask("GET", "/api/places/1/image").status == 200
        assert time.monotonic() - began < 0.4
    finally:
        for one in slow:
            one.close()


def test_another_site_may_link_to_the_page_but_not_load_it(start) -> None:
    client = Client(start(), None)
    seen = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}
    assert client.ask("GET", "/", headers=seen).status == 200
    for path in ("/", "/page/index.html"):
        answer = client.ask("GET", path, headers=seen | {"Sec-Fetch-Mode": "no-cors"})
        assert answer.status == 403
        assert "set-cookie" not in answer.headers


def test_two_hosts_in_one_request(ann, untouched) -> None:
    head = raw_head(ann, "Host: evil.example\r\nContent-Length: 2")
    assert ann.send_raw(head + b"{}").split(b" ", 2)[1] == b"400"


@pytest.mark.parametrize(
    "path",
    [
        "/page/../server/app.py",
        "/page/..%2f..%2ferrors.py",
        "/page/%2e%2e/%2e%2e/errors.py",
        "/page//etc/passwd",
        "/page/index.html%00.css",
        "/api/places/..%2f..%2fcatalogue/image",
        "/api/places/SYN00001/image",
        "/api/places/0/../../../reviews.db",
        "/api/places/-1/image",
        "/api/places/99999999999999999999999/masked.png",
        "/api/places?filter=all&near=-5&count=1",
        "/api/places?filter=all&count=1000000",
        "/api/places?filter=%27%20OR%201=1",
        "/openapi.json",
        "/docs",
    ],
)
def test_a_path_that_leads_elsewhere(ann, untouched, path) -> None:
    answer = ann.ask("GET", path)
    assert answer.status in (400, 404, 422)
    assert isinstance(answer.json()["detail"], str)


@pytest.mark.parametrize("method", ["PUT", "PATCH", "OPTIONS", "TRACE", "DELETE"])
def test_a_method_that_is_not_used(ann, untouched, method) -> None:
    assert ann.ask(method, "/api/votes").status == 405


@pytest.mark.parametrize(
    "path", ["/api/state", "/api/places", "/api/places/0", "/api/places/0/mask"]
)
def test_nothing_is_told_without_a_session_or_to_another_site(server, ann, path) -> None:
    assert Client(server, None).ask("GET", path).status == 401
    assert ann.ask("GET", path, headers={"Origin": "https://evil.example"}).status == 403
    assert ann.ask("GET", path, headers={"Host": "evil.example"}).status == 421


@pytest.mark.parametrize("token", ["", "x", "A" * 64, "\u00e9", None])
def test_a_wrong_token_opens_nothing(server, token) -> None:
    answer = Client(server, None).ask("POST", "/api/session", {"token": token})
    assert answer.status in (401, 422)
    assert "set-cookie" not in answer.headers


def test_a_page_without_its_token_has_no_session(server) -> None:
    assert "set-cookie" not in Client(server, None).ask("GET", "/").headers


def test_tokens_cannot_be_tried_without_end(start) -> None:
    client = Client(start(experts=("ann", "bob"), with_tokens=True), None)
    tried = [client.ask("POST", "/api/session", {"token": "x"}).status for _ in range(25)]
    assert tried[:20] == [401] * 20
    assert 429 in tried[20:]


def test_votes_cannot_be_poured_in(start) -> None:
    client = Client(start())
    bad = client.new_vote(1, verdict="accepted")
    statuses = [client.ask("POST", "/api/votes", bad).status for _ in range(120)]
    assert set(statuses) == {422, 429}
    assert rows_of(client.server.votes) == []


def test_a_session_that_was_closed_is_closed(server, untouched) -> None:
    client = Client(server, "bob")
    answer = client.ask("DELETE", "/api/session")
    assert answer.status == 204
    assert client.ask("GET", "/api/state").status == 401


def test_every_answer_carries_what_browsers_shall_not_do(ann) -> None:
    for path in ("/", "/api/state", "/api/places/0/image", "/nowhere"):
        headers = ann.ask("GET", path).headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["cross-origin-resource-policy"] == "same-origin"
        assert "server" not in headers


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(server) -> None:
    token = {"token": server.token("bob")}
    cookie = Client(server, None).ask("POST", "/api/session", token).headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie


def raw_head(client: Client, line: str) -> bytes:
    """The head of a request to vote, up to its body, with a line of one's own."""
    server = client.server
    return (
        f"POST /api/votes HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\nOrigin: {server.url}\r\n"
        f"Cookie: {client.cookie}\r\nX-Bentjets: 1\r\nContent-Type: application/json\r\n"
        f"{line}\r\n\r\n"
    ).encode()
