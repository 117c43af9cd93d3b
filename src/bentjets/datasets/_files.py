"""What the dataset classes share: fsspec paths, and saves that are all or nothing."""

from __future__ import annotations

import contextlib
import filecmp
import glob
import os
import secrets
from abc import abstractmethod
from collections.abc import Callable, Iterable, Iterator
from copy import deepcopy
from pathlib import Path, PurePosixPath
from typing import Any, ClassVar, Generic, TypeVar

import fsspec
from fsspec.implementations.local import LocalFileSystem
from kedro.io.core import (
    AbstractVersionedDataset,
    DatasetError,
    Version,
    get_filepath_str,
    get_protocol_and_path,
)

from bentjets.datasets._encoded import CheckedPieces
from bentjets.files import OTHER, EncodedFile

_DI = TypeVar("_DI")
_DO = TypeVar("_DO")

LOCAL_PROTOCOL = "file"
_TEMPORARY_SUFFIX = ".tmp"


def temporary_path(path: str) -> str:
    """Give a hidden name beside `path` that no other writer uses."""
    folder, _, name = path.rpartition("/")
    hidden = f".{name}.{secrets.token_hex(4)}{_TEMPORARY_SUFFIX}"
    return f"{folder}/{hidden}" if folder else hidden


def unfinished_pattern(path: str) -> str:
    """Give a pattern of what killed runs may have left of saves of `path`."""
    folder, _, name = path.rpartition("/")
    return f"{glob.escape(folder)}/.{glob.escape(name)}.*{_TEMPORARY_SUFFIX}"


def is_temporary(path: str) -> bool:
    """Tell whether `path` is the name of a save that has not finished."""
    name = path.rpartition("/")[2]
    return name.startswith(".") and name.endswith(_TEMPORARY_SUFFIX)


def read_bytes(fs: fsspec.AbstractFileSystem, path: str) -> bytes:
    """Read a whole file.

    Raises
    ------
    DatasetError
        If there is no such file.
    """
    local = _local_path(fs, path)
    try:
        if local is None:
            return bytes(fs.cat_file(path))
        with open(local, "rb") as file:
            return file.read()
    except FileNotFoundError as exc:
        raise missing(path) from exc


def list_files(fs: fsspec.AbstractFileSystem, folder: str) -> list[str]:
    """List the files in a folder and its subfolders, sorted; none where there is no folder.

    fsspec asks for the size and the dates of each: for local files, their names are enough.
    """
    local = _local_path(fs, folder)
    if local is None:
        return list(fs.find(folder))
    paths = (f"{where}/{name}" for where, _, names in os.walk(local) for name in names)
    return sorted(map(fs._strip_protocol, paths))


def write_bytes(fs: fsspec.AbstractFileSystem, path: str, content: bytes) -> None:
    """Write a whole file, or nothing: a reader sees the old content or the new, never a part.

    The content goes to a temporary name in the same folder, which is then renamed. After a failure
    the temporary file is gone. A local file that holds this content already stays untouched.
    """
    local = _local_path(fs, path)
    if local is None or not _holds(local, content):
        write_pieces(fs, path, [content])


def write_pieces(
    fs: fsspec.AbstractFileSystem,
    path: str,
    pieces: Iterable[bytes],
    check: Callable[[], None] = lambda: None,
) -> None:
    """Write a file piece by piece, as `write_bytes` does; `check` may refuse it at the end.

    Parameters
    ----------
    fs
        The filesystem.
    path
        The file.
    pieces
        What is in it; never all at once in memory.
    check
        Called when all pieces are written, and before the file gets its name.
    """
    local = _local_path(fs, path)
    temporary = temporary_path(path if local is None else local)
    folder = temporary.rpartition("/")[0]
    # A survey is many files: for local ones, every call less counts.
    if local is None:
        fs.makedirs(folder, exist_ok=True)
    elif not os.path.isdir(folder):
        os.makedirs(folder, exist_ok=True)
    try:
        # No fsync: a killed process leaves no half file without it, and a survey is many files.
        with fs.open(temporary, "wb") if local is None else open(temporary, "xb") as file:
            for piece in pieces:
                file.write(piece)
        check()
        if local is None:
            fs.mv(temporary, path)
        elif os.path.isfile(local) and filecmp.cmp(temporary, local, shallow=False):
            os.unlink(temporary)
        else:
            os.replace(temporary, local)
    except BaseException:
        with contextlib.suppress(Exception):
            fs.rm_file(temporary)
        raise


def save_encoded(
    fs: fsspec.AbstractFileSystem, path: str, file: EncodedFile, media_type: str
) -> None:
    """Save a file that was encoded elsewhere, if it is a whole one of the kind wanted here.

    Raises
    ------
    DatasetError
        If it is not.
    """
    pieces = CheckedPieces(file, media_type, path)
    if isinstance(file.content, bytes):
        content = b"".join(pieces)
        pieces.check()
        write_bytes(fs, path, content)
    else:
        write_pieces(fs, path, pieces, pieces.check)


def _local_path(fs: fsspec.AbstractFileSystem, path: str) -> str | None:
    """Give the path as the operating system knows it; None on other filesystems."""
    if not isinstance(fs, LocalFileSystem):
        return None
    return path if path.startswith("/") else str(fs._strip_protocol(path))


def _holds(path: str, content: bytes) -> bool:
    """Tell whether a local file holds this content already."""
    try:
        if os.path.getsize(path) != len(content):
            return False
        with open(path, "rb") as file:
            return file.read() == content
    except OSError:
        return False


