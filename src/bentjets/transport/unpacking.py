"""Unpack an archive into a folder: whole or not at all, through the checks of `archives`."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable
from pathlib import Path

from bentjets.errors import InputError
from bentjets.transport.archives import (
    ARCHIVE_SUFFIXES,
    MAX_UNPACKED_BYTES,
    Limits,
    read_members,
)

_MAX_MEMBERS = 2_000_000
_MAX_BYTES = 32 * 2**30
# Deflate makes at most a thousandth; of images, nothing honest comes near a hundredth.
_MAX_RATIO = 100


def is_archive(path: Path) -> bool:
    """Tell whether a path is a file that is called like an archive."""
    return path.is_file() and path.name.endswith(ARCHIVE_SUFFIXES)


def unpack_archive(archive: Path, into: Path, *, is_wanted: Callable[[str], bool]) -> Path:
    """Unpack the wanted files of an archive, unless that was done before.

    Parameters
    ----------
    archive : Path
        The archive; one of `ARCHIVE_SUFFIXES`.
    into : Path
        A folder that holds nothing but archives unpacked here. What was unpacked of another
        archive, or of this one before it changed, is removed from it.
    is_wanted : callable
        Whether a file is unpacked, by its last name.

    Returns
    -------
    Path
        The folder in `into` that has the files under their paths.

    Raises
    ------
    InputError
        If the archive is damaged, not safe or too large (see `bentjets.transport.archives`), holds
        nothing that is wanted, or cannot be written.
    """
    folder = into / _name(archive)
    if folder.is_dir():
        return folder
    unfinished = into / f".{folder.name}.part"
    try:
        for earlier in into.iterdir():
            shutil.rmtree(earlier, ignore_errors=True)
        if not _write(archive, unfinished, is_wanted):
            raise InputError(f"{archive} holds no file of an image set: check what is in it")
        os.replace(unfinished, folder)
    except OSError as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f"{archive} cannot be unpacked into {into} ({error.strerror})") from error
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    return folder


def _write(archive: Path, folder: Path, is_wanted: Callable[[str], bool]) -> int:
    """Write the wanted members below a folder; give how many there are."""
    size = archive.stat().st_size
    limits = Limits(
        members=_MAX_MEMBERS,
        file_bytes=_MAX_BYTES,
        unpacked_bytes=max(MAX_UNPACKED_BYTES, min(_MAX_RATIO * size, _MAX_BYTES)),
    )
    written = 0
    with archive.open("rb") as content:
        for path, pieces in read_members(content, archive.name, is_wanted=is_wanted, limits=limits):
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            # Never over another file, whatever a file system takes for the same name.
            with target.open("xb") as file:
                file.writelines(pieces)
            written += 1
    return written


def _name(archive: Path) -> str:
    """Name what is unpacked of an archive: another file has another name."""
    told = archive.stat()
    key = f"{archive.resolve()} {told.st_size} {told.st_mtime_ns}"
    stem = next(archive.name.removesuffix(one) for one in ARCHIVE_SUFFIXES[::-1]
                if archive.name.endswith(one))  # fmt: skip
    return f"{stem}-{hashlib.sha256(key.encode()).hexdigest()[:8]}"
