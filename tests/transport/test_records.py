from __future__ import annotations

import gzip
import hashlib
import tempfile
import tracemalloc

import pytest

from bentjets.errors import InputError, ServiceError
from bentjets.transport import Politeness, PoliteSession, download_record
from bentjets.transport import records as published
from services import Services, Streamed
from unsafe_archives import make_tar, make_zip, make_zip_link

FILES = {"RGC-Bent/data_batch_0": b"zero", "RGC-Bent/test_batch": b"test", "RGC-Bent/a.py": b"#"}
WANTED = {"data_batch_0", "data_batch_0.tgz", "data_batch_1", "test_batch", "batches.meta"}
BATCHES = {"data_batch_0": b"zero", "test_batch": b"test"}


QUICK = Politeness(
    per_second=1000, connect_s=2, read_s=0.3, answer_s=5, attempts=3, backoff_s=0.001
)


def fetch(record: str, limits: Politeness = QUICK, **options) -> dict[str, bytes]:
    with PoliteSession("the archive", limits) as session:
        return download_record(record, session=session, is_wanted=WANTED.__contains__, **options)


@pytest.fixture
def dataset(services: Services) -> str:
    """Address of a good record."""
    return services.add_record({"dataset.zip": make_zip(FILES), "README.txt": b"hello"})


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("dataset.zip", make_zip(FILES)),
        ("dataset.tar", make_tar(FILES)),
        ("dataset.tar.gz", gzip.compress(make_tar(FILES))),
        ("data_batch_0.tgz", gzip.compress(make_tar(FILES))),
    ],
)
def test_batches_are_taken_from_the_archive_by_their_last_name(services, name, content) -> None:
    record = services.add_record({name: content, "README.txt": b"hello"})
    assert fetch(record) == BATCHES
    assert services.asked(source="README.txt") == []


def test_batches_may_lie_in_the_record_itself(services) -> None:
    files = {"data_batch_0": b"zero", "batches.meta": b"meta"}
    assert fetch(services.add_record(files)) == files


def test_what_is_not_wanted_is_left(services) -> None:
    record = services.add_record({"data_batch_0": b"zero", "test_batch/../../x": b"x"})
    assert fetch(record) == {"data_batch_0": b"zero"}


class TestExpectedFiles:
    def test_wrong_checksum_is_refused_at_once(self, services) -> None:
        false = {"data_batch_0": {"checksum": f"md5:{'0' * 32}"}}
        record = services.add_record({"data_batch_0": b"zero"}, listed=false)
        with pytest.raises(InputError, match="data_batch_0 has MD5"):
            fetch(record)
        assert len(services.asked(step="file")) == 1

    def test_files_are_those_that_were_known_before(self, services) -> None:
        files = {"data_batch_0": b"zero", "test_batch": b"test"}
        md5 = {"test_batch": hashlib.md5(b"test").hexdigest().upper()}
        record = services.add_record(files)
        assert fetch(record, md5=md5) == {"test_batch": b"test"}
        with pytest.raises(InputError, match=r"data_batch_0 has MD5 .*expected is 00:"):
            fetch(record, md5={"data_batch_0": "00"})
        with pytest.raises(InputError, match=r"holds no a\.zip, of which"):
            fetch(record, md5=md5 | {"a.zip": "00"})

    def test_record_without_batches_is_refused(self, services) -> None:
        with pytest.raises(InputError, match="holds no file of those that are wanted"):
            fetch(services.add_record({"README.txt": b"hello"}))

    def test_a_batch_that_comes_twice_is_refused(self, services, dataset) -> None:
        record = services.add_record({"a.zip": make_zip(FILES), "test_batch": b"other"})
        with pytest.raises(InputError, match="holds test_batch twice"):
            fetch(record)

    def test_an_unsafe_archive_is_refused(self, services) -> None:
        record = services.add_record({"a.zip": make_zip_link("test_batch", "/etc/passwd")})
        with pytest.raises(InputError, match=r"a\.zip: member 'test_batch' is a link"):
            fetch(record)

    @pytest.mark.parametrize("body", [b"<html>maintenance</html>", b"[]", b'{"files": [{}]}'])
    def test_other_answers_than_a_record(self, services, body) -> None:
        services.add_record({"data_batch_0": body})
        address = f"{services.address}/api/records/1000001/files/data_batch_0/content"
        with pytest.raises(ServiceError, match="list of files"):
            fetch(address)

    def test_addresses_that_are_none(self, services) -> None:
        false = {"data_batch_0": {"links": {"self": "file:///etc/passwd"}}}
        record = services.add_record({"data_batch_0": b"zero"}, listed=false)
        with pytest.raises(ServiceError, match=r"the archive failed \(InvalidSchema\)"):
            fetch(record)


