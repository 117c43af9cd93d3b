from __future__ import annotations

import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from bentjets.errors import InputError
from bentjets.radio.finding import FindingSettings, settings_per_source

COLUMNS = ["source_id", "threshold_island", "threshold_pixel", "dilation"]
DEFAULTS = FindingSettings(threshold_island=3.0, threshold_pixel=5.0, dilation=0)
CATALOGUE = ("A", "B", "E")


def settle(*rows: tuple, sources=("B", "A"), known=CATALOGUE) -> pd.DataFrame:
    overrides = pd.DataFrame(list(rows), columns=COLUMNS)
    return settings_per_source(sources, overrides, DEFAULTS, known=known)


def test_defaults_hold_without_overrides_in_the_order_of_the_sources() -> None:
    expected = pd.DataFrame([("B", 3.0, 5.0, 0), ("A", 3.0, 5.0, 0)], columns=COLUMNS)
    assert_frame_equal(settle(), expected)


def test_own_settings_replace_the_defaults_cell_by_cell() -> None:
    table = settle(("A", 2.5, None, 2), ("B", None, 7, None))
    expected = pd.DataFrame([("B", 3.0, 7.0, 0), ("A", 2.5, 5.0, 2)], columns=COLUMNS)
    assert_frame_equal(table, expected)


def test_no_source_leaves_an_empty_table_with_its_columns() -> None:
    assert list(settle(sources=())) == COLUMNS


def test_the_shipped_table_changes_nothing(project) -> None:
    shipped = pd.read_csv(project / "conf" / "base" / "overrides.csv")
    table = settings_per_source(["B", "A"], shipped, DEFAULTS, known=CATALOGUE)
    assert_frame_equal(table, settle())


def test_a_source_of_the_catalogue_without_a_cutout_may_have_settings_and_gets_no_row() -> None:
    assert_frame_equal(settle(("E", 2.5, 6, 1)), settle())


def test_strangers_pass_where_only_a_share_of_the_catalogue_is_at_hand() -> None:
    table = settle(("A", 2.5, None, 2), ("C", 3, 5, 1), known=None)
    assert_frame_equal(table, settle(("A", 2.5, None, 2)))


def test_a_row_that_makes_no_sense_is_named_though_its_source_is_not_at_hand() -> None:
    with pytest.raises(
        InputError, match=r"^overrides: C: dilation is -1: give a number of at least 0"
    ):
        settle(("C", None, None, -1), known=None)


@pytest.mark.parametrize(
    ("rows", "complaint"),
    [
        ([("A", 3, 5, 1), ("A", 3, 5, 2)], "A is listed twice; keep one row"),
        ([("C", 3, 5, 1), ("D", 3, 5, 1)], r"C is not a source of the catalogue \(2 such rows\)"),
        ([("A", "low", 5, 1)], "A: .*'low'"),
        ([("A", 6, None, None)], "A: threshold_island 6 and threshold_pixel 5"),
        ([("A", None, None, -1)], "A: dilation is -1: give a number of at least 0"),
        ([("A", None, None, 1.5)], "A: dilation is 1.5: give a whole number"),
    ],
)
def test_rows_that_make_no_sense_are_named(rows, complaint) -> None:
    with pytest.raises(InputError, match=f"^overrides: {complaint}") as caught:
        settle(*rows)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("columns", [COLUMNS[:3], [*COLUMNS, "note"], ["source", *COLUMNS[1:]]])
def test_other_columns_are_refused_with_the_right_ones(columns) -> None:
    with pytest.raises(InputError, match=f"they must be {', '.join(COLUMNS)}"):
        settings_per_source(["A"], pd.DataFrame(columns=columns), DEFAULTS, known=CATALOGUE)
