"""Reliability: points, intervals and numbers of images as they were measured."""

import numpy as np
import pytest

from bentjets.errors import InputError
from bentjets.learning.evaluation.figures import draw_reliability
from results import make_metrics, make_reliability


def test_a_point_per_bin_with_the_number_of_its_images():
    metrics = make_metrics(("net",))
    table = make_reliability(metrics)
    (axis,) = draw_reliability(table, metrics).axes
    own = table[table["model"] == "net"]
    points = next(line for line in axis.lines if line.get_marker() == "o")
    np.testing.assert_allclose(points.get_xydata(), 100 * own[["confidence", "accuracy"]])
    assert [text.get_text() for text in axis.texts] == [str(n) for n in own["n"]]
    band, bars = axis.collections
    ends = np.array(bars.get_segments())[:, :, 1]
    np.testing.assert_allclose(ends, 100 * own[["accuracy_low", "accuracy_high"]])
    outline = band.get_paths()[0]
    assert all(outline.contains_points(100 * own[["confidence", "accuracy"]], radius=1e-6))
    assert axis.get_title() == "net\ncalibration error 0.040"


def test_networks_and_ensembles_have_a_panel():
    metrics = make_metrics(("a", "b"), ensembles=("both",))
    assert len(draw_reliability(make_reliability(metrics), metrics).axes) == 3


def test_three_classes_begin_where_guessing_does():
    metrics = make_metrics(classes=("a", "b", "c"))
    (axis,) = draw_reliability(make_reliability(metrics), metrics).axes
    assert axis.get_xlim()[0] == pytest.approx(30)


def test_nothing_to_draw():
    metrics = make_metrics(())
    with pytest.raises(InputError, match="no model to draw"):
        draw_reliability(make_reliability(metrics), metrics)
