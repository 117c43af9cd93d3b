from __future__ import annotations

import pytest

from bentjets.errors import InputError, ServiceError
from bentjets.radio.published import download_record


def test_batches_are_taken_from_the_archive_by_their_last_name(record, make_zip) -> None:
    archive = make_zip(
        {
            "RGC-Bent/data_batch_0": b"zero",
            "RGC-Bent/test_batch": b"test",
            "../../etc/data_batch_1": b"one",
            "RGC-Bent/script.py": b"import os",
        }
    )
    found = download_record(record({"dataset.zip": archive, "README.txt": b"hello"}), timeout_s=5)
    assert found == {"data_batch_0": b"zero", "test_batch": b"test", "data_batch_1": b"one"}


def test_batches_may_lie_in_the_record_itself(record) -> None:
    files = {"data_batch_0": b"zero", "batches.meta": b"meta"}
    assert download_record(record(files), timeout_s=5) == files


def test_wrong_checksum_is_refused(record) -> None:
    address = record({"data_batch_0": b"zero"}, checksums={"data_batch_0": "0" * 32})
    with pytest.raises(InputError, match="data_batch_0 has MD5"):
        download_record(address, timeout_s=5)


def test_record_without_batches_is_refused(record) -> None:
    with pytest.raises(InputError, match="holds no batches"):
        download_record(record({"README.txt": b"hello"}), timeout_s=5)


def test_archive_that_is_none_is_refused(record) -> None:
    with pytest.raises(InputError, match="not a zip archive"):
        download_record(record({"dataset.zip": b"not a zip"}), timeout_s=5)


def test_bomb_is_not_unpacked(record, make_zip) -> None:
    archive = make_zip({"data_batch_0": bytes(65 * 2**20)})
    with pytest.raises(InputError, match="do not use this archive"):
        download_record(record({"dataset.zip": archive}), timeout_s=5)


def test_other_answers_than_a_record(stand_in) -> None:
    stand_in.answer("/record", b"<html>maintenance</html>")
    with pytest.raises(ServiceError, match="list of files"):
        download_record(f"{stand_in.address}/record", timeout_s=5)


@pytest.mark.parametrize("path", ["/nothing", None])
def test_unreachable_archive(stand_in, path) -> None:
    address = f"{stand_in.address}{path}" if path else "http://127.0.0.1:1/record"
    with pytest.raises(ServiceError, match="internet connection"):
        download_record(address, timeout_s=5)
