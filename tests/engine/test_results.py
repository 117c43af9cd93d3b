"""Finished results: kept in few files, read safely, shared, and dropped when nothing uses them."""

from __future__ import annotations

import pickle
import sqlite3
import zlib
from pathlib import Path

import numpy as np
import pytest

from bentjets.engine import EngineSettings, map_sources, results
from bentjets.engine.recipe import Recipe
from bentjets.engine.results import MISSING, ResultCache, drop_unused, list_results
from bentjets.errors import InputError


def double(number: int) -> dict[str, object]:
    """Double a number."""
    return {"number": 2 * number, "file": b"\0" * 1000}


def triple(number: int) -> int:
    """Triple a number."""
    return 3 * number


RECIPE = Recipe.of(double)


def numbered(count: int) -> list[tuple[str, int]]:
    return [(f"s{i}", i) for i in range(count)]


def test_what_was_put_is_found_again_by_the_next_run(tmp_path: Path) -> None:
    with ResultCache(tmp_path, RECIPE) as cache:
        key = cache.key(1, {})
        assert cache.get(key) is MISSING
        cache.put(key, {"a": [1, 2.5, None, True], "b": b"\x00", "nan": float("nan")})
    with ResultCache(tmp_path, RECIPE) as cache:
        found = cache.get(key)
    assert found["nan"] != found["nan"]
    assert (found["a"], found["b"]) == ([1, 2.5, None, True], b"\x00")


def test_an_exception_loses_nothing_that_was_finished(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), ResultCache(tmp_path, RECIPE) as cache:
        key = cache.key(1, {})
        cache.put(key, 1)
        raise KeyboardInterrupt
    with ResultCache(tmp_path, RECIPE) as cache:
        assert cache.get(key) == 1


