"""How training went: loss and accuracy against epoch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from bentjets.errors import InputError
from bentjets.plotting import (
    AAS,
    BLACK,
    BLUE,
    PANELS_PER_ROW,
    VERMILION,
    Journal,
    new_figure,
    open_frame,
    shorten,
    styled,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

RUN = ["protocol", "fold", "seed"]
_FAINTEST = 0.12
_SHORT, _DECADES = 3, 200
_PANEL_IN = 1.4


@styled
def draw_history(
    histories: Mapping[str, pd.DataFrame],
    runs: Mapping[str, pd.DataFrame],
    *,
    journal: Journal = AAS,
) -> Figure:
    """Draw loss and accuracy against epoch: a thin line for each run, a thick one for their mean.

    Parameters
    ----------
    histories : mapping of str to DataFrame
        For each network, of all its runs: ``protocol``, ``fold``, ``seed``, ``epoch``,
        ``train_loss``, ``val_loss``, ``val_accuracy`` (0 to 1); the last two are missing where an
        epoch was not validated.
    runs : mapping of str to DataFrame
        For each network: ``protocol``, ``fold``, ``seed``, and ``kept_epoch``, whose weights were
        kept.
    journal : Journal
        Whose columns it fills.

    Returns
    -------
    matplotlib.figure.Figure
        Two panels per network: losses above (logarithmic), validation accuracy below. A black dot
        marks the epoch that a run kept. The mean ends with the first run that does.

    Raises
    ------
    InputError
        If there is no network.
    """
    if not histories:
        raise InputError("there is no model to draw: train at least one")
    n_columns = min(len(histories), PANELS_PER_ROW)
    n_rows = -(-len(histories) // n_columns)
    width_in = journal.column_in if n_columns == 1 else journal.text_in
    figure = new_figure(width_in, n_rows * 2 * _PANEL_IN + 0.3)
    axes = figure.subplots(2 * n_rows, n_columns, squeeze=False)
    # Two rows of the grid for each row of networks: (network, above or below).
    pairs = axes.reshape(n_rows, 2, n_columns).transpose(0, 2, 1).reshape(-1, 2)
    lowest = min(float(table["val_accuracy"].min()) for table in histories.values())
    for (above, below), (name, table) in zip(pairs, histories.items(), strict=False):
        _draw_losses(above, table, runs[name])
        _draw_accuracy(below, table, runs[name])
        above.set_title(f"{shorten(name, 26)}, {_count_runs(table)}")
        below.set_ylim(max(0, 100 * lowest - 5), 101)
        below.set_xlim(above.get_xlim())
    for above, below in pairs[::n_columns]:
        above.set_ylabel("loss")
        below.set_ylabel("validation\naccuracy (%)")
    for axis in pairs[len(histories) :].ravel():
        axis.remove()
    handles, labels = axes[0, 0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper center", ncols=3)
    return figure


def _count_runs(table: pd.DataFrame) -> str:
    count = len(table[RUN].drop_duplicates())
    return "1 run" if count == 1 else f"{count} runs"


def _draw_losses(axis: Axes, table: pd.DataFrame, runs: pd.DataFrame) -> None:
    axis.set_yscale("log")
    _draw_runs(axis, table, "train_loss", BLUE, "training")
    _draw_runs(axis, table, "val_loss", VERMILION, "validation")
    _mark_kept(axis, table, "val_loss", runs)
    _finish(axis)


def _draw_accuracy(axis: Axes, table: pd.DataFrame, runs: pd.DataFrame) -> None:
    percent = table.assign(val_accuracy=100 * table["val_accuracy"])
    _draw_runs(axis, percent, "val_accuracy", VERMILION, "")
    _mark_kept(axis, percent, "val_accuracy", runs)
    axis.set_xlabel("epoch")
    _finish(axis)


def _draw_runs(axis: Axes, table: pd.DataFrame, column: str, colour: str, label: str) -> None:
    """Draw each run thinly where there are several, and the mean while all of them last."""
    told = table.dropna(subset=[column])
    one_each = [run.sort_values("epoch") for _, run in told.groupby(RUN, sort=True)]
    if len(one_each) > 1:
        faint = max(_FAINTEST, 0.5 / np.sqrt(len(one_each)))
        for run in one_each:
            axis.plot(run["epoch"], run[column], color=colour, linewidth=0.5, alpha=faint)
    by_epoch = told.groupby("epoch")[column].agg(["mean", "count"])
    mean = by_epoch.loc[by_epoch["count"] == len(one_each), "mean"]
    marker = "o" if len(mean) == 1 else None
    axis.plot(mean.index, mean, color=colour, label=label, marker=marker, markersize=3)


def _mark_kept(axis: Axes, table: pd.DataFrame, column: str, runs: pd.DataFrame) -> None:
    kept = runs[[*RUN, "kept_epoch"]]
    points = table.merge(kept, left_on=[*RUN, "epoch"], right_on=[*RUN, "kept_epoch"])
    axis.plot(
        points["epoch"], points[column], color=BLACK, marker=".", markersize=4, linestyle="none",
        label="epoch that was kept",
    )  # fmt: skip


def _finish(axis: Axes) -> None:
    from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter

    axis.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=5))
    if axis.get_yscale() == "log":
        low, high = axis.get_ylim()
        steps = (1, 2, 5) if high < _DECADES * low else (1,)
        is_short = high < _SHORT * low
        axis.yaxis.set_major_locator(MaxNLocator(4) if is_short else LogLocator(subs=steps))
        axis.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        axis.yaxis.set_minor_formatter(NullFormatter())
    open_frame(axis)
