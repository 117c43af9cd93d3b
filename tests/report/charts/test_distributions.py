"""Histograms: every source is in a bin, medians where they are."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.patches import StepPatch

from bentjets.report.charts import draw_distributions

CLASSES = ["WAT", "NAT"]


@pytest.fixture
def manifest():
    rng = np.random.default_rng(5)
    n = 90
    table = pd.DataFrame(
        {
            "morphology": np.array(CLASSES)[np.arange(n) % 3 // 2],
            "peak_jy_beam": rng.lognormal(-4, 1, n),
            "largest_angular_size_arcsec": rng.uniform(20, 150, n),
            "opening_angle_deg": rng.uniform(0, 180, n),
        }
    )
    table.loc[:5, "opening_angle_deg"] = np.nan
    return table


def outlines(axis):
    return [one for one in axis.patches if isinstance(one, StepPatch) and not one.get_fill()]


def test_all_sources_are_counted_by_class(manifest):
    axes = draw_distributions(manifest, CLASSES).axes
    assert [axis.get_xlabel() for axis in axes] == [
        *("peak (mJy/beam)", "largest angular size (″)", "opening angle (°)")
    ]
    for axis, column in zip(axes, manifest.columns[1:], strict=True):
        known = manifest.dropna(subset=[column])
        counts = [int(one.get_data().values.sum()) for one in outlines(axis)]
        assert counts == [int((known["morphology"] == name).sum()) for name in CLASSES]
        for text, name, count in zip(axis.get_legend().get_texts(), CLASSES, counts, strict=True):
            assert text.get_text().startswith(f"{name}: {count}, median ")


def test_a_triangle_marks_the_median_of_each_class(manifest):
    peaks = draw_distributions(manifest, CLASSES).axes[0]
    marks = [float(line.get_xdata()[0]) for line in peaks.lines]
    medians = 1000 * manifest.groupby("morphology")["peak_jy_beam"].median()[CLASSES]
    np.testing.assert_allclose(marks, medians)
    first = peaks.get_legend().get_texts()[0].get_text()
    assert first.endswith(f"median {medians['WAT']:.3g}")


def test_classes_differ_in_line_and_colour(manifest):
    lines = outlines(draw_distributions(manifest, CLASSES).axes[0])
    assert len({one.get_linestyle() for one in lines}) == 2
    assert len({one.get_edgecolor() for one in lines}) == 2


def test_what_was_not_measured_has_no_panel(manifest):
    table = manifest.drop(columns="peak_jy_beam").assign(opening_angle_deg=np.nan)
    (axis,) = draw_distributions(table, CLASSES).axes
    assert axis.get_xlabel().startswith("largest angular size")
    figure = draw_distributions(manifest[["morphology"]], CLASSES)
    assert "nothing was measured" in figure.texts[0].get_text()


def test_one_source_and_an_empty_class_are_drawn(manifest):
    figure = draw_distributions(manifest.iloc[:1].assign(opening_angle_deg=90.0), CLASSES)
    figure.canvas.draw()
    names = [text.get_text() for text in figure.axes[0].get_legend().get_texts()]
    assert names[1] == "NAT: 0"
