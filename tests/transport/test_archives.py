"""Archives that nobody should unpack are refused whole, and the others read in little memory."""

from __future__ import annotations

import gzip
import io
import tarfile
import tracemalloc
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bentjets.errors import InputError
from bentjets.transport import archives
from unsafe_archives import (
    make_encrypted_zip,
    make_tar,
    make_tar_bomb,
    make_zip,
    make_zip_bomb,
    make_zip_link,
)

MEMBERS = {
    "RGC-Bent/": b"",
    "RGC-Bent/data_batch_0": b"zero",
    "RGC-Bent/sub/test_batch": b"test",
    "RGC-Bent/README.md": b"hello",
}
FILES = {name: content for name, content in MEMBERS.items() if not name.endswith("/")}
BATCHES = {"data_batch_0": b"zero", "test_batch": b"test"}
ESCAPES = ["../data_batch_0", "a/../../x", "/etc/x", "..\\x", "C:\\x", "\\\\host\\x", "C:x"]


def read(content: bytes, name: str) -> dict[str, bytes]:
    return archives.read_archive(io.BytesIO(content), name, is_wanted=lambda last: "batch" in last)


def refuse(content: bytes, name: str, complaint: str) -> None:
    with pytest.raises(InputError, match=complaint) as caught:
        read(content, name)
    assert str(caught.value).startswith(f"{name}: ")
    assert str(caught.value).endswith("do not use this archive")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.zip", make_zip(MEMBERS)),
        ("a.tar", make_tar(FILES)),
        ("a.tar.gz", gzip.compress(make_tar(FILES))),
        ("a.tgz", gzip.compress(make_tar(FILES))),
    ],
)
def test_files_are_read_by_their_last_name(name, content) -> None:
    assert read(content, name) == BATCHES


@pytest.mark.parametrize("path", ESCAPES)
@pytest.mark.parametrize("wanted", [{}, FILES])
def test_a_path_that_leads_out_condemns_the_archive(path, wanted) -> None:
    refuse(make_zip(wanted | {path: b"x"}), "a.zip", "leads out of the archive")
    refuse(make_tar(wanted | {path: b"x"}), "a.tar", "leads out of the archive")


@pytest.mark.parametrize("name", ["test_batch", "README.md"])
def test_a_link_condemns_the_archive(name) -> None:
    refuse(make_zip_link(name, "/etc/passwd"), "a.zip", f"'{name}' is a link")
    for kind in (tarfile.SYMTYPE, tarfile.LNKTYPE):
        content = make_tar({name: b""}, kind=kind, link="/etc/passwd")
        refuse(content, "a.tar", f"'{name}' is a link")


@pytest.mark.parametrize(
    "kind", [tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE, tarfile.GNUTYPE_SPARSE, b"Z"]
)
def test_a_device_condemns_the_archive(kind) -> None:
    refuse(gzip.compress(make_tar({"test_batch": b""}, kind=kind)), "a.tgz", "a device")


def test_an_encrypted_file_condemns_the_archive() -> None:
    refuse(make_encrypted_zip(FILES), "a.zip", "is encrypted")


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_method_that_takes_much_memory_condemns_the_archive(method) -> None:
    refuse(make_zip(FILES, compress_type=method), "a.zip", "another method than deflate")
    assert read(make_zip(FILES, compress_type=zipfile.ZIP_STORED), "a.zip") == BATCHES


@pytest.mark.parametrize(("make", "name"), [(make_zip, "a.zip"), (make_tar, "a.tar")])
def test_two_batches_of_one_name_condemn_the_archive(make, name) -> None:
    refuse(make({"a/test_batch": b"1", "b/test_batch": b"2"}), name, "'b/test_batch' comes twice")


@pytest.mark.parametrize("member", ["data_batch_0", "README.md"])
@pytest.mark.parametrize(("make", "name"), [(make_zip_bomb, "a.zip"), (make_tar_bomb, "a.tar.gz")])
def test_ten_gigabytes_are_not_unpacked(make, name, member) -> None:
    content = make(member)
    assert len(content) < 12e6
    tracemalloc.start()
    refuse(content, name, f"'{member}' unpacks to 10737418240 bytes")
    peak_bytes = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak_bytes < 50e6


def test_a_bomb_that_declares_little_is_not_unpacked() -> None:
    refuse(make_zip_bomb("data_batch_0", declared=2**20), "a.zip", r"damaged, .* \(BadZipFile\)")


def test_a_bomb_in_what_is_no_file_is_not_unpacked(monkeypatch) -> None:
    monkeypatch.setattr(archives, "MAX_UNPACKED_BYTES", 2**23)
    content = make_tar_bomb("name", kind=tarfile.GNUTYPE_LONGNAME)
    refuse(content, "a.tar.gz", "would unpack to more than 8388608 bytes")


def test_a_batch_may_not_be_as_large_as_an_archive() -> None:
    members = {"data_batch_0": bytes(archives.MAX_FILE_BYTES + 1)}
    refuse(make_zip(members), "a.zip", "unpacks to 67108865 bytes, more than")
    refuse(gzip.compress(make_tar(members), 1), "a.tgz", "unpacks to 67108865 bytes, more than")


@pytest.mark.parametrize(("make", "name"), [(make_zip, "a.zip"), (make_tar, "a.tar")])
def test_many_members_are_too_many(make, name, monkeypatch) -> None:
    monkeypatch.setattr(archives, "MAX_MEMBERS", 3)
    assert read(make(FILES), name) == BATCHES
    refuse(make(FILES | {"a": b"", "b": b""}), name, "'a' is one of more than 3 members")


@pytest.mark.parametrize("name", ["a.zip", "a.tar", "a.tar.gz"])
@pytest.mark.parametrize("content", [b"", b"not an archive" * 100, b"\x1f\x8b" * 600])
def test_what_is_no_archive_is_said(name, content) -> None:
    refuse(content, name, "no archive at all")


GOOD = {
    "a.zip": make_zip(FILES),
    "a.tar": make_tar(FILES),
    "a.tgz": gzip.compress(make_tar(FILES)),
}


@given(
    name=st.sampled_from(sorted(GOOD)),
    changes=st.lists(st.tuples(st.integers(0, 2000), st.integers(0, 255)), max_size=6),
    end=st.integers(0, 4000),
)
def test_damage_gives_an_error_of_the_archive_or_none(name, changes, end) -> None:
    content = bytearray(GOOD[name][:end])
    for place, value in changes:
        if content:
            content[place % len(content)] = value
    try:
        found = read(bytes(content), name)
    except InputError:
        return
    assert all("batch" in last and "/" not in last for last in found)
