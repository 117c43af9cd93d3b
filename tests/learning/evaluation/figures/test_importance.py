"""What the rules on shapes go by: bars as they were measured, in one order."""

import numpy as np
from matplotlib.colors import to_hex

from bentjets.learning.evaluation.figures import draw_importance
from bentjets.plotting import BLUE, VERMILION
from results import FEATURES, make_importance


def test_both_panels_have_the_features_in_the_order_of_the_coefficients():
    table = make_importance()
    logistic, forest = draw_importance(table, ("WAT", "NAT")).axes
    coefficients = table[table["model"] == "shape, logistic"].set_index("feature")["value"]
    losses = table[table["model"] == "shape, forest"].set_index("feature")["value"]
    order = coefficients.abs().sort_values().index
    widths = [[bar.get_width() for bar in axis.patches] for axis in (logistic, forest)]
    np.testing.assert_allclose(widths[0], coefficients[order])
    np.testing.assert_allclose(widths[1], 100 * losses[order])
    names = {tick.get_text() for tick in logistic.get_yticklabels()}
    expected = {name.replace("_", " ") for name in FEATURES} - {"size arcsec", "n islands"}
    assert names == expected | {"size", "number of islands"}
    assert forest.get_xlabel() == "accuracy lost (points)"


def test_the_sides_of_the_coefficients_are_named():
    logistic, _ = draw_importance(make_importance(), ("WAT", "NAT")).axes
    assert logistic.get_xlabel() == "← WAT    coefficient    NAT →"
    for bar in logistic.patches:
        colour = VERMILION if bar.get_width() < 0 else BLUE
        assert to_hex(bar.get_facecolor()) == colour.lower()


def test_with_three_classes_coefficients_have_no_side():
    logistic, _ = draw_importance(make_importance(), ("a", "b", "c")).axes
    assert logistic.get_xlabel() == "size of the coefficients"


def test_without_shapes_the_figure_says_so():
    figure = draw_importance(make_importance().iloc[:0], ("WAT", "NAT"))
    assert "no shapes" in figure.texts[0].get_text() and not figure.axes
