"""Accuracy against training size: the curve of the rule, and the networks where they are."""

import numpy as np
import pandas as pd
import pytest

from bentjets.learning.evaluation.figures import draw_learning
from results import make_metrics

LEARNING = pd.DataFrame(
    {
        "n_training": [30.0, 300.0], "accuracy": [0.6, 0.75], "low": [0.5, 0.75],
        "high": [0.7, 0.75],
    }
)  # fmt: skip
RUNS = {"net": pd.DataFrame({"n_training": [400, 420], "n_validation": [60, 60]})}


def test_the_curve_of_the_rule_lies_in_its_band():
    (axis,) = draw_learning(LEARNING, make_metrics(("net",)), RUNS).axes
    curve = axis.lines[0]
    np.testing.assert_allclose(curve.get_xydata(), [[30, 60], [300, 75]])
    ends = axis.collections[0].get_paths()[0].vertices
    assert ends[:, 1].min() == 50 and ends[:, 1].max() == 75
    assert axis.get_xscale() == "log"


def test_networks_stand_at_the_images_they_had():
    metrics = make_metrics({"net": {"accuracy": 0.8}}, ensembles=("both",))
    (axis,) = draw_learning(LEARNING, metrics, RUNS).axes
    (point,) = axis.containers
    assert point.lines[0].get_xydata().tolist() == [[470, pytest.approx(80)]]
    names = [text.get_text() for text in axis.get_legend().get_texts()]
    assert names == ["shape, logistic", "majority class", "net"]


def test_without_shapes_it_says_so():
    figure = draw_learning(LEARNING[:0], make_metrics(), RUNS)
    assert "too few sources" in figure.texts[0].get_text() and not figure.axes
