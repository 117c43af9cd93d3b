"""Sessions end, permits run out, and a server knows its names."""

from __future__ import annotations

import socket
import string

import pytest

from bentjets.errors import InputError
from bentjets.review.server import Sessions, listen, make_token, names_of
from bentjets.review.server.security.sessions import RateLimit

HOUR_S = 3600.0


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_session_ends_after_twelve_hours_without_a_request() -> None:
    clock = Clock()
    sessions = Sessions(("ann",), {}, clock)
    secret = sessions.open()
    for _ in range(3):
        clock.now += 11.9 * HOUR_S
        assert sessions.find(secret).expert == "ann"
    clock.now += 12.1 * HOUR_S
    assert sessions.find(secret) is None


def test_sessions_that_nobody_uses_do_not_pile_up() -> None:
    clock = Clock()
    sessions = Sessions(("ann",), {}, clock)
    first = sessions.open()
    kept = []
    for _ in range(1500):
        clock.now += 0.001
        kept.append(sessions.open())
    assert sessions.find(first) is None
    assert sum(sessions.find(secret) is not None for secret in kept) == 1000
    assert sessions.find(kept[-1]) is not None


def test_a_token_opens_its_expert_s_session_only() -> None:
    tokens = {name: make_token(b"key", name) for name in ("ann", "bob")}
    sessions = Sessions(("ann", "bob"), tokens)
    assert sessions.find(sessions.open(tokens["bob"])).expert == "bob"
    assert sessions.open("") is None
    assert sessions.open() is None
    assert sessions.open(make_token(b"another key", "bob")) is None


def test_a_token_is_long_and_safe_in_an_address() -> None:
    token = make_token(b"key", "Ann O'Dea")
    assert len(token) == 64
    assert set(token) <= set(string.hexdigits)


def test_permits_come_back_with_time() -> None:
    clock = Clock()
    limit = RateLimit(burst=3, per_s=2, clock=clock)
    assert [limit.take() for _ in range(4)] == [True, True, True, False]
    clock.now += 0.5
    assert [limit.take() for _ in range(2)] == [True, False]
    clock.now += 100
    assert [limit.take() for _ in range(4)] == [True, True, True, False]


def test_a_server_on_loopback_has_its_three_names_only() -> None:
    for host in ("127.0.0.1", "localhost", "::1"):
        assert names_of(host) == {"127.0.0.1", "localhost", "[::1]"}
    assert names_of("Radio.example.org") == {"radio.example.org"}
    assert names_of("fd00::1") == {"[fd00::1]"}
    assert socket.gethostname().lower() in names_of("0.0.0.0")


def test_a_port_that_is_taken_is_passed_over_unless_it_was_asked_for() -> None:
    with listen("127.0.0.1", None) as taken:
        port = taken.getsockname()[1]
        taken.listen()
        with listen("127.0.0.1", None, first_port=port) as other:
            assert other.getsockname()[1] != port
        with pytest.raises(InputError, match=f"127.0.0.1:{port} cannot be listened at"):
            listen("127.0.0.1", port)
