"""Archives from elsewhere: what is wanted is read out of them, and nothing in them is trusted.

No member is ever written to disk, whatever its path; the sizes that an archive declares are not
believed. One unsafe member, wanted or not, condemns the whole archive.
"""

from __future__ import annotations

import gzip
import io
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import PurePosixPath
from typing import IO, Any

from bentjets.errors import InputError

ARCHIVE_SUFFIXES = (".zip", ".tar", ".tar.gz", ".tgz")
MAX_FILE_BYTES = 64 * 2**20
MAX_UNPACKED_BYTES = 512 * 2**20
MAX_MEMBERS = 10_000

_ENCRYPTED = 0x1
_DAMAGED = (
    *(zipfile.BadZipFile, tarfile.TarError, gzip.BadGzipFile, zlib.error),
    *(EOFError, NotImplementedError, ValueError),
)


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
    read = _read_zip if name.endswith(".zip") else _read_tar
    found: dict[str, bytes] = {}
    try:
        for path, body in read(content, name, is_wanted):
            last = PurePosixPath(path).name
            if last in found:
                raise _refusal(name, path, "comes twice")
            found[last] = body
    except InputError:
        raise
    except _DAMAGED as error:
        raise InputError(
            f"{name}: damaged, or no archive at all ({type(error).__name__}); "
            "do not use this archive"
        ) from error
    return found


def _read_zip(
    content: IO[bytes], name: str, is_wanted: Callable[[str], bool]
) -> Iterator[tuple[str, bytes]]:
    with zipfile.ZipFile(content) as archive:
        budget = _Budget(name)
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
                _check_size(name, path, member.file_size)
                with archive.open(member) as file:
                    yield path, _read_bounded(file, name, path)


def _read_tar(
    content: IO[bytes], name: str, is_wanted: Callable[[str], bool]
) -> Iterator[tuple[str, bytes]]:
    plain = content if name.endswith(".tar") else gzip.GzipFile(fileobj=content, mode="rb")
    # As a stream: every byte that is unpacked, headers and skipped members too, passes the bound.
    bounded: Any = _BoundedStream(plain, name)
    with tarfile.open(fileobj=bounded, mode="r|") as archive:
        budget = _Budget(name)
        for member in archive:
            _check_path(name, member.name)
            budget.take(member.name, member.size)
            if member.issparse() or not (member.isreg() or member.isdir()):
                raise _refusal(name, member.name, "is a link, a device or a sparse file")
            if member.isreg() and is_wanted(PurePosixPath(member.name).name):
                _check_size(name, member.name, member.size)
                file = archive.extractfile(member)
                assert file is not None  # it is a regular file
                yield member.name, _read_bounded(file, name, member.name)


class _Budget:
    """How many members an archive may have, and what they may declare together."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._members = 0
        self._bytes = 0

    def take(self, path: str, size: int) -> None:
        self._members += 1
        self._bytes += size
        if self._members > MAX_MEMBERS:
            raise _refusal(self._name, path, f"is one of more than {MAX_MEMBERS} members")
        if self._bytes > MAX_UNPACKED_BYTES:
            raise _refusal(self._name, path, f"unpacks to {size} bytes: {_too_large()}")


class _BoundedStream(io.RawIOBase):
    """A file that refuses to give more than an archive may unpack to."""

    def __init__(self, file: Any, name: str) -> None:
        super().__init__()
        self._file = file
        self._name = name
        self._given = 0

    def read(self, size: int = -1) -> bytes:
        piece: bytes = self._file.read(size)
        self._given += len(piece)
        if self._given > MAX_UNPACKED_BYTES:
            raise InputError(f"{self._name}: {_too_large()}; do not use this archive")
        return piece


def _check_path(archive: str, path: str) -> None:
    # Other systems take a backslash for a slash, and "C:" for the beginning of a path.
    parts = path.replace("\\", "/").split("/")
    if parts[0] == "" or parts[0][1:2] == ":" or ".." in parts or "\0" in path:
        raise _refusal(archive, path, "leads out of the archive")


def _check_size(archive: str, path: str, size: int) -> None:
    if size > MAX_FILE_BYTES:
        raise _refusal(
            archive,
            path,
            f"unpacks to {size} bytes, more than the {MAX_FILE_BYTES} of any file",
        )


def _read_bounded(file: IO[bytes], archive: str, path: str) -> bytes:
    body = file.read(MAX_FILE_BYTES + 1)
    _check_size(archive, path, len(body))
    return body


def _too_large() -> str:
    return f"the archive would unpack to more than {MAX_UNPACKED_BYTES} bytes"


def _refusal(archive: str, path: str, fault: str) -> InputError:
    return InputError(f"{archive}: member {path!r} {fault}; do not use this archive")
