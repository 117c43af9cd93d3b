from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from astropy import units as u
from astropy.coordinates import SkyCoord
from astropy.table import Column, MaskedColumn, QTable, Table
from hypothesis import given, settings
from hypothesis import strategies as st

from bentjets.errors import InputError, ServiceError
from bentjets.radio.catalogues import SAFE_ID
from bentjets.radio.catalogues.catalogue import (
    query_vizier,
    read_catalogue,
    read_table,
    standardise_catalogue,
    unique_ids,
)
from bentjets.transport import Politeness, PoliteSession, ServiceDownError

CLASSES = {"WAT": "100", "NAT": "200"}
FANAROFF_RILEY = {"FR-I": "100", "FR-II": "200"}
SUFFIXES = ["csv", "fits", "vot", "ecsv"]


@pytest.fixture
def table() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "name": ["J1+1", "J2+2", "J1+1"],
            "ra_deg": [15.0, 30.0, 15.0],
            "dec_deg": [1.0, 2.0, 1.0],
            "morphology": ["WAT", "NAT", "NAT"],
            "redshift": [0.1, 0.2, 0.1],
        }
    )


def standardise(table: pd.DataFrame, classes=CLASSES, class_names=None, **columns) -> pd.DataFrame:
    return standardise_catalogue(
        table, columns=columns, classes=classes, class_names=class_names, origin="cat.csv"
    )


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


def test_sources_get_unique_ids_and_keep_their_columns(table: pd.DataFrame) -> None:
    catalogue = standardise(table)
    assert catalogue["source_id"].tolist() == ["J1+1", "J2+2", "J1+1_2"]
    assert list(catalogue) == ["source_id", "name", "ra_deg", "dec_deg", "morphology", "redshift"]


def test_a_catalogue_of_ours_is_one_again(table: pd.DataFrame) -> None:
    pd.testing.assert_frame_equal(standardise(standardise(table)), standardise(table))


def test_columns_of_other_names(table: pd.DataFrame) -> None:
    theirs = table.rename(columns={"name": "Name", "morphology": "Type", "redshift": "z"})
    found = standardise(theirs, name="Name", morphology="Type", redshift="z")
    pd.testing.assert_frame_equal(found, standardise(table))


def test_a_column_in_the_way_is_kept_under_another_name(table: pd.DataFrame) -> None:
    theirs = table.assign(Source=["A", "B", "C"], z=[1.0, 2.0, 3.0])
    catalogue = standardise(theirs, name="Source", redshift="z")
    assert catalogue["name"].tolist() == ["A", "B", "C"]
    assert catalogue["name_original"].tolist() == table["name"].tolist()
    assert catalogue["redshift"].tolist() == [1.0, 2.0, 3.0]
    assert catalogue["redshift_original"].tolist() == table["redshift"].tolist()


def test_identifiers_are_not_to_be_had_from_a_column(table: pd.DataFrame) -> None:
    with pytest.raises(InputError, match=r"cat\.csv: source_id is made from the name"):
        standardise(table, source_id="name")


@pytest.mark.parametrize(
    ("right_ascensions", "declinations"),
    [
        (["01 00 00", "02 00 00.0", "10 31 23.1"], ["+01 00 00", "02 00 00", "-01 30 00"]),
        (["01:00:00", "02:00:00.0", "10:31:23.1"], ["+01:00:00", "02:00", "-01:30"]),
        (["1h", "2h00m", "10h31m23.1s"], ["1d", "+2d00m00s", "-1d30m00s"]),
        (["15d", "30d", "157d50m46.5s"], ["1°", "2°00′", "-1°30′00″"]),
        (["15.0", " 30 ", "157.84625"], ["1", "2.0", "-1.5"]),
        (["15.0", "02 00 00", "10:31:23.1"], [1.0, "2", "-1.5"]),
    ],
)
def test_positions_in_text(table: pd.DataFrame, right_ascensions, declinations) -> None:
    catalogue = standardise(table.assign(ra_deg=right_ascensions, dec_deg=declinations))
    assert catalogue["ra_deg"].tolist() == pytest.approx([15.0, 30.0, 157.84625])
    assert catalogue["dec_deg"].tolist() == pytest.approx([1.0, 2.0, -1.5])


