"""Tables as ECSV: astropy reads them back with units, descriptions and what is missing."""

import numpy as np
import pandas as pd
from astropy.table import Table

from bentjets.report.tabulating import tables
from bentjets.report.tabulating.ecsv import table_ecsv
from bentjets.report.wording import captions
from bentjets.tables.results import TABLE1
from bentjets.tables.scores import TABLE2
from results import make_comparison, make_metrics


def read(text):
    return Table.read(text, format="ascii.ecsv")


def test_table_2_comes_back_with_units_and_meanings():
    metrics = make_metrics({"a, b": {"seeds": (0, 1)}, 'c"': {}}, classes=("FR I", "FR-II"))
    table = tables.add_p_values(tables.model_table(metrics), make_comparison(metrics))
    agreement = {"human_ceiling": {"verdict": {"value": 0.9, "low": 0.8, "high": 0.95, "n": 9}}}
    table = TABLE2.validate(tables.add_ceilings(table, agreement, {}))
    notes = captions.explain_table(table)
    text = table_ecsv(table, TABLE2.meanings(table), title="Scores", notes=notes)
    back = read(text)
    assert back.colnames == list(table.columns)
    assert list(back["model"])[:2] == ["a, b", 'c"']
    assert back.meta["title"] == "Scores" and list(back.meta["notes"]) == notes
    for name in table.columns:
        column = back[name]
        assert column.description, name
        assert (column.unit == "%") == name.endswith("_percent"), name
        expected = table[name].to_numpy()
        if column.dtype.kind in "Ui":
            assert list(column) == list(expected), name
        else:
            values = np.asarray(np.ma.filled(np.ma.asarray(column).astype(float), np.nan))
            np.testing.assert_array_equal(values, expected)
    assert back["p_value"].mask.tolist() == table["p_value"].isna().to_list()
    assert back["seeds"].dtype.kind == "i"
    assert "FR-II_recall_low_percent" in back.colnames
    lower = back["FR-II_recall_low_percent"].description
    assert lower.endswith("names rightly: lower bound of the 95 % interval")


def test_table_1_says_what_its_classes_are():
    manifest = pd.DataFrame({"batch": [0, 0, 1], "morphology": ["WAT", "NAT", "WAT"]})
    table = tables.batch_table(manifest, ("WAT", "NAT"))
    text = table_ecsv(table, TABLE1.meanings(table, others="sources of this class"), title="T")
    back = read(text)
    assert list(back["batch"]) == ["0", "test", "total"]
    assert list(back["WAT"]) == [1, 1, 2] and back["NAT"].dtype.kind == "i"
    assert back["WAT"].description == "sources of this class"
    assert back["batch"].description.startswith("number of the batch")
    assert table_ecsv(table, TABLE1.meanings(table, others="of"), title="T") == text.replace(
        "sources of this class", "of"
    )
