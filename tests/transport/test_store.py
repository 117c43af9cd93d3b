from __future__ import annotations

import hashlib
import logging
import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bentjets.errors import EndOfRunError
from bentjets.transport import Download, DownloadStore
from bentjets.transport.store import safe_name

DATE = "2026-11-23T12:00:00.123456+00:00"
REQUEST = "skyview: VLA FIRST (1.4 GHz), RA 150.0, Dec 20.0 deg"


def is_whole(content: bytes) -> bool:
    return content.endswith(b"END")


def open_store(folder: Path) -> DownloadStore:
    return DownloadStore(folder, suffix=".fits", is_whole=is_whole)


def answer(content: bytes = b"pixels END", **changes) -> Download:
    return Download(content, **{"attempts": 2, "seconds": 0.125, "date": DATE, **changes})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "downloads" / "first"


@pytest.fixture
def store(folder) -> DownloadStore:
    return open_store(folder)


def test_what_is_kept_is_found_with_its_cost_and_date(store, folder) -> None:
    assert store.find("J1", REQUEST) is None
    store.keep("J1", REQUEST, answer())
    assert store.find("J1", REQUEST) == answer()
    assert open_store(folder).find("J1", REQUEST) == answer()


def test_a_file_is_as_it_came_under_its_name_and_beside_it_a_table(store, folder) -> None:
    store.keep("J1", REQUEST, answer())
    digits = hashlib.sha256(REQUEST.encode()).hexdigest()[:8]
    file = folder / f"J1_{digits}.fits"
    assert file.read_bytes() == b"pixels END"
    assert sorted(path.name for path in folder.iterdir()) == [file.name, "downloads.csv"]
    assert pd.read_csv(folder / "downloads.csv").to_dict("records") == [
        {
            "file": file.name,
            "request": REQUEST,
            "date": DATE,
            "attempts": 2,
            "seconds": 0.125,
            "sha256": hashlib.sha256(b"pixels END").hexdigest(),
        }
    ]


def test_others_may_read_it(store) -> None:
    store.keep("J1", REQUEST, answer())
    umask = os.umask(0)
    os.umask(umask)
    assert store.path("J1", REQUEST).stat().st_mode & 0o777 == 0o666 & ~umask


def test_two_things_of_one_name_do_not_meet(store) -> None:
    other = "skyview: NVSS, RA 150.0, Dec 20.0 deg"
    store.keep("J1", REQUEST, answer(b"FIRST END"))
    store.keep("J1", other, answer(b"NVSS END"))
    assert store.find("J1", REQUEST) == answer(b"FIRST END")
    assert store.find("J1", other) == answer(b"NVSS END")


def test_a_file_of_another_request_with_the_same_digits_is_not_taken(store, folder) -> None:
    store.keep("J1", REQUEST, answer())
    table = folder / "downloads.csv"
    table.write_text(table.read_text().replace("RA 150.0", "RA 151.0"))
    assert open_store(folder).find("J1", REQUEST) is None


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=30), st.text(st.characters(exclude_categories=["Cs"]), max_size=50))
def test_any_name_and_any_request_come_back(store, name, request) -> None:
    store.keep(name, request, answer())
    assert store.find(name, request) == answer()
    assert store.path(name, request).parent == store.path("J1", REQUEST).parent


@given(st.text(max_size=30))
def test_safe_names_stay_in_their_folder(name) -> None:
    safe = safe_name(name)
    assert not set(safe) & set('/\\:*?"<>|\0\n ')
    assert not safe.startswith(".")