def test_a_run_that_is_killed_loses_little(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(results, "_COMMIT_S", 0.0)
    with ResultCache(tmp_path, RECIPE) as killed:
        key = killed.key(1, {})
        killed.put(key, 1)
        with ResultCache(tmp_path, RECIPE) as cache:
            assert cache.get(key) == 1


def test_files_of_a_step_whose_name_begins_alike_are_left_alone(tmp_path: Path) -> None:
    other = tmp_path / "doubled.results.sqlite"
    other.write_bytes(b"another step's")
    with ResultCache(tmp_path, RECIPE):
        pass
    assert other.read_bytes() == b"another step's"


def test_many_results_share_a_file_and_constant_ones_are_small(tmp_path: Path) -> None:
    engine = EngineSettings(n_jobs=1, cache=tmp_path)
    list(map_sources(double, numbered(500), engine=engine))
    list(map_sources(triple, numbered(500), engine=engine))
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert sorted(path.name for path in files) == ["double.results.sqlite", "triple.results.sqlite"]
    assert sum(path.stat().st_size for path in files) < 500 * 500


def test_only_plain_values_can_be_kept(tmp_path: Path) -> None:
    with ResultCache(tmp_path, RECIPE) as cache, pytest.raises(TypeError):
        cache.put(cache.key(1, {}), {1, 2})


@pytest.mark.parametrize("result", [(1, 2), np.float64(1.5)])
def test_what_would_come_back_as_something_else_is_not_kept(tmp_path: Path, result: object) -> None:
    with ResultCache(tmp_path, RECIPE) as cache, pytest.raises(TypeError):
        cache.put(cache.key(1, {}), result)


def test_keys_of_a_result_may_be_numbers(tmp_path: Path) -> None:
    with ResultCache(tmp_path, RECIPE) as cache:
        key = cache.key(1, {})
        cache.put(key, {3: "three"})
    with ResultCache(tmp_path, RECIPE) as cache:
        assert cache.get(key) == {3: "three"}


class Harmful:
    """What touches a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, tuple[str, str]]:
        return open, (str(self.path), "w")


def test_a_forged_result_runs_nothing(tmp_path: Path) -> None:
    """A cache that several people share may hold what somebody else put there."""
    engine = EngineSettings(n_jobs=1, cache=tmp_path)
    expected = list(map_sources(double, numbered(2), engine=engine))
    forged = zlib.compress(pickle.dumps(Harmful(tmp_path / "touched")))
    with sqlite3.connect(tmp_path / "results" / "double.results.sqlite") as file:
        file.execute("UPDATE results SET content = ?", (forged,))
    assert list(map_sources(double, numbered(2), engine=engine)) == expected
    assert not (tmp_path / "touched").exists()


@pytest.mark.parametrize("damage", [b"", b"no database" * 100, b"SQLite format 3\0" + b"x" * 9000])
def test_a_damaged_file_is_made_anew(
    tmp_path: Path, damage: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    engine = EngineSettings(n_jobs=1, cache=tmp_path)
    expected = list(map_sources(double, numbered(3), engine=engine))
    path = tmp_path / "results" / "double.results.sqlite"
    path.write_bytes(damage)
    assert list(map_sources(double, numbered(3), engine=engine)) == expected
    assert list(map_sources(double, numbered(3), engine=engine)) == expected
    assert ("is damaged" in caplog.text) is (damage != b"")


STEPS = ("double", "triple")


def test_a_damaged_page_that_nobody_looked_at_is_made_anew(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    engine = EngineSettings(n_jobs=1, cache=tmp_path)
    expected = list(map_sources(double, numbered(2000), engine=engine))
    path = tmp_path / "results" / "double.results.sqlite"
    content = bytearray(path.read_bytes())
    middle = 4096 * (len(content) // 8192)
    content[middle : middle + 200] = b"\xa5" * 200
    path.write_bytes(content)
    for _ in range(2):
        assert list(map_sources(double, numbered(2001), engine=engine))[:2000] == expected


def test_shares_find_the_results_of_each_other_and_the_whole_takes_them_over(
    tmp_path: Path,
) -> None:
    keys = []
    for shard in range(2):
        engine = EngineSettings(cache=tmp_path, shards=2, shard=shard)
        with ResultCache.of(engine, RECIPE) as cache:
            keys.append(cache.key(shard, {}))
            cache.put(keys[-1], shard)
    for file in (tmp_path / "results").iterdir():
        file.chmod(0o444)  # those of other people
    with ResultCache.of(EngineSettings(cache=tmp_path), RECIPE) as cache:
        assert [cache.get(key) for key in keys] == [0, 1]
    assert len(list((tmp_path / "results").iterdir())) == 3
    assert drop_unused(tmp_path, STEPS) == 2
    with ResultCache.of(EngineSettings(cache=tmp_path), RECIPE) as cache:
        assert [cache.get(key) for key in keys] == [0, 1]
    assert [row["results"] for row in list_results(tmp_path, STEPS)] == [2]


def test_what_the_latest_run_did_not_use_can_be_dropped(tmp_path: Path) -> None:
    engine = EngineSettings(n_jobs=1, cache=tmp_path)
    list(map_sources(double, numbered(5), engine=engine))
    list(map_sources(triple, numbered(4), engine=engine))
    list(map_sources(double, numbered(3), engine=engine))
    listed = {row["file"].name.partition(".")[0]: row for row in list_results(tmp_path, STEPS)}
    assert [(row["results"], row["unused"]) for row in listed.values()] == [(5, 2), (4, 0)]
    assert drop_unused(tmp_path, STEPS) == 2
    assert [row["results"] for row in list_results(tmp_path, STEPS)] == [3, 4]
    with ResultCache(tmp_path / "results", RECIPE) as cache:
        found = [cache.get(cache.key(number, {})) for number in range(5)]
    assert [one is MISSING for one in found] == [False] * 3 + [True] * 2


def test_a_run_that_was_stopped_makes_nothing_unused(tmp_path: Path) -> None:
    engine = EngineSettings(n_jobs=1, cache=tmp_path)
    list(map_sources(double, numbered(50), engine=engine))
    stream = map_sources(double, numbered(50), engine=engine)
    next(stream)
    stream.close()
    assert drop_unused(tmp_path, STEPS) == 0


def test_the_results_of_a_step_that_is_gone_can_be_dropped(tmp_path: Path) -> None:
    engine = EngineSettings(n_jobs=1, cache=tmp_path)
    list(map_sources(double, numbered(5), engine=engine))
    assert drop_unused(tmp_path, ["triple"]) == 5
    assert not list((tmp_path / "results").iterdir())


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match=r"engine\.cache .*file/cache cannot be written"):
        ResultCache(tmp_path / "file" / "cache", RECIPE)
