"""CSVDataset: Kedro's own, whose files appear whole or not at all."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import fsspec
import pandas as pd
import pytest
from kedro.io.core import DatasetError, Version
from kedro_datasets import pandas as kedro_pandas

from bentjets.datasets.csv_table import CSVDataset

TABLE = pd.DataFrame(
    {"source_id": ["J0020+0004", "J1"], "name": ['É, "quoted"', "two\nlines"], "flux": [0.1, 1e-30]}
)
OTHER = TABLE.assign(flux=2.0)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "deep" / "catalogue.csv"


@pytest.fixture
def dataset(path: Path) -> CSVDataset:
    return CSVDataset(filepath=path.as_posix())


def test_round_trip(dataset: CSVDataset, path: Path) -> None:
    assert not dataset.exists()
    dataset.save(TABLE)
    assert dataset.exists()
    pd.testing.assert_frame_equal(dataset.load(), TABLE)
    assert list(path.parent.iterdir()) == [path]


def test_the_file_is_what_kedro_writes(dataset: CSVDataset, path: Path, tmp_path: Path) -> None:
    dataset.save(TABLE)
    kedro_pandas.CSVDataset(filepath=(tmp_path / "kedro.csv").as_posix()).save(TABLE)
    assert path.read_bytes() == (tmp_path / "kedro.csv").read_bytes()


def test_load_and_save_args_reach_pandas(path: Path) -> None:
    dataset = CSVDataset(
        filepath=path.as_posix(),
        save_args={"sep": ";", "columns": ["source_id"]},
        load_args={"sep": ";", "dtype": {"source_id": str}, "keep_default_na": False},
    )
    dataset.save(pd.DataFrame({"source_id": ["007", "NA"], "flux": [1, 2]}))
    assert path.read_text() == "source_id\n007\nNA\n"
    assert dataset.load()["source_id"].to_list() == ["007", "NA"]


NAMES = ["NA", "null", "nan", "None", "N/A", "NaN", "1e5", "007", "-1", "True", "inf", "#N/A"]


def test_names_are_text(path: Path) -> None:
    table = pd.DataFrame({"source_id": NAMES, "n": range(len(NAMES)), "ok": True})
    dataset = CSVDataset(filepath=path.as_posix(), load_args={"dtype": {"source_id": str}})
    dataset.save(table)
    pd.testing.assert_frame_equal(dataset.load(), table, check_dtype=True)


def test_only_an_empty_cell_is_missing(dataset: CSVDataset, path: Path) -> None:
    path.parent.mkdir()
    path.write_text("reason,comment,flux,count,ok\n,NA,0.5,,True\nfaint,,,1,False\n")
    loaded = dataset.load()
    assert loaded["reason"].to_list() == ["", "faint"]
    assert loaded["comment"].to_list() == ["NA", ""]
    assert loaded["flux"].isna().to_list() == [False, True]
    assert loaded["count"].isna().to_list() == [True, False]
    assert [loaded[name].dtype.kind for name in ("flux", "count", "ok")] == ["f", "f", "b"]


@pytest.mark.parametrize("rows", ["", ",\n,\n"])
def test_text_that_is_empty_in_every_row_stays_text(path: Path, rows: str) -> None:
    path.parent.mkdir()
    path.write_text(f"reason,flux\n{rows}")
    dataset = CSVDataset(filepath=path.as_posix(), load_args={"dtype": {"reason": str}})
    loaded = dataset.load()
    assert (loaded["reason"] == "").all()
    assert loaded.dtypes["reason"] == "str"
    assert len(loaded) == rows.count("\n")


def test_a_damaged_table_is_one_line(dataset: CSVDataset, path: Path) -> None:
    path.parent.mkdir()
    path.write_text('a,b\n1,2\n"3,4\n1,2,3,4\n')
    with pytest.raises(
        DatasetError, match=r"catalogue\.csv cannot be read: .*; run the pipe"
    ) as err:
        dataset.load()
    assert "\n" not in str(err.value)


def test_an_empty_table_keeps_its_columns(dataset: CSVDataset) -> None:
    dataset.save(TABLE.iloc[:0])
    assert list(dataset.load()) == list(TABLE)
    assert dataset.load().empty


def test_preview_shows_the_first_rows(dataset: CSVDataset) -> None:
    dataset.save(TABLE)
    assert dataset.preview(nrows=1) == TABLE.iloc[:1].to_dict(orient="split")


def test_a_missing_table_is_one_line(dataset: CSVDataset, path: Path) -> None:
    with pytest.raises(DatasetError) as error:
        dataset.load()
    assert str(error.value) == (
        f"{path} does not exist; run the pipeline that writes it, "
        "or correct its path in the catalog"
    )


def test_a_table_that_need_not_be_there(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    dataset = CSVDataset(filepath=path.as_posix(), columns_if_missing=["source_id"])
    with caplog.at_level("INFO"):
        assert dataset.load().to_dict("list") == {"source_id": []}
    assert f"{path} does not exist" in caplog.text
    dataset.save(TABLE)
    pd.testing.assert_frame_equal(dataset.load(), TABLE)


def test_every_save_is_one_version(path: Path, recwarn: pytest.WarningsRecorder) -> None:
    dataset = CSVDataset(
        filepath=path.as_posix(), version=Version(None, "2026-01-01T00.00.00.000Z")
    )
    assert not dataset.exists()
    dataset.save(TABLE)
    assert dataset.exists()
    assert [str(one.relative_to(path)) for one in path.rglob("*.csv") if one.is_file()] == [
        "2026-01-01T00.00.00.000Z/catalogue.csv"
    ]
    pd.testing.assert_frame_equal(dataset.load(), TABLE)
    with pytest.raises(DatasetError, match="must not exist if versioning"):
        dataset.save(TABLE)
    assert not recwarn.list


def test_remote_filesystem() -> None:
    dataset = CSVDataset(filepath="memory:///tables/catalogue.csv")
    dataset.save(TABLE)
    pd.testing.assert_frame_equal(dataset.load(), TABLE)
    assert fsspec.filesystem("memory").ls("/tables", detail=False) == ["/tables/catalogue.csv"]
    dataset.release()


def test_description_and_metadata(path: Path) -> None:
    dataset = CSVDataset(filepath=path.as_posix(), metadata={"kedro-viz": {"layer": "raw"}})
    assert dataset._describe()["filepath"].name == "catalogue.csv"
    assert dataset.metadata == {"kedro-viz": {"layer": "raw"}}


def test_the_same_table_leaves_the_file_untouched(dataset: CSVDataset, path: Path) -> None:
    dataset.save(TABLE)
    before = path.stat()
    dataset.save(TABLE)
    assert (path.stat().st_mtime_ns, path.stat().st_ino) == (before.st_mtime_ns, before.st_ino)


def test_a_save_that_the_disk_cuts_short_leaves_the_old_table_alone(
    dataset: CSVDataset, path: Path, files_end_at: Any
) -> None:
    dataset.save(TABLE)
    with files_end_at(20), pytest.raises(DatasetError, match="File too large"):
        dataset.save(OTHER)
    pd.testing.assert_frame_equal(dataset.load(), TABLE)
    assert list(path.parent.iterdir()) == [path]


def test_a_save_that_fails_at_the_end_leaves_the_old_table_alone(
    dataset: CSVDataset, path: Path, fail_to_finish: Callable[[], None]
) -> None:
    dataset.save(TABLE)
    fail_to_finish()
    with pytest.raises(DatasetError, match="No space left"):
        dataset.save(OTHER)
    pd.testing.assert_frame_equal(dataset.load(), TABLE)
    assert list(path.parent.iterdir()) == [path]
