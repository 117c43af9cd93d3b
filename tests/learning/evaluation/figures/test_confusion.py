"""Confusion matrices: a panel per network, with its counts."""

import pytest

from bentjets.errors import InputError
from bentjets.learning.evaluation.figures import draw_confusion
from results import make_entry, make_metrics


def texts(axis):
    return [text.get_text() for text in axis.texts]


def test_networks_and_ensembles_have_a_panel_and_baselines_none():
    metrics = make_metrics({"a": {}, "b": {"accuracy": 0.9}}, ensembles=("both",))
    figure = draw_confusion(metrics)
    assert [axis.get_title().splitlines()[0] for axis in figure.axes] == ["a", "b", "both"]
    assert figure.axes[1].get_title().splitlines()[1] == "90.0 % of 100"
    assert texts(figure.axes[1]) == ["45\n90%", "5\n10%", "5\n10%", "45\n90%"]


def test_means_over_seeds_have_a_decimal():
    metrics = make_metrics()
    metrics["entries"][0]["confusion"] = [[40.5, 9.5], [10, 40]]
    assert texts(draw_confusion(metrics).axes[0])[:2] == ["40.5\n81%", "9.5\n19%"]


def test_a_class_without_images_is_no_error():
    metrics = make_metrics()
    metrics["entries"][0]["confusion"] = [[0, 0], [10, 40]]
    assert texts(draw_confusion(metrics).axes[0])[:2] == ["0\n0%", "0\n0%"]


def test_the_protocol_is_named_where_there_are_several():
    metrics = make_metrics(("net",), ())
    assert "cross validation" not in draw_confusion(metrics).axes[0].get_title()
    metrics["entries"].append(make_entry("net", protocol="paper"))
    titles = [axis.get_title().splitlines()[0] for axis in draw_confusion(metrics).axes]
    assert titles == ["net (cross validation)", "net (paper)"]


def test_nothing_to_draw():
    with pytest.raises(InputError, match="no model to draw"):
        draw_confusion(make_metrics(()))
