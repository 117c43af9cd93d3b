from __future__ import annotations

import math
import os
from pathlib import Path

import pytest

from bentjets import engine
from bentjets.engine import EngineSettings, Failure, in_chunks, map_sources
from bentjets.errors import InputError


def double(number: int, *, folder: str | None = None) -> int:
    """Double a number; leave a mark in the folder for each call."""
    if folder:
        (Path(folder) / f"{number}-{os.getpid()}-{len(os.listdir(folder))}").touch()
    if number == 3:
        raise InputError("three is not\nallowed")
    if number == 4:
        raise KeyError("four")
    return 2 * number


def numbered(count: int) -> list[tuple[str, int]]:
    return [(f"s{i}", i) for i in range(count)]


def test_results_come_in_order_with_failures_in_their_place() -> None:
    results = list(map_sources(double, iter(numbered(6)), total=6))
    assert [key for key, _ in results] == [f"s{i}" for i in range(6)]
    assert [value for _, value in results if not isinstance(value, Failure)] == [0, 2, 4, 10]
    assert results[3][1] == Failure("InputError", "three is not allowed")
    assert results[4][1] == Failure("KeyError", "KeyError: 'four'")


def test_several_processes_give_what_one_gives() -> None:
    sources = [(f"s{i}", float(i)) for i in range(-2, 20)]
    one = list(map_sources(math.sqrt, sources))
    engine.configure(EngineSettings(n_jobs=2))
    assert list(map_sources(math.sqrt, sources)) == one
    assert [key for key, value in one if isinstance(value, Failure)] == ["s-2", "s-1"]


def test_sources_are_read_as_they_are_needed() -> None:
    taken = []

    def sources():
        for item in numbered(1000):
            taken.append(item)
            yield item

    stream = map_sources(double, sources())
    next(stream)
    assert len(taken) < 10


def test_finished_results_are_not_computed_again(tmp_path: Path) -> None:
    engine.configure(EngineSettings(n_jobs=1, cache=tmp_path / "cache"))
    marks = tmp_path / "marks"
    marks.mkdir()
    first = list(map_sources(double, numbered(3), folder=str(marks)))
    again = list(map_sources(double, numbered(5), folder=str(marks)))
    assert again[:3] == first
    # 0 to 2 once, then 3 and 4, which fail and so are tried anew each time
    assert len(list(marks.iterdir())) == 5
    list(map_sources(double, numbered(5), folder=str(marks)))
    assert len(list(marks.iterdir())) == 7


def test_uncached_work_leaves_no_cache(tmp_path: Path) -> None:
    engine.configure(EngineSettings(n_jobs=1, cache=tmp_path / "cache"))
    list(map_sources(double, numbered(2), cached=False))
    assert not (tmp_path / "cache").exists()


def test_many_failures_are_summed_up(caplog: pytest.LogCaptureFixture) -> None:
    list(map_sources(double, [(f"s{i}", 3) for i in range(9)]))
    assert len(caplog.records) == 6
    assert "4 more sources" in caplog.records[-1].message


@pytest.mark.parametrize("n_jobs", [0, "all", None])
def test_senseless_number_of_processes_is_refused(n_jobs: object) -> None:
    with pytest.raises(InputError, match="n_jobs"):
        EngineSettings(n_jobs=n_jobs)  # type: ignore[arg-type]


def test_chunks_hold_everything_once() -> None:
    assert list(in_chunks(range(7), 3)) == [[0, 1, 2], [3, 4, 5], [6]]
    assert list(in_chunks([], 3)) == []