@settings(deadline=None)
@given(st.floats(0, 359.99), st.floats(-89.99, 89.99), st.sampled_from([" ", ":", "hms"]))
def test_sexagesimal_positions_are_those_that_were_printed(ra_deg, dec_deg, separator) -> None:
    sky = SkyCoord(ra_deg, dec_deg, unit="deg")
    options = {} if separator == "hms" else {"sep": separator}
    words = sky.to_string("hmsdms", precision=6, **options).split()
    half = len(words) // 2
    table = pd.DataFrame(
        {
            "name": ["J1"],
            "ra_deg": [" ".join(words[:half])],
            "dec_deg": [" ".join(words[half:])],
            "morphology": ["WAT"],
        }
    )
    found = standardise(table).iloc[0]
    assert found["ra_deg"] == pytest.approx(ra_deg, abs=1e-7)
    assert found["dec_deg"] == pytest.approx(dec_deg, abs=1e-7)


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (lambda t: t.drop(columns=["morphology", "ra_deg"]), "no column ra_deg, morphology"),
        (
            lambda t: t.assign(morphology=["WAT", "FR-II", "FR-I"]),
            r"J2\+2 has class 'FR-II', .*\(2",
        ),
        (lambda t: t.assign(morphology=["WAT", None, " "]), r"J2\+2 has no class \(2 such rows\)"),
        (lambda t: t.assign(dec_deg=[1.0, 2.0, 95.0]), r"J1\+1 .* 95.0 deg.*not on the sky \(1"),
        (lambda t: t.assign(ra_deg=[1.0, -2.0, 361]), r"J2\+2 .*RA -2.0.*not on the sky \(2"),
        (lambda t: t.assign(ra_deg=float("nan")), r"RA nan.*not on the sky \(3 such rows\)"),
        (lambda t: t.assign(ra_deg=float("inf")), "RA inf.*not on the sky"),
        (lambda t: t.assign(ra_deg=["1", "", "3"]), r"J2\+2 lies at RA nan.*\(1 such row\)"),
        (lambda t: t.assign(dec_deg=["1", "x", "y"]), r"J2\+2 has dec_deg 'x'.*\(2 such rows\)"),
        (lambda t: t.assign(ra_deg="somewhere"), "neither numbers in degrees nor sexagesimal"),
        (lambda t: t.assign(name=["J1", None, "J2"]), r"row 2 has no name \(1 such row\)"),
        (lambda t: t.assign(name="J" * 300), "cannot be a file name"),
        (lambda t: t.iloc[:0], "no rows"),
    ],
)
def test_what_is_wrong_is_named(table: pd.DataFrame, change, complaint) -> None:
    with pytest.raises(InputError, match=complaint) as caught:
        standardise(change(table))
    assert str(caught.value).startswith("cat.csv")
    assert "\n" not in str(caught.value)


def test_a_column_that_the_mapping_names_must_be_there(table: pd.DataFrame) -> None:
    with pytest.raises(InputError, match=r"no column Nmae \(it has name, ra_deg"):
        standardise(table, name="Nmae")


class TestClasses:
    @pytest.mark.parametrize(
        "column",
        [["1", "2", "1"], [1, 2, 1], [1.0, 2.0, 1.0], [" 1 ", "2.0", "1"], [b"1", b"2 ", b"1"]],
    )
    @pytest.mark.parametrize("one", ["1", 1, 1.0])
    def test_numbers_and_texts_are_the_same_class(self, table, column, one) -> None:
        names = {one: "FR-I", "2": "FR-II"}
        catalogue = standardise(table.assign(morphology=column), FANAROFF_RILEY, names)
        assert catalogue["morphology"].tolist() == ["FR-I", "FR-II", "FR-I"]

    def test_what_the_mapping_leaves_out_keeps_its_name(self, table) -> None:
        table = table.assign(morphology=["W", "NAT", "WAT"])
        assert standardise(table, class_names={"W": "WAT"})["morphology"].tolist() == [
            "WAT",
            "NAT",
            "WAT",
        ]

    def test_a_mapping_to_a_class_that_is_not_declared_is_refused(self, table) -> None:
        with pytest.raises(InputError, match=r"class 'FRI', which is not declared \(1 such row\)"):
            standardise(table, class_names={"WAT": "FRI"})

    @pytest.mark.parametrize("suffix", SUFFIXES)
    @pytest.mark.parametrize("column", [[1, 2, 1], ["I", "II", "I"]])
    def test_they_come_from_files_of_all_kinds(self, tmp_path, table, suffix, column) -> None:
        file = write(table.assign(morphology=column), tmp_path / f"catalogue.{suffix}")
        names = {1: "FR-I", 2: "FR-II", "I": "FR-I", "II": "FR-II"}
        catalogue = read(file, FANAROFF_RILEY, classes=names)
        assert catalogue["morphology"].tolist() == ["FR-I", "FR-II", "FR-I"]


