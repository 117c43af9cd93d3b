"""The server of the review page: what it answers, and how a vote comes in."""

from __future__ import annotations

import hashlib
import mimetypes
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from bentjets.errors import InputError
from bentjets.review.server.incoming import NewVote, VoteRefusedError
from bentjets.review.server.room import Room
from bentjets.review.server.security import Guard, Limits, Sessions

_PAGE = Path(__file__).parents[1] / "page"
_PAGE_SUFFIXES = (".css", ".js", ".svg", ".png", ".html", ".webmanifest")
_MOST_PLACES, _MOST_PLACE = 500, 10**9
_LIMITS = Limits()
_MOST_TOKEN = 200


def make_app(
    room: Room,
    *,
    sessions: Sessions,
    hosts: frozenset[str],
    cookie: str = "bentjets_session",
    limits: Limits = _LIMITS,
    page: Path = _PAGE,
) -> Guard:
    """Make the application that serves the page and takes the votes.

    Parameters
    ----------
    room
        What is looked at, and by whom.
    sessions
        Who may come in.
    hosts
        Names under which the server answers; others are refused (DNS rebinding).
    cookie
        Name of the session's cookie.
    limits
        Of what a request may bring.
    page
        Folder of the page's files.

    Returns
    -------
    Guard
        An ASGI application.
    """
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    _add_errors(app)
    _add_page(app, page, sessions, cookie)
    _add_sessions(app, sessions, cookie)
    _add_reading(app, room)
    _add_pictures(app, room)
    _add_voting(app, room)
    return Guard(app, sessions=sessions, cookie=cookie, hosts=hosts, limits=limits)


def _expert(request: Request) -> str:
    return str(request.scope["session"].expert)


Expert = Annotated[str, Depends(_expert)]


def _add_errors(app: FastAPI) -> None:
    """Answer every error with one sentence."""

    @app.exception_handler(RequestValidationError)
    def refuse_request(_: Request, error: RequestValidationError) -> JSONResponse:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"][1:])
        return JSONResponse({"detail": f"{where}: {first['msg']}".lstrip(": ")}, 422)

    @app.exception_handler(InputError)
    def refuse_input(request: Request, error: InputError) -> JSONResponse:
        return JSONResponse({"detail": str(error)}, 422 if request.method == "POST" else 404)

    @app.exception_handler(VoteRefusedError)
    def refuse_vote(_: Request, error: VoteRefusedError) -> JSONResponse:
        return JSONResponse({"detail": str(error), "kept": error.kept}, 409)

    @app.exception_handler(HTTPException)
    def refuse(_: Request, error: HTTPException) -> JSONResponse:
        return JSONResponse({"detail": str(error.detail)}, error.status_code)


def _add_page(app: FastAPI, page: Path, sessions: Sessions, cookie: str) -> None:
    @app.get("/")
    def index(request: Request) -> Response:
        answer = _file_answer(request, page / "index.html")
        if not sessions.need_token and request.scope["session"] is None:
            _give_cookie(answer, cookie, sessions.open() or "")
        return answer

    # Only what the package holds has a name here: what is asked for never becomes a path.
    files = {
        path.relative_to(page).as_posix(): path
        for path in sorted(page.rglob("*"))
        if path.suffix in _PAGE_SUFFIXES
    }

    @app.get("/page/{name:path}")
    def page_file(request: Request, name: str) -> Response:
        if name not in files:
            raise HTTPException(404, "the page has no such file")
        return _file_answer(request, files[name])


def _file_answer(request: Request, path: Path) -> Response:
    kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    return _answer(request, path.read_bytes(), kind, "no-cache")


def _add_sessions(app: FastAPI, sessions: Sessions, cookie: str) -> None:
    @app.post("/api/session", status_code=204)
    def open_session(given: dict[str, str]) -> Response:
        secret = sessions.open(given.get("token", "")[:_MOST_TOKEN])
        if secret is None:
            raise HTTPException(401, "that token opens nothing: take the address as it was printed")
        answer = Response(status_code=204)
        _give_cookie(answer, cookie, secret)
        return answer

    @app.delete("/api/session", status_code=204)
    def close_session(request: Request) -> Response:
        sessions.close(request.scope["secret"])
        answer = Response(status_code=204)
        answer.delete_cookie(cookie, path="/", httponly=True, samesite="strict")
        return answer


def _give_cookie(answer: Response, cookie: str, secret: str) -> None:
    answer.set_cookie(cookie, secret, path="/", httponly=True, samesite="strict")


def _add_reading(app: FastAPI, room: Room) -> None:
    @app.get("/api/state")
    def state(expert: Expert) -> dict[str, Any]:
        return room.state(expert)

    @app.get("/api/places")
    def places(
        expert: Expert,
        chosen: Annotated[str, Query(alias="filter", max_length=20)] = "all",
        near: Annotated[int, Query(ge=0, le=_MOST_PLACE)] = 0,
        count: Annotated[int, Query(ge=1, le=_MOST_PLACES)] = 50,
    ) -> dict[str, Any]:
        return room.desk(expert).places(chosen, near, count)

    @app.get("/api/places/{place}")
    def one_place(expert: Expert, place: int) -> dict[str, Any]:
        return room.show(expert, place)


def _add_pictures(app: FastAPI, room: Room) -> None:
    def add(name: str, kind: str, read: Callable[[str], bytes]) -> None:
        @app.get(f"/api/places/{{place}}/{name}", name=name)
        def picture(request: Request, expert: Expert, place: int) -> Response:
            content = read(room.source_id(expert, place))
            return _answer(request, content, kind, "private, max-age=3600")

    add("image", "application/octet-stream", room.pictures.image)
    add("mask", "application/octet-stream", room.pictures.mask)
    add("masked.png", "image/png", room.pictures.masked_png)


def _answer(request: Request, content: bytes, kind: str, cache: str) -> Response:
    etag = f'"{hashlib.blake2b(content, digest_size=16).hexdigest()}"'
    headers = {"ETag": etag, "Cache-Control": cache}
    if request.headers.get("if-none-match") == etag:
        return Response(status_code=304, headers=headers)
    return Response(content, media_type=kind, headers=headers)


def _add_voting(app: FastAPI, room: Room) -> None:
    @app.post("/api/votes", status_code=201)
    def vote(expert: Expert, given: NewVote) -> dict[str, Any]:
        return room.vote(expert, given)
