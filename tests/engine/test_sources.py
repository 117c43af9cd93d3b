from __future__ import annotations

import math
import os
import random
import threading
import weakref
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from kedro.framework.hooks.manager import _create_hook_manager
from kedro.io import DataCatalog, MemoryDataset
from kedro.pipeline import node
from kedro.runner.task import Task

from bentjets.engine import (
    EngineSettings,
    Failure,
    in_chunks,
    map_sources,
    recipe,
    release_saved,
    take_share,
    workers,
)
from bentjets.errors import EndOfRunError, InputError
from bentjets.pipelines.processing.masking import MaskingJob, mask_islands


def double(number: int, *, folder: str | None = None) -> int:
    """Double a number; leave a mark in the folder for each call."""
    if folder:
        (Path(folder) / f"{number}-{os.getpid()}-{len(os.listdir(folder))}").touch()
    if number == 3:
        raise InputError("three is not\nallowed")
    if number == 4:
        raise KeyError("four")
    return 2 * number


def spell(number: int, *, folder: str) -> str:
    """Give a text long enough to be compressed; leave a mark in the folder for each call."""
    (Path(folder) / f"{number}-{len(os.listdir(folder))}").touch()
    return " ".join(str(number + i) for i in range(2000))


def wait(number: int, *, barrier: threading.Barrier) -> int:
    """Come back when as many calls wait as the barrier asks for."""
    if number == 99:
        raise EndOfRunError("no use to go on")
    barrier.wait(timeout=10)
    return threading.get_ident()


@pytest.fixture
def marks(tmp_path: Path) -> Path:
    """Folder in which every call leaves a mark."""
    folder = tmp_path / "marks"
    folder.mkdir()
    return folder


ONE = EngineSettings(n_jobs=1)


def numbered(count: int) -> list[tuple[str, int]]:
    return [(f"s{i}", i) for i in range(count)]


def test_results_come_in_order_with_failures_in_their_place() -> None:
    results = list(map_sources(double, iter(numbered(6)), total=6, engine=ONE))
    assert [key for key, _ in results] == [f"s{i}" for i in range(6)]
    assert [value for _, value in results if not isinstance(value, Failure)] == [0, 2, 4, 10]
    assert results[3][1] == Failure("InputError", "three is not allowed")
    assert results[4][1] == Failure("KeyError", "KeyError: 'four'")


def test_several_processes_give_what_one_gives() -> None:
    sources = [(f"s{i}", float(i)) for i in range(-2, 20)]
    one = list(map_sources(math.sqrt, sources, engine=ONE))
    engine = EngineSettings(n_jobs=2)
    assert list(map_sources(math.sqrt, sources, engine=engine)) == one
    assert [key for key, value in one if isinstance(value, Failure)] == ["s-2", "s-1"]


def test_sources_are_read_as_they_are_needed() -> None:
    taken = []

    def sources():
        for item in numbered(1000):
            taken.append(item)
            yield item

    stream = map_sources(double, sources(), engine=ONE)
    next(stream)
    assert len(taken) < 10


def test_processes_read_sources_some_way_ahead_and_no_further() -> None:
    engine = EngineSettings(n_jobs=2)
    taken = []

    def sources():
        for item in numbered(100):
            taken.append(item)
            yield item

    lead = []
    for given_back, (key, root) in enumerate(map_sources(math.sqrt, sources(), engine=engine)):
        assert (key, root) == (f"s{given_back}", math.sqrt(given_back))
        lead.append(len(taken) - given_back)
    assert len(lead) == 100
    assert max(lead) == 2 * 16 + 1


def test_finished_results_are_not_computed_again(tmp_path: Path, marks: Path) -> None:
    engine = EngineSettings(n_jobs=1, cache=tmp_path / "cache")
    first = list(map_sources(double, numbered(3), folder=str(marks), engine=engine))
    again = list(map_sources(double, numbered(5), folder=str(marks), engine=engine))
    assert again[:3] == first
    # 0 to 2 once, then 3 and 4, which fail and so are tried anew each time
    assert len(list(marks.iterdir())) == 5
    list(map_sources(double, numbered(5), folder=str(marks), engine=engine))
    assert len(list(marks.iterdir())) == 7


