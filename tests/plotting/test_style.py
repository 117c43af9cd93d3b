"""The style: what a figure is drawn with, and that nothing of it stays."""

import matplotlib
import pytest
from matplotlib.colors import to_hex

from bentjets.plotting import COLOURS, empty_figure, shorten, styled


def test_figures_are_drawn_in_the_style_and_matplotlib_is_left_as_it_was():
    before = dict(matplotlib.rcParams)

    @styled
    def draw():
        settings = matplotlib.rcParams
        sizes = ("font.size", "axes.titlesize", "axes.labelsize", "xtick.labelsize")
        assert {settings[size] for size in (*sizes, "ytick.labelsize", "legend.fontsize")} == {8}
        assert settings["pdf.fonttype"] == 42
        cycle = [to_hex(one["color"]) for one in settings["axes.prop_cycle"]]
        assert cycle == [colour.lower() for colour in COLOURS]
        return empty_figure("nothing")

    draw()
    assert dict(matplotlib.rcParams) == before


@pytest.mark.parametrize(
    ("name", "short"), [("net", "net"), ("a" * 19, "a" * 17 + "…"), ("$x$", r"\$x\$")]
)
def test_long_names_are_cut_and_dollars_begin_no_formula(name, short):
    assert shorten(name) == short
