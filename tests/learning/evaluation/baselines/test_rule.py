import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bentjets.errors import InputError
from bentjets.learning.evaluation.baselines import learn_rule

CLASSES = ("WAT", "NAT")
THREE = ("FRI", "FRII", "bent")
NAN = float("nan")
VALUES = st.one_of(st.integers(0, 180).map(float), st.just(NAN))


def test_threshold_lies_half_way_between_the_classes():
    rule = learn_rule([170, 150, 90, 60, NAN], ["WAT", "WAT", "NAT", "NAT", "NAT"], CLASSES)
    assert (rule.threshold, rule.below, rule.above, rule.unknown) == (120, "NAT", "WAT", "NAT")
    assert list(rule.classify([119.9, 120, NAN])) == ["NAT", "WAT", "NAT"]
    assert rule.unknown_shares == (0.4, 0.6)


def test_without_values_all_are_of_the_majority():
    rule = learn_rule([NAN, NAN, NAN], ["NAT", "WAT", "WAT"], CLASSES)
    assert set(rule.classify([10, 170, NAN])) == {"WAT"}
    assert rule.probabilities([10, NAN]) == pytest.approx(np.tile([2 / 3, 1 / 3], (2, 1)))


def test_equal_values_are_not_parted():
    rule = learn_rule([80, 80, 80, NAN], ["NAT", "WAT", "NAT", "WAT"], CLASSES)
    assert list(rule.classify([80, 10, 170])) == ["NAT"] * 3


def test_nothing_to_learn_from():
    with pytest.raises(InputError, match="no training sources"):
        learn_rule([], [], CLASSES)


@given(
    st.lists(st.tuples(st.integers(0, 180), st.sampled_from(CLASSES)), min_size=1, max_size=30),
    st.lists(st.sampled_from(CLASSES), max_size=5),
)
def test_no_other_threshold_is_better(sources, without_value):
    values, labels = (np.array(column) for column in zip(*sources, strict=True))
    learnt = learn_rule(
        [*values, *(NAN for _ in without_value)], [*labels, *without_value], CLASSES
    )
    right = np.mean(learnt.classify(values) == labels)
    for threshold in np.arange(-0.5, 181):
        for below, above in (CLASSES, CLASSES[::-1]):
            other = np.where(values < threshold, below, above)
            assert np.mean(other == labels) <= right


@pytest.mark.parametrize("classes", [CLASSES, THREE])
@given(data=st.data())
def test_the_largest_probability_is_that_of_the_class_the_rule_names(classes, data):
    sources = data.draw(
        st.lists(st.tuples(VALUES, st.sampled_from(classes)), min_size=1, max_size=25)
    )
    values, labels = zip(*sources, strict=True)
    rule = learn_rule(values, labels, classes)
    asked = np.array([*values, *np.arange(0, 181, 9.0), rule.threshold, NAN])
    found = rule.probabilities(asked)
    assert found.sum(axis=1) == pytest.approx(np.ones(len(asked)))
    assert (found >= 0).all()
    assert list(np.array(classes)[found.argmax(axis=1)]) == list(rule.classify(asked))


def test_what_lies_farther_from_the_threshold_is_surer_and_as_sure_as_it_should_be():
    random = np.random.default_rng(2)
    values = random.uniform(-4, 4, 4000)
    is_above = random.random(4000) < 1 / (1 + np.exp(-2 * values))
    rule = learn_rule(values, list(np.where(is_above, "NAT", "WAT")), CLASSES)
    above = rule.probabilities(np.linspace(-4, 4, 20))[:, 1]
    assert (np.diff(above) > 0).all()
    assert rule.steepness == pytest.approx(2, rel=0.15)
