"""Seeds: a point for each, and how many there are."""

import numpy as np
import pytest

from bentjets.errors import InputError
from bentjets.learning.evaluation import measure_predictions
from bentjets.learning.evaluation.figures import draw_seeds
from results import make_metrics, make_predictions

CLASSES = ["WAT", "NAT"]


def draw(predictions):
    groups = {one: place for place, one in enumerate(predictions["source_id"].unique())}
    return draw_seeds(predictions, measure_predictions(predictions, groups, CLASSES)).axes[0]


def test_each_seed_is_a_point_at_its_accuracy():
    predictions = make_predictions({"net": 1.5, "other": 0.5}, seeds=(0, 1, 2))
    axis = draw(predictions)
    assert axis.get_title() == "3 seeds each"
    assert [tick.get_text() for tick in axis.get_yticklabels()] == ["other", "net"]
    named = predictions["probability_NAT"] > 0.5
    right = named == (predictions["label"] == "NAT")
    expected = 100 * right.groupby([predictions["model"], predictions["seed"]]).mean()
    points = [line for line in axis.lines if line.get_marker() == "o"]
    np.testing.assert_allclose(points[1].get_xdata(), expected["net"])
    ticks = [line for line in axis.lines if line.get_marker() == "|"]
    assert float(ticks[1].get_xdata()[0]) == pytest.approx(expected["net"].mean())
    for bar, tick in zip(axis.patches, ticks, strict=True):
        assert bar.get_x() < float(tick.get_xdata()[0]) < bar.get_x() + bar.get_width()


def test_one_seed_says_that_nothing_is_known_of_others():
    axis = draw(make_predictions({"net": 1.0}))
    assert axis.get_title() == "one seed each: how far seeds differ is not known"


def test_nothing_to_draw():
    with pytest.raises(InputError, match="no model to draw"):
        draw_seeds(make_predictions({"net": 1.0}), make_metrics(()))
