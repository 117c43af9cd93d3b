"""Archives from elsewhere: what is wanted is read out of them, and nothing in them is trusted.

Nothing is written to disk here, whatever the path of a member; the sizes that an archive declares
are not believed. One unsafe member, wanted or not, condemns the whole archive.
"""

from __future__ import annotations

import gzip
import io
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import IO, Any

from bentjets.errors import InputError

ARCHIVE_SUFFIXES = (".zip", ".tar", ".tar.gz", ".tgz")
MAX_FILE_BYTES = 64 * 2**20
MAX_UNPACKED_BYTES = 512 * 2**20
MAX_MEMBERS = 10_000

_ENCRYPTED = 0x1
_PIECE_BYTES = 2**20
_DAMAGED = (
    *(zipfile.BadZipFile, tarfile.TarError, gzip.BadGzipFile, zlib.error),
    *(EOFError, NotImplementedError, ValueError),
)


@dataclass(frozen=True)
class Limits:
    """How much an archive may hold: members, bytes of one of them, bytes of all of them."""

    members: int
    file_bytes: int
    unpacked_bytes: int


def read_archive(
    content: IO[bytes], name: str, *, is_wanted: Callable[[str], bool]
) -> dict[str, bytes]:
    """Read files out of an archive by their last name.

    Parameters
    ----------
    content
        The archive, at its beginning; it must be able to seek.
    name
        File name of the archive, whose ending says what it is: one of `ARCHIVE_SUFFIXES`.
    is_wanted
        Whether a file is read, by its last name.

    Returns
    -------
    dict
        Content of each wanted file by its last name.

    Raises
    ------
    InputError
        If the archive is damaged; if it holds a path that leads out of it, a link, a device, a
        sparse or encrypted file, a zip member that is not deflated, or two wanted files of one
        name; if a wanted file is larger than `MAX_FILE_BYTES`, all members together are larger
        than `MAX_UNPACKED_BYTES`, or there are more than `MAX_MEMBERS`.
    """
    found: dict[str, bytes] = {}
    for path, pieces in read_members(content, name, is_wanted=is_wanted):
        last = PurePosixPath(path).name
        if last in found:
            raise _refusal(name, path, "comes twice")
        found[last] = b"".join(pieces)
    return found


def read_members(
    content: IO[bytes],
    name: str,
    *,
    is_wanted: Callable[[str], bool],
    limits: Limits | None = None,
) -> Iterator[tuple[str, Iterator[bytes]]]:
    """Give the wanted files of an archive one by one, each in pieces, to be read at once.

    Parameters
    ----------
    content, name, is_wanted
        As for `read_archive`.
    limits
        How much the archive may hold; those of `read_archive` if they are not given.

    Yields
    ------
    tuple
        The path of a member, which does not lead out of the archive, and its pieces.

    Raises
    ------
    InputError
        As for `read_archive`.
    """
    read = _read_zip if name.endswith(".zip") else _read_tar
    limits = limits or Limits(MAX_MEMBERS, MAX_FILE_BYTES, MAX_UNPACKED_BYTES)
    with _told(name):
        for path, pieces in read(content, name, is_wanted, limits):
            yield path, _told_pieces(name, pieces)


@contextmanager
def _told(name: str) -> Iterator[None]:
    try:
        yield
    except InputError:
        raise
    except _DAMAGED as error:
        raise InputError(
            f"{name}: damaged, or no archive at all ({type(error).__name__}); "
            "do not use this archive"
        ) from error


def _told_pieces(name: str, pieces: Iterator[bytes]) -> Iterator[bytes]:
    with _told(name):
        yield from pieces