def test_a_run_that_finds_everything_cached_starts_no_workers(
    tmp_path: Path, marks: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = EngineSettings(n_jobs=1, cache=tmp_path / "cache")
    first = list(map_sources(spell, numbered(40), folder=str(marks), engine=engine))
    # Nothing answers there: asking for a worker would end in an error.
    monkeypatch.setattr(workers, "_CONNECT_S", 1)
    engine = EngineSettings(backend="dask", scheduler="tcp://127.0.0.1:9", cache=tmp_path / "cache")
    assert list(map_sources(spell, numbered(40), folder=str(marks), engine=engine)) == first
    assert len(list(marks.iterdir())) == 40


def test_a_cache_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    engine = EngineSettings(n_jobs=1, cache=tmp_path / "file" / "cache")
    with pytest.raises(InputError, match=r"engine\.cache.*file/cache"):
        list(map_sources(double, numbered(2), engine=engine))


def test_results_of_code_that_was_edited_meanwhile_are_not_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    engine = EngineSettings(n_jobs=1, cache=tmp_path / "cache")
    job = MaskingJob(b"no FITS file", 0)
    monkeypatch.setattr(recipe, "_STARTED_S", 0.0)
    ((_, failure),) = map_sources(mask_islands, [("s0", job)], engine=engine)
    assert isinstance(failure, Failure)
    assert "bentjets.radio.finding.mask" in caplog.text
    assert "results of mask_islands are neither kept nor found" in caplog.text
    assert not (tmp_path / "cache").exists()


def test_uncached_work_leaves_no_cache(tmp_path: Path) -> None:
    engine = EngineSettings(n_jobs=1, cache=tmp_path / "cache")
    list(map_sources(double, numbered(2), cached=False, engine=engine))
    assert not (tmp_path / "cache").exists()


def test_many_failures_are_summed_up(caplog: pytest.LogCaptureFixture) -> None:
    list(map_sources(double, [(f"s{i}", 3) for i in range(9)], engine=ONE))
    assert len(caplog.records) == 6
    assert "4 more sources" in caplog.records[-1].message
    assert "9 × three is not allowed" in caplog.records[-1].message


def test_chunks_hold_everything_once() -> None:
    assert list(in_chunks(range(7), 3)) == [[0, 1, 2], [3, 4, 5], [6]]
    assert list(in_chunks([], 3)) == [[]]


@given(rows=st.integers(0, 50), shards=st.integers(1, 12))
def test_the_shares_hold_every_row_once_and_in_order(rows: int, shards: int) -> None:
    catalogue = pd.DataFrame({"source_id": [f"s{i}" for i in range(rows)], "row": range(rows)})
    shares = []
    for shard in range(shards):
        shares.append(take_share(catalogue, EngineSettings(shards=shards, shard=shard)))
        assert shares[-1]["row"].is_monotonic_increasing
        assert list(shares[-1].index) == list(range(len(shares[-1])))
    whole = pd.concat(shares).sort_values("row", ignore_index=True)
    pd.testing.assert_frame_equal(whole, catalogue)
    sizes = [len(share) for share in shares]
    assert max(sizes) - min(sizes) <= 1


def test_a_run_is_a_share_if_there_are_others() -> None:
    assert not EngineSettings().is_share
    assert EngineSettings(shards=2, shard=0).is_share


class TestWaiting:
    """Calls that wait for a service do so in threads of this process."""

    def test_as_many_wait_together_as_is_said(self) -> None:
        barrier = threading.Barrier(5)
        results = list(
            map_sources(wait, numbered(10), cached=False, waiting=5, barrier=barrier, engine=ONE)
        )
        assert [key for key, _ in results] == [key for key, _ in numbered(10)]
        assert len({thread for _, thread in results}) == 5

    def test_what_holds_for_all_sources_ends_the_run_and_drops_the_rest(self) -> None:
        barrier = threading.Barrier(2)
        sources = [("a", 0), ("b", 0), ("end", 99), *numbered(60)]
        results = map_sources(wait, sources, cached=False, waiting=2, barrier=barrier, engine=ONE)
        assert [next(results)[0], next(results)[0]] == ["a", "b"]
        barrier.abort()
        with pytest.raises(EndOfRunError, match="no use"):
            next(results)


def test_a_node_that_streams_keeps_the_name_that_kedro_shows() -> None:
    assert node(release_saved(double), "numbers", "files").name.startswith("double__")


class Ballast:
    """Something a weak reference can point at."""


def test_saved_files_of_a_streaming_node_are_not_held_back() -> None:
    """As Kedro runs it, a generator node holds 57 chunks back, were it not for the decorator."""
    alive: weakref.WeakSet[Ballast] = weakref.WeakSet()
    most = 0

    @release_saved
    def stream():
        for number in range(100):
            ballast = Ballast()
            alive.add(ballast)
            yield {f"s{number}": ballast}, {f"s{number}": number}
            del ballast

    class Watching(MemoryDataset):
        def save(self, data) -> None:
            nonlocal most
            most = max(most, len(alive))

    catalog = DataCatalog({"files": Watching(), "records": Watching()})
    task = Task(
        node(stream, None, ["files", "records"]),
        catalog,
        is_async=False,
        hook_manager=_create_hook_manager(),
    )
    task.execute()
    assert most <= 2


@dataclass(frozen=True)
class Content:
    content: bytes

    def read(self) -> bytes:
        return self.content


def draw(number: int, *, folder: str) -> dict[str, object]:
    """Give a picture; leave a mark in the folder for each call."""
    (Path(folder) / f"{number}-{len(os.listdir(folder))}").touch()
    return {"picture": bytes(random.Random(number).randbytes(10_000)), "number": number}


def test_what_is_a_file_already_is_not_kept_twice(tmp_path: Path, marks: Path) -> None:
    engine = EngineSettings(n_jobs=1, cache=tmp_path / "cache")

    def run(files: dict[str, Content]) -> list[tuple[str, object]]:
        stored = {"picture": files}
        results = map_sources(
            draw, numbered(4), engine=engine, stored=stored, folder=str(marks), together=2
        )
        return list(results)

    first = run({})
    kept = sum(file.stat().st_size for file in (tmp_path / "cache" / "results").iterdir())
    assert kept < 30_000
    files = {key: Content(result["picture"]) for key, result in first}
    assert run(files) == first
    assert len(os.listdir(marks)) == 4
    damaged = {**files, "s1": Content(b"another picture")}
    del damaged["s2"]
    assert run(damaged) == first
    assert len(os.listdir(marks)) == 6
