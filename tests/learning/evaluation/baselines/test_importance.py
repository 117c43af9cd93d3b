import numpy as np
import pytest

from bentjets.learning.evaluation import shape_importance
from bentjets.learning.evaluation.baselines import SHAPE_COLUMNS, SHAPE_FOREST, SHAPE_LOGISTIC
from bentjets.tables.results import IMPORTANCE


@pytest.mark.parametrize("classes", [("WAT", "NAT"), ("FRI", "FRII", "bent")])
def test_the_moment_that_parts_the_classes_counts_most(sky, classes):
    manifest, plans = sky(classes=classes)
    found = shape_importance(manifest, plans, classes)
    assert list(found["model"].unique()) == [SHAPE_LOGISTIC, SHAPE_FOREST]
    for _, rows in found.groupby("model"):
        assert list(rows["feature"]) == list(SHAPE_COLUMNS)
        assert rows.loc[rows["value"].idxmax(), "feature"] == "axis_ratio"
        assert (rows["low"] <= rows["value"]).all()
        assert (rows["high"] >= rows["value"]).all()
    IMPORTANCE.validate(found)


def test_a_coefficient_has_the_sign_of_the_second_class(sky):
    manifest, plans = sky()
    manifest["filling"] = -manifest["axis_ratio"]
    found = shape_importance(manifest, plans, ("WAT", "NAT")).set_index(["model", "feature"])
    values = found.loc[SHAPE_LOGISTIC, "value"]
    assert values["axis_ratio"] > 1
    assert values["filling"] < -1
    other = shape_importance(manifest, plans, ("NAT", "WAT")).set_index(["model", "feature"])
    assert other.loc[SHAPE_LOGISTIC, "value"].to_list() == pytest.approx(-values, abs=1e-2)


def test_the_importance_of_the_forest_is_the_accuracy_lost_on_the_test(sky):
    """Shuffling the one moment that tells two equal classes apart leaves half of them right."""
    manifest, plans = sky(n=240)
    for name in SHAPE_COLUMNS[1:]:
        manifest[name] = 0.0
    found = shape_importance(manifest, plans, ("WAT", "NAT")).set_index(["model", "feature"])
    values = found.loc[SHAPE_FOREST, "value"]
    assert values["axis_ratio"] == pytest.approx(0.5, abs=0.08)
    assert np.all(values[1:] == 0)


def test_without_moments_or_a_second_class_there_are_no_rows(sky):
    manifest, plans = sky()
    alone = manifest.assign(morphology="WAT")
    for table in (manifest.drop(columns="filling"), alone):
        found = shape_importance(table, plans, ("WAT", "NAT"))
        assert found.empty
        assert list(found) == list(IMPORTANCE.schema.columns)