class TestDamage:
    def test_a_file_that_is_not_the_one_that_came_is_not_used(self, store, caplog) -> None:
        store.keep("J1", REQUEST, answer())
        file = store.path("J1", REQUEST)
        file.write_bytes(b"pixelz END")
        with caplog.at_level(logging.WARNING):
            assert store.find("J1", REQUEST) is None
        assert caplog.messages == [f"{file} is damaged, or was changed: asked for again"]
        store.keep("J1", REQUEST, answer(b"anew END"))
        assert store.find("J1", REQUEST) == answer(b"anew END")

    def test_a_table_alone_is_no_file(self, store, folder, caplog) -> None:
        store.keep("J1", REQUEST, answer())
        store.path("J1", REQUEST).unlink()
        assert open_store(folder).find("J1", REQUEST) is None
        assert caplog.messages == []

    @pytest.mark.parametrize("spoil", [b"", b"\xff\xfe\0garbage\n\n,,,,,\n", b'"'])
    def test_a_table_that_is_damaged_says_nothing_of_the_file(self, store, folder, spoil) -> None:
        store.keep("J1", REQUEST, answer())
        (folder / "downloads.csv").write_bytes(spoil)
        found = open_store(folder).find("J1", REQUEST)
        assert found is not None
        assert (found.file, found.attempts) == (b"pixels END", 0)

    def test_a_row_that_broke_off_is_that_of_one_file(self, store, folder) -> None:
        store.keep("J1", REQUEST, answer())
        store.keep("J2", REQUEST, answer(b"two END"))
        table = folder / "downloads.csv"
        table.write_bytes(table.read_bytes()[:-30])
        store = open_store(folder)
        assert store.find("J1", REQUEST) == answer()
        store.keep("J3", REQUEST, answer(b"three END"))
        store.keep("J4", REQUEST, answer(b"four END"))
        assert store.find("J4", REQUEST) == answer(b"four END")
        assert [store.find(name, REQUEST).file for name in ("J2", "J3")] == [
            b"two END",
            b"three END",
        ]

    def test_a_table_that_was_shortened_is_read_anew(self, store, folder) -> None:
        store.keep("J1", REQUEST, answer())
        store.keep("J2", REQUEST, answer(b"two END"))
        assert store.find("J2", REQUEST) == answer(b"two END")
        lines = (folder / "downloads.csv").read_text().splitlines(keepends=True)
        (folder / "downloads.csv").write_text("".join([lines[0], lines[2]]))
        assert store.find("J1", REQUEST).attempts == 0
        assert store.find("J2", REQUEST) == answer(b"two END")


class TestCopiedByHand:
    def put(self, store: DownloadStore, content: bytes) -> Path:
        file = store.path("J1", REQUEST)
        file.parent.mkdir(parents=True)
        file.write_bytes(content)
        os.utime(file, (1_000_000_000, 1_000_000_000))
        return file

    def test_a_whole_file_is_used_and_its_own_time_is_its_date(self, store) -> None:
        self.put(store, b"copied END")
        date = datetime.fromtimestamp(1_000_000_000, UTC).isoformat(timespec="microseconds")
        assert len(date) == len(DATE)
        assert store.find("J1", REQUEST) == Download(b"copied END", 0, 0.0, date)

    def test_half_a_file_is_not(self, store, caplog) -> None:
        file = self.put(store, b"copied EN")
        assert store.find("J1", REQUEST) is None
        assert caplog.messages == [f"{file} is damaged, or was changed: asked for again"]

    def test_a_whole_folder_may_be_copied(self, store, folder, tmp_path) -> None:
        store.keep("J1", REQUEST, answer())
        folder.rename(tmp_path / "elsewhere")
        assert open_store(tmp_path / "elsewhere").find("J1", REQUEST) == answer()


