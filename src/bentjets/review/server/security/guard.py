"""What stands before every request: who asks, from which page, how much, and how fast."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from http import HTTPStatus
from http.cookies import CookieError, SimpleCookie
from typing import Any

from bentjets.review.server.security.sessions import Sessions

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Message, Receive, Send], Awaitable[None]]

OUR_HEADER = "x-bentjets"
_READING = ("GET", "HEAD")
_WRITING = ("POST", "DELETE")
_HEADERS = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; "
        "connect-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
}


@dataclass(frozen=True)
class Limits:
    """How much a request may bring, and how long it may take to bring it."""

    body_bytes: int = 16 * 1024
    body_s: float = 10.0


class _RefusedError(Exception):
    def __init__(self, status: HTTPStatus, detail: str) -> None:
        super().__init__(detail)
        self.status, self.detail = status, detail


class Guard:
    """Refuse what no page of ours asks, before anything else sees it.

    Host and Origin are checked, so that neither another site in the expert's browser nor a name
    that was pointed at this machine (DNS rebinding) can read or vote; the body is read to its end
    here, so that it cannot be large or slow.

    Parameters
    ----------
    app
        What answers the requests that are let through; finds the session in ``scope["session"]``.
    sessions
        The open sessions.
    cookie
        Name of the session's cookie.
    hosts
        Names under which this server answers.
    limits
        Of the body.
    """

    def __init__(
        self,
        app: Application,
        *,
        sessions: Sessions,
        cookie: str,
        hosts: frozenset[str],
        limits: Limits,
    ) -> None:
        self._app, self._sessions, self._cookie = app, sessions, cookie
        self._hosts, self._limits = hosts, limits

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer one request, or refuse it."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            return
        guarded = _with_headers(send)
        try:
            headers = _single_headers(scope)
            self._check_origin(scope["method"], scope["path"], headers)
            self._check_session(scope, headers)
            body = await self._read_body(scope["method"], headers, receive)
        except _RefusedError as refused:
            await _refuse(guarded, refused)
            return
        await self._app(scope, _replay(body, receive), guarded)

    def _check_origin(self, method: str, path: str, headers: dict[str, str]) -> None:
        host = headers.get("host", "")
        if _name_of(host) not in self._hosts:
            raise _RefusedError(
                HTTPStatus.MISDIRECTED_REQUEST, "this server does not answer under that name"
            )
        if method not in (*_READING, *_WRITING):
            raise _RefusedError(HTTPStatus.METHOD_NOT_ALLOWED, f"{method} is not used here")
        writes = method in _WRITING
        origin = headers.get("origin")
        if origin != f"http://{host}" and (writes or origin is not None):
            raise _RefusedError(HTTPStatus.FORBIDDEN, "only this server's own page may ask that")
        site = headers.get("sec-fetch-site", "same-origin")
        is_visit = path == "/" and headers.get("sec-fetch-mode") == "navigate"
        if site not in ("same-origin", "none") and not is_visit:
            raise _RefusedError(HTTPStatus.FORBIDDEN, "only this server's own page may ask that")
        if writes and headers.get(OUR_HEADER) != "1":
            raise _RefusedError(HTTPStatus.FORBIDDEN, "the header X-Bentjets is missing")

    def _check_session(self, scope: Message, headers: dict[str, str]) -> None:
        secret = _cookie_value(headers.get("cookie", ""), self._cookie)
        scope["secret"], scope["session"] = secret, self._sessions.find(secret)
        if not scope["path"].startswith("/api"):
            return
        if scope["path"] == "/api/session":
            if scope["method"] == "POST" and not self._sessions.may_try():
                raise _RefusedError(
                    HTTPStatus.TOO_MANY_REQUESTS, "too many tokens were tried: wait a little"
                )
        elif scope["session"] is None:
            raise _RefusedError(
                HTTPStatus.UNAUTHORIZED, "no session, or it has ended: open the page again"
            )
        elif scope["method"] in _WRITING and not scope["session"].votes.take():
            raise _RefusedError(HTTPStatus.TOO_MANY_REQUESTS, "too many votes: wait a little")

    async def _read_body(self, method: str, headers: dict[str, str], receive: Receive) -> bytes:
        most = self._limits.body_bytes
        if int(headers.get("content-length", "0")) > most:
            raise _RefusedError(
                HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"a request may bring {most} bytes"
            )
        try:
            async with asyncio.timeout(self._limits.body_s):
                body = await _read_all(receive, most)
        except TimeoutError:
            raise _RefusedError(
                HTTPStatus.REQUEST_TIMEOUT, "the request took too long to arrive"
            ) from None
        kind = headers.get("content-type", "").partition(";")[0].strip().lower()
        if method == "POST" and kind != "application/json":
            raise _RefusedError(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "a request must be JSON")
        return body


async def _read_all(receive: Receive, most: int) -> bytes:
    body, more = b"", True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise _RefusedError(HTTPStatus.BAD_REQUEST, "the request broke off")
        body, more = body + message.get("body", b""), message.get("more_body", False)
        if len(body) > most:
            raise _RefusedError(
                HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"a request may bring {most} bytes"
            )
    return body


def _replay(body: bytes, receive: Receive) -> Receive:
    """Give the body that was read once, and then what the connection tells."""
    left = [{"type": "http.request", "body": body, "more_body": False}]

    async def again() -> Message:
        return left.pop() if left else await receive()

    return again


def _with_headers(send: Send) -> Send:
    async def guarded(message: Message) -> None:
        if message["type"] == "http.response.start":
            there = {name.lower() for name, _ in message["headers"]}
            ours = {"cache-control": "no-store", **_HEADERS}
            message["headers"] = [
                *message["headers"],
                *(
                    (name.encode(), value.encode())
                    for name, value in ours.items()
                    if name.encode() not in there
                ),
            ]
        await send(message)

    return guarded


async def _refuse(send: Send, refused: _RefusedError) -> None:
    body = json.dumps({"detail": refused.detail}).encode()
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
        # What is left of a request that was not read to its end is no next request.
        (b"connection", b"close"),
    ]
    await send({"type": "http.response.start", "status": refused.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _single_headers(scope: Message) -> dict[str, str]:
    headers: dict[str, str] = {}
    for raw_name, raw_value in scope["headers"]:
        name = raw_name.decode("latin-1").lower()
        if name in headers and name in ("host", "origin", "cookie", "content-length", OUR_HEADER):
            raise _RefusedError(HTTPStatus.BAD_REQUEST, f"the header {name} came twice")
        headers[name] = raw_value.decode("latin-1")
    return headers


def _name_of(host: str) -> str:
    """Take the port off a Host header: ``[::1]:4150`` is ``[::1]``."""
    name, colon, port = host.rpartition(":")
    return (name if colon and port.isdigit() else host).lower()


def _cookie_value(text: str, name: str) -> str | None:
    try:
        cookies = SimpleCookie(text)
    except CookieError:
        return None
    return cookies[name].value if name in cookies else None
