import numpy as np
import pandas as pd
import pytest

from bentjets.learning.evaluation import accuracy_by_property, wilson_interval
from bentjets.tables.results import PROPERTIES

CLASSES = ("WAT", "NAT")


def make_manifest(**columns):
    n = len(next(iter(columns.values())))
    return pd.DataFrame({"source_id": [f"S{i:05d}" for i in range(n)], **columns})


def test_thirds_by_hand(tidy):
    table = tidy([0.9] * 6, ["WAT", "NAT", "WAT", "WAT", "WAT", "WAT"])
    found = accuracy_by_property(table, make_manifest(snr=[1, 2, 3, 4, 5, 6]), CLASSES)
    assert found[["property", "low", "high", "n", "accuracy"]].to_numpy().tolist() == [
        ["snr", 1, 2, 2, 0.5], ["snr", 3, 4, 2, 1], ["snr", 5, 6, 2, 1],
    ]  # fmt: skip
    assert found.loc[0, ["accuracy_low", "accuracy_high"]].tolist() == pytest.approx(
        wilson_interval(1, 2)
    )
    PROPERTIES.validate(found)


def test_parts_are_the_same_for_every_model_and_seeds_are_no_more_images(tidy):
    one = tidy([0.9] * 9, ["WAT"] * 9, model="b")
    other = pd.concat([one.assign(model="a", seed=seed) for seed in range(4)])
    manifest = make_manifest(peak_jy_beam=np.arange(9.0), snr=np.arange(9.0)[::-1])
    found = accuracy_by_property(pd.concat([one, other]), manifest, CLASSES)
    columns = [name for name in found if name != "model"]
    first, second = (found.loc[found["model"] == name, columns] for name in "ab")
    pd.testing.assert_frame_equal(first.reset_index(drop=True), second.reset_index(drop=True))
    assert found["n"].tolist() == [3] * 12


def test_equal_values_stay_together_and_missing_ones_are_left_out(tidy):
    table = tidy([0.9] * 5, ["WAT"] * 5)
    manifest = make_manifest(opening_angle_deg=[90, 90, 90, 90, np.nan])
    found = accuracy_by_property(table, manifest, CLASSES)
    assert found[["low", "high", "n"]].to_numpy().tolist() == [[90, 90, 4]]


@pytest.mark.parametrize("columns", [{"name": ["x"]}, {"snr": [np.nan]}])
def test_without_properties_there_are_no_rows(tidy, columns):
    found = accuracy_by_property(tidy([0.9], ["WAT"]), make_manifest(**columns), CLASSES)
    assert found.empty
    assert list(found) == list(PROPERTIES.schema.columns)
