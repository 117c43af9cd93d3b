"""How much the seed of the training matters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from bentjets.errors import InputError
from bentjets.learning.evaluation.figures.entries import one_protocol
from bentjets.learning.evaluation.predictions import predicted_class
from bentjets.plotting import AAS, BLACK, BLUE, Journal, new_figure, open_frame, shorten, styled

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_ROW_IN, _REST_IN = 0.24, 0.75


@styled
def draw_seeds(
    predictions: pd.DataFrame, metrics: Mapping[str, Any], *, journal: Journal = AAS
) -> Figure:
    """Draw the accuracy of each seed of each network, beside the interval of their mean.

    Parameters
    ----------
    predictions : DataFrame
        The tidy table.
    metrics : mapping
        What metrics.json holds: ``classes``, and ``entries`` with ``model``, ``kind``,
        ``protocol``, ``seeds`` and ``metrics``.
    journal : Journal
        Whose column it fills.

    Returns
    -------
    matplotlib.figure.Figure
        A row for each network, the best one above: a point per seed, a bar for the 95 % interval
        that the number of images leaves, and a tick for the mean. Its title says how many seeds
        there are.

    Raises
    ------
    InputError
        If there is no network.
    """
    entries = [entry for entry in metrics["entries"] if entry["kind"] == "network"]
    if not entries:
        raise InputError("there is no model to draw: train and evaluate at least one")
    entries = sorted(entries, key=lambda entry: entry["metrics"]["accuracy"]["value"])
    right = predicted_class(predictions, metrics["classes"]) == predictions["label"].to_numpy()
    by_seed = predictions.assign(right=right).groupby(["model", "protocol", "seed"])["right"].mean()
    figure = new_figure(journal.column_in, _ROW_IN * len(entries) + _REST_IN)
    axis = figure.subplots()
    for place, entry in enumerate(entries):
        accuracy = entry["metrics"]["accuracy"]
        low, value, high = (100 * accuracy[name] for name in ("low", "value", "high"))
        axis.barh(place, high - low, left=low, height=0.5, color="0.88")
        axis.plot(value, place, color=BLACK, marker="|", markersize=9)
        found = 100 * by_seed.loc[entry["model"], entry["protocol"]]
        axis.plot(
            found, [place] * len(found), color=BLUE, marker="o", markersize=3.5, alpha=0.7,
            linestyle="none",
        )  # fmt: skip
    protocols = [entry["protocol"] for entry in entries]
    names = [
        shorten(one["model"], 22) + one_protocol(protocols, one["protocol"]) for one in entries
    ]
    axis.set_yticks(range(len(entries)), names)
    axis.use_sticky_edges = False
    axis.margins(x=0.08)
    axis.set(ylim=(-0.6, len(entries) - 0.4), xlabel="accuracy (%)")
    axis.set_title(_count({len(entry["seeds"]) for entry in entries}))
    open_frame(axis)
    axis.grid(visible=False, axis="y")
    axis.tick_params(axis="y", length=0)
    return figure


def _count(numbers: set[int]) -> str:
    if numbers == {1}:
        return "one seed each: how far seeds differ is not known"
    low, high = min(numbers), max(numbers)
    return f"{low} seeds each" if low == high else f"{low} to {high} seeds"