class TestSize:
    @pytest.mark.parametrize(("name", "limit"), [("a.zip", 2**31), ("data_batch_0", 2**26)])
    def test_ten_gigabytes_are_not_asked_for(self, services, name, limit) -> None:
        record = services.add_record({name: Streamed(10 * 2**30)})
        with pytest.raises(InputError, match=f"larger than {limit} bytes.*do not use this record"):
            fetch(record)
        assert services.asked(step="file") == []

    @pytest.mark.parametrize("chunked", [False, True])
    def test_ten_gigabytes_that_nobody_told_of_are_not_kept(self, services, chunked) -> None:
        body = Streamed(10 * 2**30, chunked=chunked)
        record = services.add_record({"data_batch_0": body}, listed={"data_batch_0": {"size": 4}})
        tracemalloc.start()
        with pytest.raises(InputError, match="larger than 67108864 bytes"):
            fetch(record)
        assert tracemalloc.get_traced_memory()[1] < 60e6
        tracemalloc.stop()
        assert len(services.asked(step="file")) == 1

    def test_a_record_of_ten_gigabytes_is_not_read(self, services) -> None:
        services.add_record({"record": Streamed(10 * 2**30)})
        with pytest.raises(InputError, match="larger than 16777216 bytes"):
            fetch(f"{services.address}/api/records/1000001/files/record/content")

    def test_many_archives_are_together_too_large(self, services, monkeypatch) -> None:
        monkeypatch.setattr(published, "MAX_UNPACKED_BYTES", 150)
        files = {f"{n}.zip": make_zip({f"data_batch_{n}": bytes(100)}) for n in range(2)}
        with pytest.raises(InputError, match="more than 150 bytes of what is wanted"):
            fetch(services.add_record(files))

    def test_nothing_is_left_on_the_disk(self, services, monkeypatch, tmp_path) -> None:
        monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
        monkeypatch.setattr(published, "_IN_MEMORY_BYTES", 1)
        record = services.add_record({"a.zip": make_zip(FILES), "b.zip": make_zip({"../x": b""})})
        with pytest.raises(InputError, match="leads out"):
            fetch(record)
        assert list(tmp_path.iterdir()) == []


class TestFailures:
    @pytest.mark.parametrize("where", ["/api", "/files"])
    @pytest.mark.parametrize("fault", ["refuse", "truncate", "too_many", "unavailable"])
    def test_what_may_pass_is_tried_again(self, services, dataset, fault, where) -> None:
        services.fail(fault, times=2, where=where)
        assert fetch(dataset) == BATCHES
        assert sum(request.fault == fault for request in services.log) == 2
        assert services.asked_again() == []

    def test_each_file_that_came_starts_the_count_of_failures_anew(self, services) -> None:
        files = {"data_batch_0": b"zero", "data_batch_1": b"one"}
        for name in files:
            services.fail("unavailable", times=2, source=name)
        limits = Politeness(**{**QUICK.model_dump(), "give_up_after": 3})
        assert fetch(services.add_record(files), limits) == files
        assert sum(request.fault == "unavailable" for request in services.log) == 4

    def test_half_a_file_is_asked_for_again(self, services, dataset) -> None:
        services.fail("half_file", where="/files")
        assert fetch(dataset) == BATCHES

    @pytest.mark.parametrize("fault", ["hang", "drip"])
    def test_what_does_not_come_is_given_up(self, services, dataset, fault) -> None:
        services.drip_s = 0.02
        services.fail(fault, where="/files")
        assert fetch(dataset, Politeness(**{**QUICK.model_dump(), "answer_s": 0.1})) == BATCHES
        assert [request.fault for request in services.asked(step="file")] == [fault, ""]

    @pytest.mark.parametrize(
        ("fault", "complaint"),
        [
            ("refuse", "ConnectionError"),
            ("truncate", "http.* broke off"),
            ("unavailable", "HTTP 503"),
            ("half_file", r"\d+ of \d+ bytes of dataset.zip"),
        ],
    )
    def test_what_does_not_pass_is_told(self, services, dataset, fault, complaint) -> None:
        services.fail(fault, times=9, where="/files")
        with pytest.raises(
            ServiceError, match=rf"failed, 3 times \({complaint}\).*internet connection"
        ):
            fetch(dataset)
        assert len(services.asked(step="file")) == 3

    def test_what_is_not_there_is_not_asked_for_again(self, services, dataset) -> None:
        services.fail("not_found", times=9)
        with pytest.raises(ServiceError, match="does not exist: check the address"):
            fetch(dataset)
        assert len(services.log) == 1

    def test_unreachable_archive(self) -> None:
        with pytest.raises(ServiceError, match="internet connection"):
            fetch("http://127.0.0.1:1/record")
