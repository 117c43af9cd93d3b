"""Files that services gave, kept as they came, where a person can open and copy them.

Several threads and processes may share a folder: a file appears whole or not at all, and its row
is appended to the table in one piece. Beside a file that has no row (copied by hand, or the run
was killed in between), its own time says when it came.
"""

from __future__ import annotations

import csv
import hashlib
import io
import logging
import os
import re
import secrets
import threading
from collections.abc import Callable
from dataclasses import astuple, dataclass, fields
from datetime import UTC, datetime
from pathlib import Path

from bentjets.errors import EndOfRunError
from bentjets.transport.downloads import Download

logger = logging.getLogger(__name__)

TABLE_NAME = "downloads.csv"

_HASH_DIGITS = 8
_SHA256_DIGITS = 64
_UNSAFE = re.compile(r"[^A-Za-z0-9+._-]+|^\.+")


@dataclass(frozen=True)
class Row:
    """What the table says of a file."""

    file: str
    request: str
    date: str
    attempts: int
    seconds: float
    sha256: str


class DownloadStore:
    """A folder of files that a service gave, and the table ``downloads.csv`` that tells of each.

    Parameters
    ----------
    folder
        Where the files lie; it is made when the first one comes.
    suffix
        How the names of the files end, with the dot.
    is_whole
        Whether what is in a file can be used; asked of files without a row only.
    """

    def __init__(self, folder: Path, *, suffix: str, is_whole: Callable[[bytes], bool]) -> None:
        self._folder = folder
        self._suffix = suffix
        self._is_whole = is_whole
        self._table = _Table(folder / TABLE_NAME)

    def path(self, name: str, request: str) -> Path:
        """Say where the answer to a request lies.

        Parameters
        ----------
        name
            What the file is called after, such as a source.
        request
            Everything that was asked for, in words; 8 hexadecimal digits of its SHA-256 stand in
            the file's name, so that two things of one name do not meet.
        """
        digits = hashlib.sha256(request.encode()).hexdigest()[:_HASH_DIGITS]
        return self._folder / f"{safe_name(name)}_{digits}{self._suffix}"

    def find(self, name: str, request: str) -> Download | None:
        """Return what was kept of a request; None if that is nothing, or damaged.

        Raises
        ------
        EndOfRunError
            If the folder cannot be read.
        """
        path = self.path(name, request)
        try:
            content = path.read_bytes()
            row = self._table.find(path.name)
            modified_s = path.stat().st_mtime
        except FileNotFoundError:
            return None
        except OSError as error:
            raise _refusal(path, "read", error) from error
        if row is None and self._is_whole(content):
            date = datetime.fromtimestamp(modified_s, UTC).isoformat(timespec="microseconds")
            return Download(content, attempts=0, seconds=0.0, date=date)
        if row is not None and row.sha256 == hashlib.sha256(content).hexdigest():
            if row.request == _one_line(request):
                return Download(content, row.attempts, row.seconds, row.date)
            return None
        logger.warning("%s is damaged, or was changed: asked for again", path)
        return None

    def keep(self, name: str, request: str, download: Download) -> None:
        """Keep the answer to a request.

        Raises
        ------
        EndOfRunError
            If the folder cannot be written.
        """
        path = self.path(name, request)
        sha256 = hashlib.sha256(download.file).hexdigest()
        cost = (download.date, download.attempts, download.seconds)
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            _write_whole(path, download.file)
            self._table.append(Row(path.name, _one_line(request), *cost, sha256))
        except OSError as error:
            raise _refusal(path, "written", error) from error


def safe_name(name: str) -> str:
    """Make a name safe as that of a file or folder."""
    return _UNSAFE.sub("_", name)


class _Table:
    """The rows that files have, the last one of each; only ever appended to."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._rows: dict[str, Row] = {}
        self._read_bytes = 0
        self._lock = threading.Lock()

    def find(self, file: str) -> Row | None:
        with self._lock:
            self._read_on()
            return self._rows.get(file)

    def append(self, row: Row) -> None:
        # Unbuffered: one write, which other processes' rows go before or after.
        with open(self._path, "ab", buffering=0) as table:
            names = tuple(field.name for field in fields(Row))
            header = "" if table.tell() else _csv_line(names)
            table.write(f"{header}{_csv_line(astuple(row))}".encode())

    def _read_on(self) -> None:
        """Read what this or another process has appended since; whole lines only."""
        if not self._path.exists():
            return
        with open(self._path, "rb") as table:
            if os.fstat(table.fileno()).st_size < self._read_bytes:  # somebody has edited it
                self._read_bytes = 0
                self._rows.clear()
            table.seek(self._read_bytes)
            lines = table.read().rpartition(b"\n")[0]
        if lines:
            self._read_bytes += len(lines) + 1
        for line in lines.decode(errors="replace").split("\n"):
            row = _read_row(line)
            if row is not None:
                self._rows[row.file] = row


def _read_row(line: str) -> Row | None:
    """Read a line of the table; None where it is a header, or was not written whole."""
    try:
        ((file, request, date, attempts, seconds, sha256),) = csv.reader([line])
        row = Row(file, request, date, int(attempts), float(seconds), sha256)
    except (ValueError, csv.Error):
        return None
    return row if len(sha256) == _SHA256_DIGITS else None


def _csv_line(cells: tuple[object, ...]) -> str:
    line = io.StringIO()
    csv.writer(line, lineterminator="\n").writerow(cells)
    return line.getvalue()


def _one_line(request: str) -> str:
    return " ".join(request.split())


def _write_whole(path: Path, content: bytes) -> None:
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        part.write_bytes(content)
        part.replace(path)
    except OSError:
        part.unlink(missing_ok=True)
        raise


def _refusal(path: Path, verb: str, error: OSError) -> EndOfRunError:
    return EndOfRunError(
        f"{path} cannot be {verb} ({error.strerror}): make room or mend its permissions, or have "
        "the cache elsewhere"
    )
