"""JSONDataset: Kedro's own, whose files appear whole or not at all."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import fsspec
import pytest
from kedro.io.core import DatasetError, Version
from kedro_datasets import json as kedro_json

from bentjets.datasets.json_record import JSONDataset

RECORD = {"log": {"reason": "É"}, "gaussians": [{"x_px": 0.1}, {"x_px": None}]}
OTHER = {"log": {"reason": "another"}}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "deep" / "metrics.json"


@pytest.fixture
def dataset(path: Path) -> JSONDataset:
    return JSONDataset(filepath=path.as_posix())


def test_round_trip(dataset: JSONDataset, path: Path) -> None:
    assert not dataset.exists()
    dataset.save(RECORD)
    assert dataset.exists()
    assert dataset.load() == RECORD
    assert list(path.parent.iterdir()) == [path]


def test_the_file_is_what_kedro_writes(dataset: JSONDataset, path: Path, tmp_path: Path) -> None:
    dataset.save(RECORD)
    kedro_json.JSONDataset(filepath=(tmp_path / "kedro.json").as_posix()).save(RECORD)
    assert path.read_bytes() == (tmp_path / "kedro.json").read_bytes()


def test_save_args_reach_json(path: Path) -> None:
    dataset = JSONDataset(
        filepath=path.as_posix(),
        save_args={"indent": None, "sort_keys": True, "ensure_ascii": False},
    )
    dataset.save({"b": 1, "a": "É"})
    assert path.read_text(encoding="utf-8") == '{"a": "É", "b": 1}'


@pytest.mark.parametrize("data", [{"x": {1, 2}}, {"x": b"bytes"}])
def test_what_json_cannot_hold_leaves_the_old_record_alone(
    dataset: JSONDataset, path: Path, data: dict[str, Any]
) -> None:
    dataset.save(RECORD)
    with pytest.raises(DatasetError, match="not JSON serializable"):
        dataset.save(data)
    assert dataset.load() == RECORD
    assert list(path.parent.iterdir()) == [path]


def test_a_damaged_file_is_a_dataset_error(dataset: JSONDataset, path: Path) -> None:
    dataset.save(RECORD)
    path.write_bytes(path.read_bytes()[:-10])
    with pytest.raises(DatasetError, match=r"metrics\.json"):
        dataset.load()


def test_preview_is_the_record(dataset: JSONDataset) -> None:
    dataset.save(RECORD)
    assert json.loads(dataset.preview()) == RECORD


def test_a_missing_record_is_one_line(dataset: JSONDataset, path: Path) -> None:
    with pytest.raises(DatasetError) as error:
        dataset.load()
    assert str(error.value) == (
        f"{path} does not exist; run the pipeline that writes it, "
        "or correct its path in the catalog"
    )


def test_every_save_is_one_version(path: Path, recwarn: pytest.WarningsRecorder) -> None:
    dataset = JSONDataset(
        filepath=path.as_posix(), version=Version(None, "2026-01-01T00.00.00.000Z")
    )
    assert not dataset.exists()
    dataset.save(RECORD)
    assert dataset.exists()
    assert [str(one.relative_to(path)) for one in path.rglob("*.json") if one.is_file()] == [
        "2026-01-01T00.00.00.000Z/metrics.json"
    ]
    assert dataset.load() == RECORD
    with pytest.raises(DatasetError, match="must not exist if versioning"):
        dataset.save(RECORD)
    assert not recwarn.list


def test_remote_filesystem() -> None:
    dataset = JSONDataset(filepath="memory:///records/metrics.json")
    dataset.save(RECORD)
    assert dataset.load() == RECORD
    assert fsspec.filesystem("memory").ls("/records", detail=False) == ["/records/metrics.json"]
    dataset.release()


def test_description_and_metadata(path: Path) -> None:
    dataset = JSONDataset(filepath=path.as_posix(), metadata={"kedro-viz": {"layer": "raw"}})
    assert dataset._describe()["filepath"].name == "metrics.json"
    assert dataset.metadata == {"kedro-viz": {"layer": "raw"}}


def test_the_same_record_leaves_the_file_untouched(dataset: JSONDataset, path: Path) -> None:
    dataset.save(RECORD)
    before = path.stat()
    dataset.save(RECORD)
    assert (path.stat().st_mtime_ns, path.stat().st_ino) == (before.st_mtime_ns, before.st_ino)


def test_a_save_that_the_disk_cuts_short_leaves_the_old_record_alone(
    dataset: JSONDataset, path: Path, files_end_at: Any
) -> None:
    dataset.save(RECORD)
    with files_end_at(20), pytest.raises(DatasetError, match="File too large"):
        dataset.save(OTHER)
    assert dataset.load() == RECORD
    assert list(path.parent.iterdir()) == [path]


def test_a_save_that_fails_at_the_end_leaves_the_old_record_alone(
    dataset: JSONDataset, path: Path, fail_to_finish: Callable[[], None]
) -> None:
    dataset.save(RECORD)
    fail_to_finish()
    with pytest.raises(DatasetError, match="No space left"):
        dataset.save(OTHER)
    assert dataset.load() == RECORD
    assert list(path.parent.iterdir()) == [path]
