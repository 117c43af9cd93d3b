"""Published datasets: download the files of an archive's record, and trust none of them.

The record is asked for in the form of Zenodo's interface: a list of files, each with its address
and its MD5.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
from pathlib import PurePosixPath
from typing import Any

from bentjets.errors import InputError, ServiceError

# Members of an archive that are batches; anything else in it is left where it is.
_BATCH_NAMES = ("data_batch_", "test_batch", "batches.meta")
_MAX_BATCH_BYTES = 64 * 2**20


def download_record(record: str, *, timeout_s: float) -> dict[str, bytes]:
    """Download the batches of a record, verify them, and unpack archives in memory.

    Parameters
    ----------
    record
        Address of the record's description (JSON).
    timeout_s
        How long to wait for the service, in seconds.

    Returns
    -------
    dict
        Content of each batch file by its name; nothing has been unpickled.

    Raises
    ------
    ServiceError
        If the archive cannot be reached or answers with something else.
    InputError
        If a file does not have the MD5 of the record, or the record holds no batches.
    """
    description = _get(record, timeout_s)
    try:
        listed = description.json()["files"]
        files = [(entry["key"], entry["links"]["self"], entry["checksum"]) for entry in listed]
    except (ValueError, KeyError, TypeError) as error:
        raise ServiceError(
            f"{record} did not answer with a list of files: check acquisition.published_record"
        ) from error
    batches: dict[str, bytes] = {}
    for name, address, checksum in files:
        if _is_batch(name) or name.endswith(".zip"):
            content = _get(address, timeout_s).content
            _verify(name, content, checksum)
            batches |= _unzip(name, content) if name.endswith(".zip") else {name: content}
    if not batches:
        raise InputError(f"{record} holds no batches: check acquisition.published_record")
    return batches


def _get(address: str, timeout_s: float) -> Any:
    import requests

    try:
        response = requests.get(address, timeout=timeout_s)
        response.raise_for_status()
    except requests.RequestException as error:
        raise ServiceError(
            f"{address} cannot be reached ({type(error).__name__}): check the internet connection "
            "and run again"
        ) from error
    return response


def _verify(name: str, content: bytes, checksum: str) -> None:
    expected = checksum.removeprefix("md5:")
    found = hashlib.md5(content, usedforsecurity=False).hexdigest()
    if found != expected:
        raise InputError(f"{name} has MD5 {found}, the record says {expected}: download it again")


def _unzip(name: str, content: bytes) -> dict[str, bytes]:
    """Read the batches out of an archive by their last name; no path of a member is followed."""
    batches = {}
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for member in archive.infolist():
                batch = PurePosixPath(member.filename).name
                if member.is_dir() or not _is_batch(batch):
                    continue
                if member.file_size > _MAX_BATCH_BYTES:
                    raise InputError(
                        f"{name}: {batch} would unpack to {member.file_size} bytes; no batch is "
                        "that large, do not use this archive"
                    )
                batches[batch] = archive.read(member)
    except zipfile.BadZipFile as error:
        raise InputError(f"{name} is not a zip archive: download it again") from error
    return batches


def _is_batch(name: str) -> bool:
    return name.startswith(_BATCH_NAMES)