def save_whole(dataset: Any, content: bytes) -> None:
    """Save what one of Kedro's own file datasets would write, whole or not at all."""
    path = get_filepath_str(dataset._get_save_path(), dataset._protocol)
    write_bytes(dataset._fs, path, content)
    dataset._invalidate_cache()


def remove_unfinished(dataset: Any) -> None:
    """Remove what killed runs left beside the file of a dataset that is one local file."""
    if getattr(dataset, "_protocol", None) == LOCAL_PROTOCOL and hasattr(dataset, "_filepath"):
        for left in glob.glob(unfinished_pattern(str(dataset._filepath)), include_hidden=True):
            Path(left).unlink(missing_ok=True)


def missing(path: str) -> DatasetError:
    """Make the error for a file that is not there."""
    return DatasetError(
        f"{path} does not exist; run the pipeline that writes it, or correct its path in the "
        "catalog"
    )


@contextlib.contextmanager
def unreadable(path: str, remedy: str) -> Iterator[None]:
    """Turn whatever a file library raises on a damaged file into one clear line.

    Parameters
    ----------
    path : str
        The file, as the message names it.
    remedy : str
        What the user can do, e.g. ``"fetch it again"``.

    Raises
    ------
    DatasetError
        ``<path> cannot be read: <reason>; <remedy>``; a DatasetError from inside passes unchanged.
    """
    try:
        yield
    except DatasetError:
        raise
    except Exception as exc:
        reason = " ".join(str(exc).split()) or type(exc).__name__
        raise DatasetError(f"{path} cannot be read: {reason}; {remedy}") from exc


class PathDataset(AbstractVersionedDataset[_DI, _DO], Generic[_DI, _DO]):
    """Base of the datasets at one path on any fsspec filesystem, with Kedro's versioning.

    Parameters
    ----------
    filepath : str or os.PathLike
        The path, with a protocol such as ``s3://`` if it is not local.
    version : Version, optional
        The versions to load and to save.
    credentials : dict, optional
        Arguments of the fsspec filesystem that are secret.
    fs_args : dict, optional
        Other arguments of the fsspec filesystem.
    metadata : dict, optional
        Anything; Kedro ignores it, plugins may read it.
    """

    def __init__(
        self,
        *,
        filepath: str | os.PathLike[str],
        version: Version | None = None,
        credentials: dict[str, Any] | None = None,
        fs_args: dict[str, Any] | None = None,
        metadata: dict[str, Any] | None = None,
    ) -> None:
        protocol, path = get_protocol_and_path(filepath, version)
        self._protocol = protocol
        self._fs = fsspec.filesystem(
            protocol, **(deepcopy(credentials) or {}), **(deepcopy(fs_args) or {})
        )
        self.metadata = metadata
        super().__init__(
            filepath=PurePosixPath(path),
            version=version,
            exists_function=self._fs.exists,
            glob_function=self._fs.glob,
        )

    def _load_path(self) -> str:
        return get_filepath_str(self._get_load_path(), self._protocol)

    def _save_path(self) -> str:
        return get_filepath_str(self._get_save_path(), self._protocol)

    def _describe(self) -> dict[str, Any]:
        return {
            "filepath": self._filepath,
            "protocol": self._protocol,
            "version": self._version,
        }

    def _exists(self) -> bool:
        try:
            return bool(self._fs.exists(self._load_path()))
        except DatasetError:
            return False

    def _release(self) -> None:
        super()._release()
        self._invalidate_cache()

    def _invalidate_cache(self) -> None:
        self._fs.invalidate_cache(get_filepath_str(self._filepath, self._protocol))


class FileDataset(PathDataset[_DI, _DO], Generic[_DI, _DO]):
    """Base of the datasets that are one file: a subclass says what its bytes mean.

    A subclass defines ``_encode(data, path) -> bytes`` and ``_decode(content, path) -> data``; both
    may raise DatasetError, and ``path`` is there to be named in the message. An `EncodedFile` of
    its ``media_type`` is saved as it is.
    """

    media_type: ClassVar[str] = OTHER

    def load(self) -> _DO:
        """Read the file.

        Raises
        ------
        DatasetError
            If the file is missing or damaged.
        """
        path = self._load_path()
        return self._decode(read_bytes(self._fs, path), path)

    def save(self, data: _DI | EncodedFile) -> None:
        """Write the file, whole or not at all.

        Raises
        ------
        DatasetError
            If the data do not fit the format.
        """
        self.save_at(self._fs, self._save_path(), data)
        self._invalidate_cache()

    def save_at(self, fs: fsspec.AbstractFileSystem, path: str, data: _DI | EncodedFile) -> None:
        """Write a file as `save` does, at another path: for many files, one dataset is enough."""
        if isinstance(data, EncodedFile):
            save_encoded(fs, path, self._adapt(data, path), self.media_type)
        else:
            write_bytes(fs, path, self._encode(data, path))

    def _adapt(self, file: EncodedFile, path: str) -> EncodedFile:
        """Give a file that was encoded elsewhere the form that this dataset is set to write."""
        return file

    @abstractmethod
    def _encode(self, data: _DI, path: str) -> bytes: ...

    @abstractmethod
    def _decode(self, content: bytes, path: str) -> _DO: ...


# Kedro 1.7 does not mark a versioned `save` as wrapped: a subclass that inherits it would wrap it
# again, and draw two save versions for one save.
FileDataset.save.__savewrapped__ = True  # type: ignore[attr-defined]
