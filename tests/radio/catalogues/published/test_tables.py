from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from astropy import units as u
from astropy.table import Column, MaskedColumn, QTable, Table

from bentjets.errors import InputError
from bentjets.radio.catalogues import read_catalogue, read_table, standardise_catalogue

CLASSES = {"WAT": "100", "NAT": "200"}
FANAROFF_RILEY = {"FR-I": "100", "FR-II": "200"}
SUFFIXES = ["csv", "fits", "vot", "ecsv"]


def standardise(table: pd.DataFrame) -> pd.DataFrame:
    return standardise_catalogue(table, columns={}, classes=CLASSES, origin="cat.csv")


def write(table: Table | pd.DataFrame, file: Path) -> Path:
    if file.suffix == ".csv":
        table = table if isinstance(table, pd.DataFrame) else table.to_pandas()
        table.to_csv(file, index=False)
        return file
    table = table if isinstance(table, Table) else Table.from_pandas(table)
    table.write(file, format={".vot": "votable", ".ecsv": "ascii.ecsv"}.get(file.suffix))
    return file


def read(file: Path, declared=CLASSES, **settings) -> pd.DataFrame:
    settings = {"service": "table", "path": str(file), **settings}
    return read_catalogue(settings, classes=declared, seed=0)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_tables_of_all_kinds(tmp_path: Path, table: pd.DataFrame, suffix: str) -> None:
    catalogue = read(write(table, tmp_path / f"catalogue.{suffix}"))
    pd.testing.assert_frame_equal(catalogue, standardise(table), check_dtype=False)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_sexagesimal_tables_of_all_kinds(tmp_path: Path, table: pd.DataFrame, suffix: str) -> None:
    text = table.assign(
        ra_deg=["01 00 00", "02:00:00.0", "1h00m00s"], dec_deg=["+01 00 00", "2", "01:00:00"]
    )
    catalogue = read(write(text, tmp_path / f"catalogue.{suffix}"))
    pd.testing.assert_frame_equal(catalogue, standardise(table), check_dtype=False)


@pytest.mark.parametrize(
    ("suffix", "hours"), [("fits", "h"), ("vot", "h"), ("ecsv", "h"), ("ecsv", "hourangle")]
)
def test_units_of_positions_are_heeded(tmp_path, table, suffix, hours) -> None:
    theirs = Table.from_pandas(table)
    theirs["ra_deg"] = Column([1.0, 2.0, 1.0], unit=hours)
    theirs["dec_deg"] = MaskedColumn([60.0, 120.0, 60.0], unit="arcmin")
    theirs["redshift"].unit = "arcmin"
    catalogue = read(write(theirs, tmp_path / f"catalogue.{suffix}"))
    pd.testing.assert_frame_equal(catalogue, standardise(table), check_dtype=False)


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("column", [[1, 2, 1], ["I", "II", "I"]])
def test_classes_come_from_files_of_all_kinds(tmp_path, table, suffix, column) -> None:
    file = write(table.assign(morphology=column), tmp_path / f"catalogue.{suffix}")
    names = {1: "FR-I", 2: "FR-II", "I": "FR-I", "II": "FR-II"}
    catalogue = read(file, FANAROFF_RILEY, classes=names)
    assert catalogue["morphology"].tolist() == ["FR-I", "FR-II", "FR-I"]


def test_quantities_are_read(tmp_path, table) -> None:
    theirs = QTable.from_pandas(table)
    theirs["ra_deg"] = np.radians([15.0, 30.0, 15.0]) * u.rad
    theirs["dec_deg"] = [1.0, 2.0, 1.0] * u.deg
    catalogue = read(write(theirs, tmp_path / "catalogue.ecsv"))
    assert catalogue["ra_deg"].tolist() == pytest.approx([15.0, 30.0, 15.0])
    assert catalogue["dec_deg"].tolist() == [1.0, 2.0, 1.0]


