"""Training: a thin line for each run, a thick one for the mean, a dot for what was kept."""

import numpy as np
import pytest

from bentjets.errors import InputError
from bentjets.learning.evaluation.figures import draw_history
from results import make_histories, make_runs


def draw(histories):
    return draw_history(histories, {name: make_runs(table) for name, table in histories.items()})


def lines(axis, thin):
    return [
        line
        for line in axis.lines
        if line.get_linestyle() != "None" and (line.get_linewidth() < 1) == thin
    ]


def test_each_run_is_a_thin_line_and_the_mean_ends_with_the_first_that_does():
    table = make_histories(folds=2, seeds=(0, 1), epochs=5)
    above, below = draw({"net": table}).axes
    assert above.get_title() == "net, 4 runs"
    assert (len(lines(above, thin=True)), len(lines(below, thin=True))) == (8, 4)
    (mean,) = lines(below, thin=False)
    lasting = table[table["epoch"] <= 4].groupby("epoch")["val_accuracy"].mean()
    assert list(mean.get_xdata()) == [1, 2, 3, 4]
    np.testing.assert_allclose(mean.get_ydata(), 100 * lasting)


def test_one_run_is_its_own_mean():
    above, _ = draw({"net": make_histories(epochs=5)}).axes
    assert above.get_title() == "net, 1 run"
    assert len(lines(above, thin=True)) == 0
    assert list(above.lines[0].get_xdata()) == [1, 2, 3, 4, 5]


def test_a_dot_marks_the_epoch_that_each_run_kept():
    table = make_histories(folds=2, epochs=5)
    runs = make_runs(table).assign(kept_epoch=[2, 3])
    _, below = draw_history({"net": table}, {"net": runs}).axes
    dots = below.lines[-1]
    assert dots.get_label() == "epoch that was kept"
    assert sorted(dots.get_xdata()) == [2, 3]


def test_epochs_that_were_not_validated_are_passed_over():
    table = make_histories(epochs=6)
    table.loc[table["epoch"] % 3 != 0, ["val_loss", "val_accuracy"]] = np.nan
    above, below = draw_history({"net": table}, {"net": make_runs(table)}).axes
    assert list(below.lines[0].get_xdata()) == [3, 6]
    assert list(above.lines[0].get_xdata()) == [1, 2, 3, 4, 5, 6]
    assert np.isfinite(below.get_ylim()).all()


def test_more_than_three_networks_begin_another_row():
    figure = draw({f"net{number}": make_histories() for number in range(4)})
    assert len(figure.axes) == 8
    titles = [axis.get_title() for axis in figure.axes if axis.get_title()]
    assert titles == [f"net{number}, 1 run" for number in range(4)]


def test_nothing_to_draw():
    with pytest.raises(InputError, match="no model to draw"):
        draw({})
