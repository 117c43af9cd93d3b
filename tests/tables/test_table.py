"""Tables: what breaks a rule is told in one line, what breaks none is left as it is."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from kedro.io import DataCatalog, DatasetError
from pandas.testing import assert_frame_equal

from bentjets.tables import TableError
from bentjets.tables.table import choice, count, flag, make_table, number, text

TABLE = make_table(
    "A table.",
    {
        "source_id": text("name", "[A-Z0-9]+", unique=True),
        "status": choice("outcome", "ok", "failed"),
        "snr": number("signal to noise", "", 0, 100, missing=True),
        "islands": count("islands", missing=True),
        "accepted": flag("good"),
    },
)
GOOD = pd.DataFrame(
    {
        "source_id": ["A1", "NA", "007"],
        "status": ["ok", "failed", "ok"],
        "snr": [5, np.nan, 100],
        "islands": [1, None, 3],
        "accepted": [True, False, True],
    }
)


def test_a_good_table_is_given_back_as_it_is() -> None:
    before = GOOD.copy()
    assert TABLE.validate(GOOD) is GOOD
    assert_frame_equal(GOOD, before)


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (
            {"source_id": ["A1", "b", "C"]},
            "source_id is 'b' in row 2 (b): it must be like [A-Z0-9]+",
        ),
        ({"source_id": ["A1", "A1", "C"]}, "source_id 'A1' stands in more than one row"),
        (
            {"status": ["ok", "no", "oh"]},
            "status is 'no' in row 2 (NA): it must be one of ok, failed (2 such cells)",
        ),
        ({"status": ["ok", None, "ok"]}, "status has no value in row 2 (NA)"),
        ({"snr": [5, -1, 3]}, "snr is -1.0 in row 2 (NA): it must be at least 0"),
        ({"snr": [5, 1, np.inf]}, "snr is inf in row 3 (007): it must be at most 100"),
        (
            {"snr": ["5", "faint", "1"]},
            "snr is 'faint' in row 2 (NA), which is not of the type float64",
        ),
        ({"islands": [1, -2, 3]}, "islands is -2 in row 2 (NA): it must be at least 0"),
        ({"islands": [1, 1.5, 3]}, "islands is of the type float64, not Int64"),
        ({"accepted": [True, None, True]}, "accepted has no value in row 2 (NA)"),
        (
            {"accepted": ["True", "False", "True"]},
            "accepted is of the type str, not bool",
        ),
        ({"more": 1}, "the column more is none of source_id, status, snr, islands, accepted"),
    ],
)
def test_what_breaks_a_rule_is_one_line(change, complaint) -> None:
    with pytest.raises(TableError) as error:
        TABLE.validate(GOOD.assign(**change).set_index(pd.Index([7, 7, 9])))
    assert str(error.value) == f"the table: {complaint}"


def test_columns_are_told_first() -> None:
    with pytest.raises(TableError, match="the column snr is missing"):
        TABLE.validate(GOOD.drop(columns="snr").assign(status="?"))


def test_a_table_without_rows_needs_its_columns_only() -> None:
    empty = pd.DataFrame(columns=list(GOOD))
    assert TABLE.validate(empty) is empty
    with pytest.raises(TableError, match="the column snr is missing"):
        TABLE.validate(empty.drop(columns="snr"))


def test_kedro_checks_at_save_and_at_load(tmp_path: Path) -> None:
    path = tmp_path / "decisions.csv"
    catalog = DataCatalog.from_config(
        {
            "decisions": {
                "type": "bentjets.datasets.csv_table.CSVDataset",
                "filepath": str(path),
                "load_args": {"dtype": {"source_id": "str", "reason": "str"}},
                "validator": "bentjets.tables.curation.DECISIONS",
            }
        }
    )
    good = pd.DataFrame(
        {"source_id": ["NA"], "accepted": [False], "reason": ["none"], "reviewers": ["ada;bo"]}
    ).assign(stale=0)
    with pytest.raises(DatasetError) as error:
        catalog.save("decisions", good.assign(accepted="no"))
    assert str(error.value) == (
        "decisions: accepted is of the type str, not bool; "
        "the step that makes it is at fault, and nothing was written"
    )
    assert not path.exists()
    catalog.save("decisions", good)
    assert_frame_equal(catalog.load("decisions"), good)
    path.write_text(path.read_text().replace("False", "perhaps"))
    with pytest.raises(DatasetError) as error:
        catalog.load("decisions")
    assert str(error.value) == (
        "decisions: accepted is of the type str, not bool; "
        "run the pipeline that writes it again, or mend the file"
    )
