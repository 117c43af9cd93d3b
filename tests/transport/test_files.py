"""Large files: gone on with, checked, and taken from where somebody laid them."""

from __future__ import annotations

import hashlib

import pytest

from bentjets.errors import InputError, ServiceError
from bentjets.transport import Politeness, PoliteSession, fetch_file

CONTENT = bytes(range(256)) * 4096
MD5 = hashlib.md5(CONTENT).hexdigest()
QUICK = Politeness(per_second=1000, connect_s=2, read_s=1, answer_s=5, attempts=3, backoff_s=0.001)


@pytest.fixture
def address(services) -> str:
    return f"{services.add_record({'set.zip': CONTENT})}/files/set.zip/content"


@pytest.fixture
def fetch(address, tmp_path):
    def run(md5: str = MD5, politeness: Politeness = QUICK):
        with PoliteSession("the server", politeness) as session:
            return fetch_file(address, tmp_path / "set.zip", md5=md5, session=session)

    return run


def test_a_file_is_fetched_once(fetch, services) -> None:
    assert fetch().read_bytes() == CONTENT
    assert fetch().read_bytes() == CONTENT
    assert len(services.asked(step="file")) == 1


def test_the_rest_is_asked_for_where_it_broke_off(fetch, services, tmp_path) -> None:
    services.fail("truncate", where="content")
    assert fetch().read_bytes() == CONTENT
    assert [one.from_byte for one in services.asked(step="file")] == [0, len(CONTENT) // 2]
    assert [path.name for path in tmp_path.iterdir()] == ["set.zip"]


def test_the_next_run_goes_on_too(fetch, services) -> None:
    services.fail("truncate", where="content")
    with pytest.raises(ServiceError):
        fetch(politeness=QUICK.model_copy(update={"attempts": 1}))
    assert fetch().read_bytes() == CONTENT
    assert services.asked(step="file")[-1].from_byte == len(CONTENT) // 2


def test_what_was_there_of_another_file_is_no_harm(fetch, tmp_path) -> None:
    (tmp_path / "set.zip.part").write_bytes(bytes(2 * len(CONTENT)))
    assert fetch().read_bytes() == CONTENT


def test_a_file_that_somebody_laid_there_is_checked_and_taken(fetch, services, tmp_path) -> None:
    (tmp_path / "set.zip").write_bytes(CONTENT)
    assert fetch() == tmp_path / "set.zip"
    assert services.asked() == []
    (tmp_path / "set.zip").write_bytes(b"another")
    with pytest.raises(InputError, match=r"set\.zip has MD5 .* damaged or another file: remove it"):
        fetch()


def test_a_file_that_is_not_the_expected_one_is_not_kept(fetch, tmp_path) -> None:
    with pytest.raises(InputError, match=f"has MD5 {MD5}, expected is {'0' * 32}"):
        fetch("0" * 32)
    assert list(tmp_path.iterdir()) == []


def test_where_it_cannot_be_had_one_is_told_what_to_bring(fetch, services, tmp_path) -> None:
    services.fail("not_found", times=9, where="content")
    lay = tmp_path / "set.zip"
    with pytest.raises(ServiceError, match=rf"bring set.zip \(MD5 {MD5}\) from .*lay it at {lay}"):
        fetch()
