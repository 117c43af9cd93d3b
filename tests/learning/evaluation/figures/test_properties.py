"""Accuracy by property: the best networks and the best rule, part by part."""

import numpy as np

from bentjets.learning.evaluation.figures import draw_properties
from results import make_entry, make_metrics, make_properties


def legend(figure):
    return [text.get_text() for text in figure.legends[0].get_texts()]


def points(axis, number):
    return axis.containers[number].lines[0].get_xydata()


def test_each_property_has_a_panel_with_the_parts_of_the_sources():
    metrics = make_metrics(("net",), n=99)
    figure = draw_properties(make_properties(metrics), metrics)
    names = [axis.get_xlabel() for axis in figure.axes]
    assert names[0] == "peak (mJy/beam)" and len(names) == 4
    ticks = [tick.get_text() for tick in figure.axes[0].get_xticklabels()]
    assert ticks == ["1–7.4\n33 images", "7.4–54\n33 images", "54–400\n33 images"]


def test_a_point_is_the_accuracy_in_per_cent():
    metrics = make_metrics({"net": {"accuracy": 0.8}}, ())
    figure = draw_properties(make_properties(metrics), metrics)
    np.testing.assert_allclose(points(figure.axes[0], 0)[:, 1], [75, 80, 85])


def test_the_best_six_networks_and_the_best_rule_are_shown():
    networks = {f"n{number}": {"accuracy": 0.8 + 0.01 * number} for number in range(10)}
    metrics = make_metrics(networks)
    shown = legend(draw_properties(make_properties(metrics), metrics))
    assert shown == ["n9", "n8", "n7", "n6", "n5", "n4", "shape, forest"]


def test_of_several_protocols_the_first_is_shown():
    metrics = make_metrics({"net": {"accuracy": 0.8}}, ())
    metrics["entries"].append(make_entry("net", accuracy=0.5, protocol="paper"))
    figure = draw_properties(make_properties(metrics), metrics)
    np.testing.assert_allclose(points(figure.axes[0], 0)[:, 1], [75, 80, 85])


def test_without_properties_the_figure_says_so():
    metrics = make_metrics()
    figure = draw_properties(make_properties(metrics).iloc[:0], metrics)
    assert "nothing was measured" in figure.texts[0].get_text() and not figure.axes


def test_one_property_and_fewer_parts():
    metrics = make_metrics()
    table = make_properties(metrics)
    one = table[(table["property"] == "snr") & (table["low"] < 50)]
    (axis,) = draw_properties(one, metrics).axes
    assert len(axis.get_xticks()) == 1 and axis.get_xlabel() == "signal to noise"