def _read_zip(
    content: IO[bytes], name: str, is_wanted: Callable[[str], bool], limits: Limits
) -> Iterator[tuple[str, Iterator[bytes]]]:
    with zipfile.ZipFile(content) as archive:
        budget = _Budget(name, limits)
        for member in archive.infolist():
            path = member.orig_filename
            _check_path(name, path)
            budget.take(path, member.file_size)
            # The upper half holds the mode of a Unix file, and 0 where another system packed it.
            kind = stat.S_IFMT(member.external_attr >> 16)
            if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
                raise _refusal(name, path, "is a link or a device")
            if member.flag_bits & _ENCRYPTED:
                raise _refusal(name, path, "is encrypted")
            # Other methods take as much memory as the archive likes.
            if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                raise _refusal(name, path, "is compressed by another method than deflate")
            if not member.is_dir() and is_wanted(PurePosixPath(path).name):
                _check_size(name, path, member.file_size, limits)
                with archive.open(member) as file:
                    yield path, _read_bounded(file, name, path, limits)


def _read_tar(
    content: IO[bytes], name: str, is_wanted: Callable[[str], bool], limits: Limits
) -> Iterator[tuple[str, Iterator[bytes]]]:
    plain = content if name.endswith(".tar") else gzip.GzipFile(fileobj=content, mode="rb")
    # As a stream: every byte that is unpacked, headers and skipped members too, passes the bound.
    bounded: Any = _BoundedStream(plain, name, limits)
    with tarfile.open(fileobj=bounded, mode="r|") as archive:
        budget = _Budget(name, limits)
        for member in archive:
            _check_path(name, member.name)
            budget.take(member.name, member.size)
            if member.issparse() or not (member.isreg() or member.isdir()):
                raise _refusal(name, member.name, "is a link, a device or a sparse file")
            if member.isreg() and is_wanted(PurePosixPath(member.name).name):
                _check_size(name, member.name, member.size, limits)
                file = archive.extractfile(member)
                assert file is not None  # it is a regular file
                yield member.name, _read_bounded(file, name, member.name, limits)


class _Budget:
    """How many members an archive may have, and what they may declare together."""

    def __init__(self, name: str, limits: Limits) -> None:
        self._name = name
        self._limits = limits
        self._members = 0
        self._bytes = 0

    def take(self, path: str, size: int) -> None:
        self._members += 1
        self._bytes += size
        if self._members > self._limits.members:
            raise _refusal(self._name, path, f"is one of more than {self._limits.members} members")
        if self._bytes > self._limits.unpacked_bytes:
            told = _too_large(self._limits)
            raise _refusal(self._name, path, f"unpacks to {size} bytes: {told}")


class _BoundedStream(io.RawIOBase):
    """A file that refuses to give more than an archive may unpack to."""

    def __init__(self, file: Any, name: str, limits: Limits) -> None:
        super().__init__()
        self._limits = limits
        self._file = file
        self._name = name
        self._given = 0

    def read(self, size: int = -1) -> bytes:
        piece: bytes = self._file.read(size)
        self._given += len(piece)
        if self._given > self._limits.unpacked_bytes:
            told = _too_large(self._limits)
            raise InputError(f"{self._name}: {told}; do not use this archive")
        return piece


def _check_path(archive: str, path: str) -> None:
    # Other systems take a backslash for a slash, and "C:" for the beginning of a path.
    parts = path.replace("\\", "/").split("/")
    if parts[0] == "" or parts[0][1:2] == ":" or ".." in parts or "\0" in path:
        raise _refusal(archive, path, "leads out of the archive")


def _check_size(archive: str, path: str, size: int, limits: Limits) -> None:
    if size > limits.file_bytes:
        raise _refusal(
            archive,
            path,
            f"unpacks to {size} bytes, more than the {limits.file_bytes} of any file",
        )


def _read_bounded(file: IO[bytes], archive: str, path: str, limits: Limits) -> Iterator[bytes]:
    size = 0
    while piece := file.read(_PIECE_BYTES):
        size += len(piece)
        _check_size(archive, path, size, limits)
        yield piece


def _too_large(limits: Limits) -> str:
    return f"the archive would unpack to more than {limits.unpacked_bytes} bytes"


def _refusal(archive: str, path: str, fault: str) -> InputError:
    return InputError(f"{archive}: member {path!r} {fault}; do not use this archive")
