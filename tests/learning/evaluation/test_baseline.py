import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bentjets.errors import InputError
from bentjets.learning.evaluation.baseline import AngleRule, classify_by_angle, learn_rule

CLASSES = ("WAT", "NAT")
NAN = float("nan")


def make_manifest(train, test):
    rows = [(*row, "train") for row in train] + [(*row, "test") for row in test]
    table = pd.DataFrame(rows, columns=["opening_angle_deg", "morphology", "split"])
    return table.assign(source_id=[f"S{number}" for number in range(len(table))])


def test_threshold_lies_half_way_between_the_classes():
    rule = learn_rule([170, 150, 90, 60, NAN], ["WAT", "WAT", "NAT", "NAT", "NAT"], CLASSES)
    assert rule == AngleRule(threshold_deg=120, narrow="NAT", wide="WAT", unknown="NAT")
    assert list(rule.classify([119.9, 120, NAN])) == ["NAT", "WAT", "NAT"]


def test_without_angles_all_are_of_the_majority():
    rule = learn_rule([NAN, NAN, NAN], ["NAT", "WAT", "WAT"], CLASSES)
    assert set(rule.classify([10, 170, NAN])) == {"WAT"}


def test_equal_angles_are_not_parted():
    rule = learn_rule([80, 80, 80, NAN], ["NAT", "WAT", "NAT", "WAT"], CLASSES)
    assert list(rule.classify([80, 10, 170])) == ["NAT"] * 3


def test_nothing_to_learn_from():
    with pytest.raises(InputError, match="no training sources"):
        learn_rule([], [], CLASSES)


@given(
    st.lists(st.tuples(st.integers(0, 180), st.sampled_from(CLASSES)), min_size=1, max_size=30),
    st.lists(st.sampled_from(CLASSES), max_size=5),
)
def test_no_other_threshold_is_better(sources, without_angle):
    angles, labels = (np.array(column) for column in zip(*sources, strict=True))
    learnt = learn_rule(
        [*angles, *(NAN for _ in without_angle)], [*labels, *without_angle], CLASSES
    )
    right = np.mean(learnt.classify(angles) == labels)
    for threshold in np.arange(-0.5, 181):
        for narrow, wide in (CLASSES, CLASSES[::-1]):
            other = AngleRule(threshold, narrow, wide, "WAT").classify(angles)
            assert np.mean(other == labels) <= right


def test_the_test_batch_is_classified_and_not_learnt_from():
    train = [(150, "WAT"), (140, "WAT"), (80, "NAT")]
    manifest = make_manifest(train, [(60, "WAT"), (NAN, "NAT"), (160, "NAT")])
    predictions = classify_by_angle(manifest, CLASSES)
    assert predictions.to_dict("list") == {
        "source_id": ["S3", "S4", "S5"],
        "label": ["WAT", "NAT", "NAT"],
        "predicted": ["NAT", "WAT", "WAT"],
    }


def test_a_manifest_without_angles_is_refused():
    manifest = make_manifest([(150, "WAT")], [(60, "NAT")]).drop(columns="opening_angle_deg")
    with pytest.raises(InputError, match="run the curation pipeline again"):
        classify_by_angle(manifest, CLASSES)