@given(st.lists(st.sampled_from(["J1+1", "J1+1_2", "NGC 1265", "a/b", "..", ".x"]), max_size=12))
def test_ids_are_unique_and_safe_as_file_names(names: list[str]) -> None:
    series = pd.Series(names, dtype=str)
    ids = unique_ids(series)
    assert ids.is_unique
    assert ids.str.fullmatch(SAFE_ID).all()
    first = ~series.duplicated() & series.str.fullmatch(SAFE_ID)
    assert ids[first].tolist() == series[first].tolist()


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


def test_unknown_service() -> None:
    with pytest.raises(InputError, match="service 'ned' is unknown"):
        read_catalogue({"service": "ned"}, classes=CLASSES, seed=0)


def test_simulated_catalogue_is_a_catalogue() -> None:
    settings = {"service": "simulated", "n_sources": 10, "wat_fraction": 0.6}
    catalogue = read_catalogue(settings, classes=CLASSES, seed=1)
    assert catalogue["source_id"].is_unique
    assert catalogue["morphology"].value_counts().to_dict() == {"WAT": 6, "NAT": 4}


def test_real_catalogue_is_a_catalogue(real_first: Path) -> None:
    catalogue = read(real_first / "catalogue.csv")
    assert catalogue["morphology"].value_counts().to_dict() == {"WAT": 430, "NAT": 287}
    assert {"J0953+2924", "J0953+2924_2"} <= set(catalogue["source_id"])


NAMES = {"name": "Name", "ra_deg": "RAJ2000", "dec_deg": "DEJ2000", "morphology": "Type"}


