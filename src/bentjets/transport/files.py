"""A large file from the web: checked by its MD5, and gone on with where it broke off."""

from __future__ import annotations

import hashlib
import os
from http import HTTPStatus
from pathlib import Path

import urllib3

from bentjets.errors import InputError, ServiceError
from bentjets.transport.asking.retries import PassingError
from bentjets.transport.asking.session import PoliteSession

_PIECE_BYTES = 2**20
_MAX_BYTES = 32 * 2**30


def fetch_file(address: str, target: Path, *, md5: str, session: PoliteSession) -> Path:
    """Download a file, unless it is there.

    What came of it before an interruption stays beside it (``<name>.part``), and the rest is asked
    for, by this run or by the next.

    Parameters
    ----------
    address : str
        Where it is.
    target : Path
        Where it goes, in a folder that is there. A file that somebody laid there is taken.
    md5 : str
        Its MD5; empty if it is not known.
    session : PoliteSession
        What makes the requests.

    Returns
    -------
    Path
        The target.

    Raises
    ------
    InputError
        If the file, there or downloaded, has another MD5.
    ServiceError
        If it cannot be had: says which file to bring, and where to lay it.
    """
    if target.exists():
        _check(target, md5, target, "remove it")
        return target
    part = target.with_name(f"{target.name}.part")
    try:
        session.retry(lambda: _attempt(address, part, session))
    except ServiceError as error:
        known = f" (MD5 {md5})" if md5 else ""
        raise ServiceError(
            f"{error}; or bring {target.name}{known} from {address}, and lay it at {target}"
        ) from error
    session.breaker.record_success()
    try:
        _check(part, md5, target, "run again, or look at its address")
    except InputError:
        part.unlink()
        raise
    os.replace(part, target)
    return target


def _attempt(address: str, part: Path, session: PoliteSession) -> None:
    """Ask for what is missing of a file, and add it."""
    start = part.stat().st_size if part.exists() else 0
    headers = {"Range": f"bytes={start}-", "Accept-Encoding": "identity"} if start else {}
    with session.get(address, stream=True, headers=headers) as response:
        if response.status_code == HTTPStatus.NOT_FOUND:
            raise ServiceError(f"{address} does not exist")
        if response.status_code == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
            part.unlink()
            raise PassingError(f"{address} has changed meanwhile")
        response.raise_for_status()
        goes_on = response.status_code == HTTPStatus.PARTIAL_CONTENT
        with part.open("ab" if goes_on else "wb") as file:
            try:
                while piece := response.raw.read1(_PIECE_BYTES, decode_content=True):
                    file.write(piece)
                    if file.tell() > _MAX_BYTES:
                        raise InputError(f"{address} is larger than {_MAX_BYTES} bytes")
            except urllib3.exceptions.HTTPError as error:
                raise PassingError(f"{address} broke off") from error


def _check(path: Path, md5: str, target: Path, remedy: str) -> None:
    with path.open("rb") as file:
        found = hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()
    if md5 and found != md5.removeprefix("md5:").lower():
        raise InputError(
            f"{target} has MD5 {found}, expected is {md5}, damaged or another file: {remedy}"
        )
