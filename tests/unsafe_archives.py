"""Archives to test with: good ones, and such as nobody should unpack."""

from __future__ import annotations

import gzip
import io
import os
import pickle
import stat
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Mapping
from typing import Any

TEN_GB = 10 * 2**30

_BLOCK = 2**20


def make_zip(members: Mapping[str, bytes], **attributes: Any) -> bytes:
    """Pack files; attributes are those of every member (`external_attr`, say)."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            member = zipfile.ZipInfo(name)
            member.compress_type = zipfile.ZIP_DEFLATED
            for attribute, value in attributes.items():
                setattr(member, attribute, value)
            archive.writestr(member, content)
    return buffer.getvalue()


def make_zip_link(name: str, target: str) -> bytes:
    return make_zip({name: target.encode()}, external_attr=(stat.S_IFLNK | 0o777) << 16)


def make_encrypted_zip(members: Mapping[str, bytes]) -> bytes:
    """Say of every member that it is encrypted."""
    content = bytearray(make_zip(members))
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        start = -1
        while (start := content.find(signature, start + 1)) >= 0:
            content[start + offset] |= 1
    return bytes(content)


def make_zip_bomb(name: str, *, declared: int = TEN_GB) -> bytes:
    """Pack 10 GB of zeros into 10 MB, with whatever size is declared."""
    compressor = zlib.compressobj(9, zlib.DEFLATED, -15)
    block = compressor.compress(bytes(_BLOCK)) + compressor.flush(zlib.Z_FULL_FLUSH)
    data = block * (TEN_GB // _BLOCK) + zlib.compress(b"", wbits=-15)
    path = name.encode()
    # Version, flags, method, time, date, CRC, sizes (the true one follows as ZIP64), name, extra.
    extra = struct.pack("<HHQ", 1, 8, declared)
    common = struct.pack(
        "<HHHHHIIIHH", 45, 0, 8, 0, 33, 0, len(data), 2**32 - 1, len(path), len(extra)
    )
    local = b"PK\x03\x04" + common + path + extra + data
    central = b"PK\x01\x02\x2d\x00" + common + struct.pack("<HHHII", 0, 0, 0, 0, 0) + path + extra
    end = struct.pack("<HHHHIIH", 0, 0, 1, 1, len(central), len(local), 0)
    return local + central + b"PK\x05\x06" + end


def make_tar(
    members: Mapping[str, bytes], *, kind: bytes = tarfile.REGTYPE, link: str = ""
) -> bytes:
    """Pack files (or links, or devices) into a tar that is not compressed."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, content in members.items():
            member = tarfile.TarInfo(name)
            member.type, member.linkname = kind, link
            member.size = len(content) if kind == tarfile.REGTYPE else 0
            archive.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


def make_tar_bomb(name: str, *, kind: bytes = tarfile.REGTYPE) -> bytes:
    """Pack 10 GB of zeros into 10 MB of tar.gz."""
    member = tarfile.TarInfo(name)
    member.type, member.size = kind, TEN_GB
    zeros = gzip.compress(bytes(64 * _BLOCK))
    return gzip.compress(member.tobuf(tarfile.GNU_FORMAT)) + zeros * (TEN_GB // (64 * _BLOCK))


class _Command:
    """What runs a command when it is unpickled."""

    def __init__(self, command: str) -> None:
        self.command = command

    def __reduce__(self) -> tuple[Any, tuple[str]]:
        return os.system, (self.command,)


def make_harmful_pickle(command: str) -> bytes:
    return pickle.dumps({"labels": ["100"], "data": _Command(command)})
