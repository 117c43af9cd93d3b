"""Published datasets: download the files of an archive's record, and trust none of them.

The record is asked for in the form of Zenodo's interface: a list of files, each with its address,
its size and its MD5.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from typing import IO

import requests
import urllib3

from bentjets.errors import InputError, ServiceError
from bentjets.transport.archives import (
    ARCHIVE_SUFFIXES,
    MAX_FILE_BYTES,
    MAX_UNPACKED_BYTES,
    read_archive,
)
from bentjets.transport.asking.retries import PassingError
from bentjets.transport.asking.session import PoliteSession

MAX_DOWNLOAD_BYTES = 2 * 2**30

_MAX_RECORD_BYTES = 16 * 2**20
_IN_MEMORY_BYTES = 32 * 2**20
_PIECE_BYTES = 2**16
_SLOWEST_BYTES_PER_S = 1000


@dataclass(frozen=True)
class _File:
    """A file of a record."""

    name: str
    address: str
    md5: str
    size: int


def download_record(
    record: str,
    *,
    session: PoliteSession,
    is_wanted: Callable[[str], bool],
    md5: Mapping[str, str] | None = None,
) -> dict[str, bytes]:
    """Download what is wanted of a record's files, verify it, and unpack archives.

    Parameters
    ----------
    record
        Address of the record's description (JSON).
    session
        What makes the requests. Of its limits, that on the time of an answer gives way to one on
        its speed: 1 kB/s.
    is_wanted
        Whether a file is taken, by its name, be it in the record or in one of its archives;
        anything else is left where it is.
    md5
        The MD5 that files must have, by their names, whatever the record says. If there are any,
        no other files are taken.

    Returns
    -------
    dict
        Content of each file by its name, as it is.

    Raises
    ------
    ServiceError
        If the archive cannot be reached, answers with something else, or breaks off every time.
    InputError
        If a file is not the expected one or too large, an archive is not safe (see
        `bentjets.transport.archives`), or the record holds nothing that is wanted.
    """
    asking = _Download(session)
    taken: dict[str, bytes] = {}
    listed = _list_files(asking, record)
    listed = [file for file in listed if _is_archive(file.name) or is_wanted(file.name)]
    for file in _pin(listed, md5 or {}, record):
        for name, content in _read_file(asking, file, is_wanted).items():
            if name in taken:
                raise InputError(f"{record} holds {name} twice: do not use this record")
            taken[name] = content
        if sum(map(len, taken.values())) > MAX_UNPACKED_BYTES:
            raise InputError(
                f"{record} holds more than {MAX_UNPACKED_BYTES} bytes of what is wanted: do not "
                "use this record"
            )
    if not taken:
        raise InputError(
            f"{record} holds no file of those that are wanted: check the address of the record"
        )
    return taken


def _list_files(asking: _Download, record: str) -> list[_File]:
    with asking.fetch(record, limit=_MAX_RECORD_BYTES) as content:
        try:
            return [
                _File(
                    name=entry["key"],
                    address=entry["links"]["self"],
                    md5=entry["checksum"].removeprefix("md5:").lower(),
                    size=int(entry.get("size") or 0),
                )
                for entry in json.load(content)["files"]
            ]
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise ServiceError(
                f"{record} did not answer with a list of files: check the address of the record"
            ) from error


def _pin(files: list[_File], md5: Mapping[str, str], record: str) -> list[_File]:
    """Hold a record against the checksums that are known beforehand, if there are any."""
    known = {file.name: file for file in files}
    for name, expected in md5.items():
        if name not in known:
            raise InputError(f"{record} holds no {name}, of which an MD5 is given: check both")
        if known[name].md5 != expected.removeprefix("md5:").lower():
            raise InputError(
                f"{record} says that {name} has MD5 {known[name].md5}, expected is {expected}: "
                "the record has changed, look at it"
            )
    return [file for file in files if not md5 or file.name in md5]


def _read_file(
    asking: _Download, file: _File, is_wanted: Callable[[str], bool]
) -> dict[str, bytes]:
    if _is_archive(file.name):
        with asking.fetch(file.address, limit=MAX_DOWNLOAD_BYTES, expected=file) as content:
            return read_archive(
                content,
                file.name,
                is_wanted=lambda name: is_wanted(name) and not _is_archive(name),
            )
    with asking.fetch(file.address, limit=MAX_FILE_BYTES, expected=file) as content:
        return {file.name: content.read()}


@dataclass(frozen=True)
class _Download:
    """Fetches files, however large, in little memory."""

    session: PoliteSession

    @contextmanager
    def fetch(
        self, address: str, *, limit: int, expected: _File | None = None
    ) -> Iterator[IO[bytes]]:
        """Fetch a file, again if that fails in a way that may pass; it is gone afterwards."""
        if expected is not None:
            _check_size(address, expected.size, limit)
        with tempfile.SpooledTemporaryFile(_IN_MEMORY_BYTES) as content:
            self.session.retry(lambda: self._attempt(content, address, limit, expected))
            self.session.breaker.record_success()
            content.seek(0)
            yield content

    def _attempt(
        self, content: IO[bytes], address: str, limit: int, expected: _File | None
    ) -> None:
        content.seek(0)
        content.truncate()
        with self.session.get(address, stream=True) as response:
            if response.status_code == HTTPStatus.NOT_FOUND:
                raise ServiceError(f"{address} does not exist: check the address")
            response.raise_for_status()
            _check_size(address, int(response.headers.get("Content-Length", 0)), limit)
            try:
                found = self._receive(response, content, limit)
            except urllib3.exceptions.HTTPError as error:
                raise PassingError(f"{address} broke off") from error
        if expected is not None and found != expected.md5:
            if content.tell() < expected.size:
                raise PassingError(f"{content.tell()} of {expected.size} bytes of {expected.name}")
            raise InputError(
                f"{expected.name} has MD5 {found}, the record says {expected.md5}: "
                "download it again"
            )

    def _receive(self, response: requests.Response, content: IO[bytes], limit: int) -> str:
        """Write the body to a file as it comes, and give its MD5."""
        digest = hashlib.md5(usedforsecurity=False)
        started_s = time.monotonic()
        while piece := response.raw.read1(_PIECE_BYTES, decode_content=True):
            content.write(piece)
            digest.update(piece)
            received = content.tell()
            _check_size(response.url, received, limit)
            elapsed_s = time.monotonic() - started_s
            if elapsed_s > self.session.politeness.answer_s + received / _SLOWEST_BYTES_PER_S:
                raise PassingError(f"{received} bytes of {response.url} in {elapsed_s:.0f} s")
        return digest.hexdigest()


def _check_size(address: str, size: int, limit: int) -> None:
    if size > limit:
        raise InputError(
            f"{address} is larger than {limit} bytes, as no file of such a dataset is: "
            "do not use this record"
        )


def _is_archive(name: str) -> bool:
    return name.endswith(ARCHIVE_SUFFIXES)