class TestShared:
    def test_another_process_sees_what_this_one_keeps(self, store, folder) -> None:
        other = open_store(folder)
        for name in ("J1", "J2"):
            assert other.find(name, REQUEST) is None
            store.keep(name, REQUEST, answer())
            assert other.find(name, REQUEST) == answer()

    def test_threads_keep_every_file_and_row(self, store, folder) -> None:
        with ThreadPoolExecutor(12) as pool:
            list(pool.map(lambda number: keep_some(store, number), range(60)))
        check_all(folder, 60)

    def test_processes_keep_every_file_and_row(self, folder) -> None:
        with ProcessPoolExecutor(4) as pool:
            list(pool.map(keep_in_process, [(folder, start) for start in range(0, 200, 50)]))
        check_all(folder, 200)

    def test_one_file_from_many_threads_is_whole(self, store) -> None:
        contents = [bytes([65 + number]) * 200_000 + b"END" for number in range(8)]
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda content: store.keep("J1", REQUEST, answer(content)), contents))
        assert store.path("J1", REQUEST).read_bytes() in contents

    def test_a_run_that_is_killed_keeps_what_came_whole(self, folder) -> None:
        script = (
            "import sys; from pathlib import Path; sys.path.insert(0, sys.argv[2])\n"
            "import test_store as t\n"
            "for n in range(10**6): t.keep_some(t.open_store(Path(sys.argv[1])), n, 10**6)"
        )
        run = subprocess.Popen([sys.executable, "-c", script, folder, Path(__file__).parent])
        while len(list(folder.glob("*.fits"))) < 20:
            assert run.poll() is None
            time.sleep(0.01)
        run.send_signal(signal.SIGKILL)
        run.wait()
        files = list(folder.glob("*.fits"))
        assert len(files) >= 20
        assert all(is_whole(file.read_bytes()) for file in files)
        store = open_store(folder)
        kept = [store.find(f"J{number}", f"request {number}") for number in range(len(files))]
        assert all(kept)
        assert [download.attempts for download in kept[:-1]] == [2] * (len(files) - 1)


def keep_some(store: DownloadStore, number: int, size: int = 10) -> None:
    content = f"{number} ".encode() + b"x" * size + b"END"
    store.keep(f"J{number}", f"request {number}", answer(content))


def keep_in_process(task: tuple[Path, int]) -> None:
    store = open_store(task[0])
    for number in range(task[1], task[1] + 50):
        keep_some(store, number)


def check_all(folder: Path, count: int) -> None:
    store = open_store(folder)
    for number in range(count):
        found = store.find(f"J{number}", f"request {number}")
        assert found is not None
        assert (found.file.split()[0], found.date) == (str(number).encode(), DATE)
    rows = [
        line for line in (folder / "downloads.csv").read_text().splitlines() if "file" not in line
    ]
    assert len(rows) == count
    assert len(list(folder.iterdir())) == count + 1


class TestUnusableFolder:
    def test_one_that_cannot_be_made(self, tmp_path) -> None:
        (tmp_path / "file").write_text("no folder")
        store = open_store(tmp_path / "file" / "first")
        with pytest.raises(EndOfRunError, match=r"J1_.*\.fits cannot be (read|written) \(.*make"):
            store.keep("J1", REQUEST, answer())

    def test_one_in_which_a_folder_has_the_name_of_the_file(self, store) -> None:
        store.path("J1", REQUEST).mkdir(parents=True)
        with pytest.raises(EndOfRunError, match="cannot be read"):
            store.find("J1", REQUEST)
        with pytest.raises(EndOfRunError, match="cannot be written"):
            store.keep("J1", REQUEST, answer())
        assert [path.name for path in store.path("J1", REQUEST).parent.iterdir()] == [
            store.path("J1", REQUEST).name
        ]


def test_threads_that_look_and_keep_at_once_find_whole_rows(store) -> None:
    stop = threading.Event()
    wrong: list[object] = []

    def look() -> None:
        while not stop.is_set():
            found = store.find("J0", "request 0")
            if found is not None and found.attempts != 2:
                wrong.append(found)

    keep_some(store, 0)
    threads = [threading.Thread(target=look) for _ in range(3)]
    for thread in threads:
        thread.start()
    for number in range(1, 100):
        keep_some(store, number)
    stop.set()
    for thread in threads:
        thread.join()
    assert wrong == []
