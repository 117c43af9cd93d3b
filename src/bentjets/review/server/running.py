"""A server that runs until it is told to stop."""

from __future__ import annotations

import signal
import socket
import threading
import time
from collections.abc import Callable
from types import FrameType
from typing import Any

from bentjets.errors import InputError

_ANYWHERE = ("", "0.0.0.0", "::")
_LOOPBACK_NAMES = ("127.0.0.1", "localhost", "[::1]")
_CONNECTIONS = 500
_SHUTDOWN_S = 2
_LOOK_S = 0.02


def listen(host: str, port: int | None, *, first_port: int = 4150) -> socket.socket:
    """Listen at a port; without one, at the first that is free.

    Raises
    ------
    InputError
        If the address cannot be used.
    """
    ports = [port] if port is not None else [*range(first_port, first_port + 20), 0]
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    for one in ports:
        listening = socket.socket(family, socket.SOCK_STREAM)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind((host, one))
        except (OSError, OverflowError) as error:
            listening.close()
            if one == ports[-1]:
                raise InputError(
                    f"{host}:{one} cannot be listened at ({error}): choose another --host or --port"
                ) from error
        else:
            return listening
    raise AssertionError


def names_of(host: str) -> frozenset[str]:
    """List the names under which a server at an address may be asked; lower case."""
    own = (f"[{host}]" if ":" in host else host).lower()
    if own in _LOOPBACK_NAMES:
        return frozenset(_LOOPBACK_NAMES)
    if host not in _ANYWHERE:
        return frozenset({own})
    here = socket.gethostname()
    _, others, addresses = _addresses(here)
    return frozenset(
        name.lower() for name in (*_LOOPBACK_NAMES, here, socket.getfqdn(), *others, *addresses)
    )


def _addresses(name: str) -> tuple[str, list[str], list[str]]:
    try:
        return socket.gethostbyname_ex(name)
    except OSError:
        return name, [], []


def serve(app: Any, listening: socket.socket, *, when_ready: Callable[[], object]) -> None:
    """Answer requests until SIGINT or SIGTERM.

    Parameters
    ----------
    app
        An ASGI application.
    listening
        Where it is asked; closed afterwards.
    when_ready
        Called when it answers.
    """
    import uvicorn

    config = uvicorn.Config(
        app,
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        ws="none",
        limit_concurrency=_CONNECTIONS,
        timeout_graceful_shutdown=_SHUTDOWN_S,
    )
    server = uvicorn.Server(config)

    def announce() -> None:
        while not (server.started or server.should_exit):
            time.sleep(_LOOK_S)
        if server.started:
            when_ready()

    # uvicorn sends itself the signal again when it has ended: what comes after would not be done.
    handlers = {one: signal.signal(one, _ignore) for one in (signal.SIGINT, signal.SIGTERM)}
    threading.Thread(target=announce, daemon=True).start()
    try:
        server.run(sockets=[listening])
    finally:
        listening.close()
        for one, handler in handlers.items():
            signal.signal(one, handler)


def _ignore(_number: int, _frame: FrameType | None) -> None:
    """Take a signal that was heeded already."""