class TestVizier:
    @pytest.fixture
    def session(self, services):
        quick = Politeness(per_second=1000, attempts=3, backoff_s=0.001)
        with PoliteSession("VizieR", quick) as session:
            services.carry_https(session)
            yield session

    @pytest.fixture
    def many(self) -> pd.DataFrame:
        """More rows than VizieR gives unless it is asked for all."""
        numbers = np.arange(120)
        return pd.DataFrame(
            {
                "Name": [f"J{number:04d}+0000" for number in numbers],
                "RAJ2000": [f"{number // 10:02d} {number % 10:02d} 00" for number in numbers],
                "DEJ2000": ["-00 30 00"] * 120,
                "Type": np.where(numbers % 2, "NAT", "WAT"),
                "z": 0.1,
            }
        )

    def read(self, services, session, **settings) -> pd.DataFrame:
        settings = {
            "service": "vizier",
            "table": "J/ApJS/259/31",
            "columns": NAMES,
            **settings,
        }
        return read_catalogue(
            settings, classes=CLASSES, seed=0, session=session, server=services.host
        )

    def test_all_rows_and_columns_come(self, services, session, many) -> None:
        services.add_table("J/ApJS/259/31/table2", many, units={"RAJ2000": '"h:m:s"'})
        catalogue = self.read(services, session)
        assert len(catalogue) == 120
        assert catalogue["ra_deg"].iloc[11] == pytest.approx(15.25)
        assert set(catalogue["dec_deg"]) == {-0.5}
        assert set(catalogue["vizier_table"]) == {"J/ApJS/259/31/table2"}
        assert {"z", "vizier_table"} < set(catalogue)

    def test_tables_of_one_class_each_are_joined(self, services, session, many) -> None:
        sources = many.drop(columns="Type")
        services.add_table("J/ApJS/259/31/wats", sources[:70])
        services.add_table("J/ApJS/259/31/nats", sources[70:])
        services.add_table("J/ApJS/259/31/refs", pd.DataFrame({"Ref": ["1"], "Author": ["A"]}))
        catalogue = self.read(
            services,
            session,
            columns={**NAMES, "morphology": "vizier_table"},
            classes={"J/ApJS/259/31/wats": "WAT", "J/ApJS/259/31/nats": "NAT"},
        )
        assert catalogue["morphology"].value_counts().to_dict() == {"WAT": 70, "NAT": 50}

    def test_units_are_heeded(self, services, session, many) -> None:
        hours = many.assign(RAJ2000=np.arange(120) / 10.0, DEJ2000=-0.5)
        services.add_table("J/ApJS/259/31/table2", hours, units={"RAJ2000": "h", "DEJ2000": "deg"})
        catalogue = self.read(services, session)
        assert catalogue["ra_deg"].iloc[11] == pytest.approx(16.5)
        assert set(catalogue["dec_deg"]) == {-0.5}

    @pytest.mark.parametrize("fault", ["unavailable", "too_many", "refuse", "half_file", "html"])
    def test_what_passes_is_asked_again(self, services, session, many, fault) -> None:
        services.retry_after = "0"
        services.add_table("J/ApJS/259/31/table2", many)
        services.fail(fault, times=2)
        assert len(self.read(services, session)) == 120
        assert len(services.log) == 3

    def test_an_error_is_not_kept(self, services, session, many) -> None:
        services.add_table("J/ApJS/259/31/table2", many)
        services.fail("unavailable", times=3)
        with pytest.raises(ServiceError, match=r"VizieR did not give J/ApJS/259/31 \(HTTPError\)"):
            self.read(services, session)
        assert len(self.read(services, session)) == 120
        assert len(self.read(services, session)) == 120
        assert len(services.log) == 5

    def test_an_unknown_table_is_named(self, services, session) -> None:
        with pytest.raises(ServiceError, match="VizieR has no table J/ApJS/259/31"):
            self.read(services, session)

    def test_a_page_that_is_no_table_is_not_taken_for_an_empty_one(self, services, session) -> None:
        services.fail("html", times=3)
        with pytest.raises(ServiceError, match=r"give J/ApJS/259/31 \(its answer is no table\)"):
            self.read(services, session)

    def test_a_service_that_is_down_is_called_so(self) -> None:
        """The session's own words: there is no sense in checking the connection."""
        hopeless = PoliteSession("VizieR", Politeness(per_second=1000, give_up_after=1))
        with pytest.raises(ServiceDownError, match="VizieR failed 1 times in a row"):
            query_vizier("J/ApJS/259/31", session=hopeless, server="127.0.0.1:1")

    def test_unreachable(self) -> None:
        impatient = PoliteSession("VizieR", Politeness(attempts=1))
        with pytest.raises(ServiceError, match=r"did not give J/ApJS/259/31 \(ConnectionError"):
            query_vizier("J/ApJS/259/31", session=impatient, server="127.0.0.1:1")


def test_names_stand_as_they_are_written_and_a_last_comma_shifts_nothing(tmp_path: Path) -> None:
    table = tmp_path / "table.csv"
    table.write_text("name,ra_deg,dec_deg,morphology\nNA,10,20,WAT,\n0012,11,20,NAT,\n")
    catalogue = read(table)
    assert catalogue["name"].tolist() == ["NA", "0012"]
    assert catalogue["ra_deg"].tolist() == [10.0, 11.0]


def test_two_columns_of_one_name_are_refused() -> None:
    table = pd.DataFrame([["J1", "J2", 10.0, 20.0, "WAT"]])
    table.columns = ["name", "name", "ra_deg", "dec_deg", "morphology"]
    with pytest.raises(InputError, match="mine has two columns name: rename one"):
        standardise_catalogue(table, columns={}, classes=CLASSES, origin="mine")
