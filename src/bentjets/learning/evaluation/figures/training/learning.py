"""How accuracy grows with the number of images that are learnt from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from bentjets.learning.evaluation.baselines import MAJORITY, SHAPE_LOGISTIC
from bentjets.learning.evaluation.figures.entries import choose_best
from bentjets.plotting import (
    AAS,
    GREY,
    Journal,
    empty_figure,
    new_figure,
    open_frame,
    shorten,
    styled,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_HEIGHT_IN, _LINE_IN = 2.5, 0.17


@styled
def draw_learning(
    learning: pd.DataFrame,
    metrics: Mapping[str, Any],
    runs: Mapping[str, pd.DataFrame],
    *,
    journal: Journal = AAS,
) -> Figure:
    """Draw the accuracy of a simple rule against its training images, and where networks are.

    Parameters
    ----------
    learning : DataFrame
        ``n_training``, ``accuracy``, ``low`` and ``high``, as `measure_learning` gives them.
    metrics : mapping
        What metrics.json holds: ``entries`` with ``model``, ``kind``, ``protocol`` and ``metrics``.
    runs : mapping of str to DataFrame
        For each network, of its runs: ``n_training`` and ``n_validation``.
    journal : Journal
        Whose column it fills.

    Returns
    -------
    matplotlib.figure.Figure
        The curve of the rule in grey, with the band of its draws; a point with its 95 % interval
        for each of the six best networks, at the images that it had; dotted the majority class.
        Without such a rule a line that says so.
    """
    if learning.empty:
        return empty_figure("there are too few sources with measured shapes", journal)
    protocol = metrics["entries"][0]["protocol"]
    accuracies = {
        entry["model"]: entry["metrics"]["accuracy"]
        for entry in metrics["entries"]
        if entry["protocol"] == protocol
    }
    trained = {name: look for name, look in choose_best(metrics).items() if name in runs}
    figure = new_figure(journal.column_in, _HEIGHT_IN + _LINE_IN * (len(trained) + 2))
    axis = figure.subplots()
    sizes = learning["n_training"]
    band = 100 * learning["low"], 100 * learning["high"]
    axis.fill_between(sizes, *band, color=GREY, alpha=0.25, linewidth=0)
    axis.plot(
        sizes, 100 * learning["accuracy"], color=GREY, marker="x", markersize=4,
        label=SHAPE_LOGISTIC,
    )  # fmt: skip
    for name, look in trained.items():
        n_images = float((runs[name]["n_training"] + runs[name]["n_validation"]).mean())
        value, low, high = (100 * accuracies[name][one] for one in ("value", "low", "high"))
        axis.errorbar(
            [n_images], [value], yerr=[[value - low], [high - value]], linestyle="none",
            markersize=4, elinewidth=1, label=shorten(name, 22), **look,
        )  # fmt: skip
    if MAJORITY in accuracies:
        least = 100 * accuracies[MAJORITY]["value"]
        axis.axhline(least, color=GREY, linestyle=":", linewidth=0.8, label=MAJORITY)
    axis.set(xlabel="images to learn from", ylabel="accuracy (%)")
    _write_numbers(axis)
    axis.legend(loc="upper left", bbox_to_anchor=(0, -0.2), borderaxespad=0)
    open_frame(axis)
    return figure


def _write_numbers(axis: Axes) -> None:
    from matplotlib.ticker import LogLocator, MaxNLocator, NullFormatter

    axis.yaxis.set_major_locator(MaxNLocator(5, integer=True))
    axis.set_xscale("log")
    axis.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axis.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
    axis.xaxis.set_minor_formatter(NullFormatter())
