"""Table 2's schema: what the evaluation gives passes, and what cannot be does not."""

import pytest

from bentjets.report.tabulating import tables
from bentjets.tables.scores import TABLE2
from bentjets.tables.table import TableError
from results import make_metrics


@pytest.fixture
def table():
    return tables.model_table(make_metrics(classes=("FR I", "macro", "x_y")))


def test_any_classes_pass(table):
    assert TABLE2.validate(table) is table


@pytest.mark.parametrize(
    ("column", "value", "told"),
    [
        ("accuracy_percent", 101.0, "at most 100"),
        ("auc", 1.2, "at most 1"),
        ("FR I_recall_low_percent", -1.0, "at least 0"),
        ("kind", "oracle", "one of network"),
        ("p_value", 2.0, "at most 1"),
    ],
)
def test_what_cannot_be_is_told(table, column, value, told):
    table.loc[0, column] = value
    with pytest.raises(TableError, match=told):
        TABLE2.validate(table)


def test_a_column_of_nothing_known_is_told(table):
    with pytest.raises(TableError, match="the column secret is none of"):
        TABLE2.validate(table.assign(secret=1.0))


def test_every_column_has_its_own_meaning(table):
    meanings = TABLE2.meanings(table)
    assert meanings["macro_f1_percent"][0].startswith("mean over the classes")
    assert meanings["x_y_f1_percent"] == (
        "harmonic mean of precision and recall of this class",
        "%",
    )
    assert all(words for words, _ in meanings.values())