def test_bytes_of_fits_tables_are_text(tmp_path, table) -> None:
    theirs = Table.from_pandas(table)
    theirs["name"] = Column([b"J1+1 ", b"J2+2", b"J1+1"])
    theirs["morphology"] = Column([b"WAT", b"NAT ", b"NAT"])
    catalogue = read(write(theirs, tmp_path / "catalogue.fits"))
    pd.testing.assert_frame_equal(catalogue, standardise(table), check_dtype=False)


@pytest.mark.parametrize("suffix", ["fits", "vot", "ecsv"])
@pytest.mark.parametrize(
    ("column", "complaint"),
    [("ra_deg", "lies at RA nan"), ("morphology", "has no class"), ("name", "row 2 has no name")],
)
def test_masked_cells_are_missing(tmp_path, table, suffix, column, complaint) -> None:
    theirs = Table.from_pandas(table, units=None)
    theirs[column] = MaskedColumn(theirs[column], mask=[False, True, False])
    file = write(theirs, tmp_path / f"catalogue.{suffix}")
    with pytest.raises(InputError, match=complaint):
        read(file)


def test_columns_of_vectors_are_left_out(tmp_path, table) -> None:
    theirs = Table.from_pandas(table)
    theirs["fluxes"] = np.ones((3, 2))
    assert "fluxes" not in read(write(theirs, tmp_path / "catalogue.fits"))


def test_columns_of_a_votable_have_the_names_that_readers_see(tmp_path, table) -> None:
    theirs = Table.from_pandas(table.rename(columns={"ra_deg": "RA (J2000)"}))
    file = write(theirs, tmp_path / "catalogue.vot")
    catalogue = read(file, columns={"ra_deg": "RA (J2000)"})
    pd.testing.assert_frame_equal(catalogue, standardise(table), check_dtype=False)


def test_names_that_look_like_numbers_stay_as_they_are(tmp_path, table) -> None:
    theirs = table.assign(Source=["0012", "007", "1e5"]).drop(columns="name")
    catalogue = read(write(theirs, tmp_path / "cat.csv"), columns={"name": "Source"})
    assert catalogue["source_id"].tolist() == ["0012", "007", "1e5"]


@pytest.mark.parametrize(
    ("path", "complaint"), [(None, "no catalogue table given"), ("no.csv", "no.csv does not exist")]
)
def test_table_must_be_there(path, complaint) -> None:
    with pytest.raises(InputError, match=complaint):
        read_table(path)


@pytest.mark.parametrize("name", ["bad.fits", "bad.vot", "bad.ecsv", "bad.csv"])
def test_unreadable_table_is_named(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"" if name.endswith("csv") else b"nothing")
    with pytest.raises(InputError, match=rf"{name} is not a table") as caught:
        read_table(str(tmp_path / name))
    assert "\n" not in str(caught.value)


def test_names_stand_as_they_are_written_and_a_last_comma_shifts_nothing(tmp_path: Path) -> None:
    table = tmp_path / "table.csv"
    table.write_text("name,ra_deg,dec_deg,morphology\nNA,10,20,WAT,\n0012,11,20,NAT,\n")
    catalogue = read(table)
    assert catalogue["name"].tolist() == ["NA", "0012"]
    assert catalogue["ra_deg"].tolist() == [10.0, 11.0]


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_names_that_stand_for_nothing_elsewhere_are_names(tmp_path: Path, suffix: str) -> None:
    names = ["NA", "null", "nan", "None", "N/A", "NULL", "NaN", "n/a", "<NA>", "-", "--"]
    table = pd.DataFrame({"name": names, "ra_deg": 10.0, "dec_deg": 20.0, "morphology": "WAT"})
    catalogue = read(write(table, tmp_path / f"catalogue.{suffix}"))
    assert catalogue["name"].tolist() == names
    known = dict(zip(catalogue["name"], catalogue["source_id"], strict=True))
    assert [known[name] for name in names[:5]] == ["NA", "null", "nan", "None", "N_A"]
