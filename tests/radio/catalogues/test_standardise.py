from __future__ import annotations

import pandas as pd
import pytest
from astropy.coordinates import SkyCoord
from hypothesis import given
from hypothesis import strategies as st

from bentjets.errors import InputError
from bentjets.radio.catalogues import standardise_catalogue

CLASSES = {"WAT": "100", "NAT": "200"}
FANAROFF_RILEY = {"FR-I": "100", "FR-II": "200"}


def standardise(table: pd.DataFrame, classes=CLASSES, class_names=None, **columns) -> pd.DataFrame:
    return standardise_catalogue(
        table, columns=columns, classes=classes, class_names=class_names, origin="cat.csv"
    )


def test_sources_get_unique_ids_and_keep_their_columns(table: pd.DataFrame) -> None:
    catalogue = standardise(table)
    assert catalogue["source_id"].tolist() == ["J1+1", "J2+2", "J1+1_2"]
    assert list(catalogue) == ["source_id", "name", "ra_deg", "dec_deg", "morphology", "redshift"]


def test_ids_of_one_name_stay_with_the_positions_when_rows_move(table: pd.DataFrame) -> None:
    """Otherwise votes on the two sources would swap."""
    table = table.assign(ra_deg=[15.0, 30.0, 14.0])
    there, back = standardise(table), standardise(table[::-1])
    key = ["source_id", "ra_deg", "dec_deg", "morphology"]
    assert there[key].sort_values("source_id").to_dict("records") == (
        back[key].sort_values("source_id").to_dict("records")
    )
    assert there["source_id"].tolist() == ["J1+1_2", "J2+2", "J1+1"]


def test_ids_of_one_source_of_two_classes_follow_the_declared_order(table: pd.DataFrame) -> None:
    found = standardise(table[::-1])
    assert found["morphology"].tolist() == ["NAT", "NAT", "WAT"]
    assert found["source_id"].tolist() == ["J1+1_2", "J2+2", "J1+1"]


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


def test_two_columns_of_one_name_are_refused() -> None:
    table = pd.DataFrame([["J1", "J2", 10.0, 20.0, "WAT"]])
    table.columns = ["name", "name", "ra_deg", "dec_deg", "morphology"]
    with pytest.raises(InputError, match="mine has two columns name: rename one"):
        standardise_catalogue(table, columns={}, classes=CLASSES, origin="mine")


def test_sources_to_classify_need_no_class(table) -> None:
    without = standardise_catalogue(
        table.drop(columns="morphology"), columns={}, classes=CLASSES, origin="it", labelled=False
    )
    assert without["morphology"].tolist() == ["", "", ""]
    assert without["source_id"].is_unique
    others = standardise_catalogue(
        table.assign(kind=["FR I", "", None]),
        columns={"morphology": "kind"},
        classes=CLASSES,
        origin="it",
        labelled=False,
    )
    assert others["morphology"].tolist() == ["FR I", "", ""]
    with pytest.raises(InputError, match="has class 'FR I', which is not declared"):
        standardise_catalogue(
            table.assign(morphology="FR I"), columns={}, classes=CLASSES, origin="it"
        )
