"""Accuracy against training size: all of it is the baseline, and more is better."""

import numpy as np
import pandas as pd
import pytest

from bentjets.learning.data import plan_runs
from bentjets.learning.evaluation import measure_learning, predict_baselines, predicted_class
from bentjets.learning.evaluation.baselines import SHAPE_COLUMNS, SHAPE_LOGISTIC

CLASSES = ["WAT", "NAT"]


@pytest.fixture(scope="module")
def manifest():
    rng, n = np.random.default_rng(3), 400
    morphology = np.array(CLASSES)[np.arange(n) % 3 // 2]
    moments = {name: rng.normal(0, 1, n) for name in SHAPE_COLUMNS}
    for name in SHAPE_COLUMNS[:4]:
        moments[name] = moments[name] + 0.5 * (morphology == "NAT")
    ids = [f"S{number:03d}" for number in range(n)]
    table = {"source_id": ids, "morphology": morphology, "batch": np.arange(n) // 3 % 6}
    return pd.DataFrame(table | moments)


@pytest.fixture(scope="module")
def plans(manifest):
    return plan_runs(manifest, protocol="cross_validation", folds=3, seeds=[0], validation_batch=0)


@pytest.fixture(scope="module")
def learning(manifest, plans):
    return measure_learning(manifest, plans, CLASSES)


def test_with_all_images_it_is_the_baseline(manifest, plans, learning):
    table = predict_baselines(manifest, plans, CLASSES)
    own = table[table["model"] == SHAPE_LOGISTIC]
    accuracy = (predicted_class(own, CLASSES) == own["label"]).mean()
    last = learning.iloc[-1]
    assert last[["accuracy", "low", "high"]].tolist() == pytest.approx([accuracy] * 3)
    assert last["n_training"] == pytest.approx(400 * 2 / 3, abs=1)


def test_more_images_help_and_draws_differ_less(learning):
    assert list(learning["n_training"]) == sorted(learning["n_training"])
    assert learning["n_training"].iloc[0] == pytest.approx(0.05 * 400 * 2 / 3, abs=1)
    assert learning["accuracy"].iloc[-1] > learning["accuracy"].iloc[0] + 0.03
    width = learning["high"] - learning["low"]
    assert width.iloc[0] > width.iloc[4] > 0
    assert (learning["low"] <= learning["accuracy"]).all()


def test_is_the_same_every_time(manifest, plans, learning):
    pd.testing.assert_frame_equal(measure_learning(manifest, plans, CLASSES), learning)


def test_shares_with_less_than_two_of_a_class_are_left_out(manifest):
    few = manifest.iloc[:60]
    plans = plan_runs(few, protocol="cross_validation", folds=3, seeds=[0], validation_batch=0)
    assert len(measure_learning(few, plans, CLASSES)) == 4
    few = manifest.iloc[:6].assign(batch=[0, 1, 2] * 2)
    plans = plan_runs(few, protocol="cross_validation", folds=3, seeds=[0], validation_batch=0)
    assert measure_learning(few, plans, CLASSES).empty


def test_without_shapes_there_is_nothing(manifest, plans):
    assert measure_learning(manifest[["source_id", "morphology"]], plans, CLASSES).empty
