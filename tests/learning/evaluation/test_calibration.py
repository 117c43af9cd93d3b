import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bentjets.errors import InputError
from bentjets.learning.evaluation import fit_temperature, reliability
from bentjets.tables.results import RELIABILITY

CLASSES = ("WAT", "NAT")


def draw(n, k, seed, temperature):
    """Draw labels by softmax(logits), and give the logits as many times too large."""
    random = np.random.default_rng(seed)
    logits = random.normal(0, 1.5, (n, k))
    chances = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    labels = (chances.cumsum(axis=1) < random.random((n, 1))).sum(axis=1)
    return logits * temperature, labels


@pytest.mark.parametrize("k", [2, 3])
@pytest.mark.parametrize("temperature", [0.5, 1.0, 3.0])
def test_the_temperature_that_made_the_labels_is_found(k, temperature):
    logits, labels = draw(5000, k, 1, temperature)
    assert fit_temperature(logits, labels) == pytest.approx(temperature, rel=0.08)


@settings(max_examples=20)
@given(st.integers(0, 2**32), st.floats(-5, 5))
def test_log_probabilities_serve_as_well_as_logits(seed, shift):
    logits, labels = draw(60, 3, seed, 2.0)
    assert fit_temperature(logits + shift, labels) == pytest.approx(
        fit_temperature(logits, labels), rel=1e-4
    )


@pytest.mark.parametrize(
    ("logits", "labels"),
    [
        (np.empty((0, 2)), np.empty(0, int)),
        (np.array([[2.0, 1.0], [0.0, 3.0]]), np.array([0, 1])),
        (np.zeros((4, 3)), np.array([0, 1, 2, 0])),
    ],
    ids=["no image", "all right", "all the same"],
)
def test_where_it_cannot_be_told_it_is_one(logits, labels):
    assert fit_temperature(logits, labels) == 1.0


def test_a_network_that_is_sure_and_wrong_is_cooled_to_the_bound():
    logits = np.array([[9.0, 0.0], [0.0, 9.0], [9.0, 0.0]])
    assert fit_temperature(logits, np.array([1, 0, 1])) == pytest.approx(10, rel=1e-4)


def test_what_cannot_calibrate():
    with pytest.raises(InputError, match="not finite"):
        fit_temperature(np.array([[np.nan, 1.0]]), np.array([0]))
    with pytest.raises(InputError, match="without a known class"):
        fit_temperature(np.zeros((1, 2)), np.array([-1]))


def test_reliability_by_hand(tidy):
    table = tidy([0.95, 0.91, 0.6, 0.05], ["WAT", "NAT", "WAT", "NAT"])
    found = reliability(table, CLASSES)
    # An edge belongs to the bin below it: 0.6 to 0.5-0.6, and 1 to the last.
    assert found[["low", "high", "n"]].to_numpy().tolist() == [[0.5, 0.6, 1], [0.9, 1.0, 3]]
    assert found["confidence"].tolist() == pytest.approx([0.6, (0.95 + 0.91 + 0.95) / 3])
    assert found["accuracy"].tolist() == pytest.approx([1, 2 / 3])
    assert (found["accuracy_low"] <= found["accuracy"]).all()
    assert (found["accuracy_high"] >= found["accuracy"]).all()
    RELIABILITY.validate(found)


def test_more_seeds_of_the_same_images_are_not_more_images(tidy):
    one = tidy([0.9] * 7 + [0.7] * 3, ["WAT"] * 8 + ["NAT"] * 2)
    three = pd.concat([one.assign(seed=seed) for seed in range(3)])
    pd.testing.assert_frame_equal(reliability(three, CLASSES), reliability(one, CLASSES))


def test_nothing_predicted_has_no_bins(tidy):
    assert reliability(tidy([], []), CLASSES).empty
