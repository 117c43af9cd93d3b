"""ParquetDataset: Kedro's own, with units, whose files appear whole or not at all."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import fsspec
import pandas as pd
import pytest
from kedro.io.core import DatasetError, Version
from pyarrow import parquet

from bentjets.datasets.parquet_table import ParquetDataset
from bentjets.files import PARQUET, EncodedFile

UNITS = {"total_flux_jy": "Jy", "x_px": "pix"}


@pytest.fixture
def table() -> pd.DataFrame:
    """Two Gaussians with units, and columns of several types."""
    made = pd.DataFrame(
        {
            "source_id": ["J0020+0004", "É"],
            "gaussian": [0, 1],
            "total_flux_jy": [0.02, float("nan")],
            "x_px": [75.25, 1e-30],
            "dropped": [True, False],
        }
    )
    made.attrs["units"] = dict(UNITS)
    return made


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "deep" / "gaussians.parquet"


@pytest.fixture
def dataset(path: Path) -> ParquetDataset:
    return ParquetDataset(filepath=path.as_posix())


def units_in_file(path: Path) -> dict[str, str]:
    """Read the units as any program would: from the metadata of the columns."""
    return {
        field.name: field.metadata[b"unit"].decode()
        for field in parquet.read_schema(path)
        if field.metadata and b"unit" in field.metadata
    }


def test_round_trip(dataset: ParquetDataset, path: Path, table: pd.DataFrame) -> None:
    assert not dataset.exists()
    dataset.save(table)
    assert dataset.exists()
    pd.testing.assert_frame_equal(dataset.load(), table)
    assert list(path.parent.iterdir()) == [path]


def test_units_are_in_the_file_and_in_the_loaded_table(
    dataset: ParquetDataset, path: Path, table: pd.DataFrame
) -> None:
    dataset.save(table)
    assert units_in_file(path) == UNITS
    assert dataset.load().attrs["units"] == UNITS
    dataset.save(dataset.load())
    assert units_in_file(path) == UNITS


def test_units_need_not_be_those_of_the_columns(
    dataset: ParquetDataset, path: Path, table: pd.DataFrame
) -> None:
    table.attrs["units"] = {"x_px": "", "source_id": None, "no_such_column": "Jy"}
    dataset.save(table)
    assert units_in_file(path) == {}
    pd.testing.assert_frame_equal(dataset.load(), table)


def test_a_table_without_units(dataset: ParquetDataset, path: Path, table: pd.DataFrame) -> None:
    table.attrs.clear()
    dataset.save(table)
    assert units_in_file(path) == {}
    assert "units" not in dataset.load().attrs
    pd.testing.assert_frame_equal(dataset.load(), table)


def test_an_empty_table_keeps_its_columns_and_units(
    dataset: ParquetDataset, path: Path, table: pd.DataFrame
) -> None:
    empty = table.iloc[:0]
    dataset.save(empty)
    assert units_in_file(path) == UNITS
    pd.testing.assert_frame_equal(dataset.load(), empty)
    untyped = pd.DataFrame(columns=["source_id", "total_flux_jy"])
    untyped.attrs["units"] = {"total_flux_jy": "Jy"}
    dataset.save(untyped)
    assert list(dataset.load()) == ["source_id", "total_flux_jy"]
    assert units_in_file(path) == {"total_flux_jy": "Jy"}


def test_rows_that_were_left_out_leave_no_gap(dataset: ParquetDataset, table: pd.DataFrame) -> None:
    dataset.save(table[table["gaussian"] == 1])
    assert dataset.load().index.to_list() == [0]


def test_load_args_reach_pandas(path: Path, dataset: ParquetDataset, table: pd.DataFrame) -> None:
    dataset.save(table)
    some = ParquetDataset(filepath=path.as_posix(), load_args={"columns": ["x_px", "gaussian"]})
    assert list(some.load()) == ["x_px", "gaussian"]


@pytest.mark.parametrize("compression", ["snappy", "gzip", "zstd"])
def test_save_args_reach_pyarrow(path: Path, table: pd.DataFrame, compression: str) -> None:
    dataset = ParquetDataset(filepath=path.as_posix(), save_args={"compression": compression})
    dataset.save(table)
    column = parquet.read_metadata(path).row_group(0).column(0)
    assert column.compression == compression.upper()
    pd.testing.assert_frame_equal(dataset.load(), table)


def test_partition_columns_are_refused(path: Path, table: pd.DataFrame) -> None:
    dataset = ParquetDataset(filepath=path.as_posix(), save_args={"partition_cols": ["gaussian"]})
    with pytest.raises(DatasetError, match="partition_cols"):
        dataset.save(table)
    assert not path.exists()


def test_preview_shows_the_first_rows(dataset: ParquetDataset, table: pd.DataFrame) -> None:
    dataset.save(table)
    assert dataset.preview(nrows=1) == table.iloc[:1].to_dict(orient="split")


def test_a_missing_table_is_one_line(dataset: ParquetDataset, path: Path) -> None:
    with pytest.raises(DatasetError) as error:
        dataset.load()
    assert str(error.value) == (
        f"{path} does not exist; run the pipeline that writes it, "
        "or correct its path in the catalog"
    )


def test_a_damaged_file_is_a_dataset_error(
    dataset: ParquetDataset, path: Path, table: pd.DataFrame
) -> None:
    dataset.save(table)
    path.write_bytes(path.read_bytes()[:-10])
    with pytest.raises(DatasetError, match=r"gaussians\.parquet"):
        dataset.load()


def test_every_save_is_one_version(
    path: Path, table: pd.DataFrame, recwarn: pytest.WarningsRecorder
) -> None:
    version = Version(None, "2026-01-01T00.00.00.000Z")
    dataset = ParquetDataset(filepath=path.as_posix(), version=version)
    assert not dataset.exists()
    dataset.save(table)
    assert dataset.exists()
    files = [str(one.relative_to(path)) for one in path.rglob("*.parquet") if one.is_file()]
    assert files == ["2026-01-01T00.00.00.000Z/gaussians.parquet"]
    pd.testing.assert_frame_equal(dataset.load(), table)
    with pytest.raises(DatasetError, match="must not exist if versioning"):
        dataset.save(table)
    assert not recwarn.list


def test_remote_filesystem(table: pd.DataFrame) -> None:
    dataset = ParquetDataset(filepath="memory:///gaussians/gaussians.parquet")
    dataset.save(table)
    pd.testing.assert_frame_equal(dataset.load(), table)
    assert dataset.load().attrs["units"] == UNITS
    files = fsspec.filesystem("memory").ls("/gaussians", detail=False)
    assert files == ["/gaussians/gaussians.parquet"]
    dataset.release()


def test_description_and_metadata(path: Path) -> None:
    dataset = ParquetDataset(filepath=path.as_posix(), metadata={"kedro-viz": {"layer": "raw"}})
    assert dataset._describe()["filepath"].name == "gaussians.parquet"
    assert dataset.metadata == {"kedro-viz": {"layer": "raw"}}


def test_the_same_table_leaves_the_file_untouched(
    dataset: ParquetDataset, path: Path, table: pd.DataFrame
) -> None:
    dataset.save(table)
    before = path.stat()
    dataset.save(table.copy())
    assert (path.stat().st_mtime_ns, path.stat().st_ino) == (before.st_mtime_ns, before.st_ino)


def test_a_save_that_the_disk_cuts_short_leaves_the_old_table_alone(
    dataset: ParquetDataset, path: Path, table: pd.DataFrame, files_end_at: Any
) -> None:
    dataset.save(table)
    with files_end_at(20), pytest.raises(DatasetError, match="File too large"):
        dataset.save(table.assign(x_px=3.0))
    pd.testing.assert_frame_equal(dataset.load(), table)
    assert list(path.parent.iterdir()) == [path]


def test_a_save_that_fails_at_the_end_leaves_the_old_table_alone(
    dataset: ParquetDataset, path: Path, table: pd.DataFrame, fail_to_finish: Callable[[], None]
) -> None:
    dataset.save(table)
    fail_to_finish()
    with pytest.raises(DatasetError, match="No space left"):
        dataset.save(table.assign(x_px=3.0))
    pd.testing.assert_frame_equal(dataset.load(), table)
    assert list(path.parent.iterdir()) == [path]


def test_a_table_that_was_encoded_elsewhere_is_saved_piece_by_piece(table, tmp_path) -> None:
    dataset = ParquetDataset(filepath=(tmp_path / "table.parquet").as_posix())
    content = table.to_parquet()
    dataset.save(EncodedFile(PARQUET, iter([content[:100], content[100:]])))
    assert dataset.load().equals(table)
    with pytest.raises(DatasetError, match=r"not a whole application/vnd\.apache\.parquet file"):
        dataset.save(EncodedFile(PARQUET, iter([content[:100]])))
    assert dataset.load().equals(table)
