"""Measured against true angles of simulated sources, and how often the intervals hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from bentjets.learning.ruler.calibration import LEVEL
from bentjets.plotting import AAS, COLOURS, GREY, Journal, new_figure, open_frame, styled

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_HEIGHT_IN = 2.6
_STRAIGHT_DEG = 180
_TICKS_DEG = range(0, 181, 60)
_ALLOWED = (0.63, 0.73)


@styled
def draw_judged(judged: pd.DataFrame, coverage: pd.DataFrame, *, journal: Journal = AAS) -> Figure:
    """Draw what the tables of the ruler hold.

    Parameters
    ----------
    judged : DataFrame
        ``angle_deg`` and, of each ruler, its angle: see `bentjets.tables.ruler.JUDGED`.
    coverage : DataFrame
        See `bentjets.tables.ruler.COVERAGE`.
    journal : Journal
        Whose columns it fills.
    """
    figure = new_figure(journal.text_in, _HEIGHT_IN)
    rulers = list(dict.fromkeys(coverage["ruler"]))
    axes = figure.subplots(1, len(rulers) + 1)
    edges = np.linspace(0, _STRAIGHT_DEG, 46)
    for axis, name in zip(axes, rulers, strict=False):
        known = judged[judged[f"{name}_deg"].notna()]
        axis.hist2d(known["angle_deg"], known[f"{name}_deg"], bins=[edges, edges], cmap="Greys")
        axis.plot([0, _STRAIGHT_DEG], [0, _STRAIGHT_DEG], color=COLOURS[0], linewidth=0.8)
        axis.set(
            xticks=_TICKS_DEG, yticks=_TICKS_DEG, aspect="equal", title=f"{name} ruler",
            xlabel="true opening angle (deg)", ylabel="measured (deg)",
        )  # fmt: skip
    last = axes[-1]
    last.axhspan(*_ALLOWED, color=GREY, alpha=0.2, linewidth=0)
    last.axhline(LEVEL, color=GREY, linewidth=0.8)
    for place, name in enumerate(rulers):
        mine = coverage[coverage["ruler"] == name].reset_index(drop=True)
        error = np.sqrt(LEVEL * (1 - LEVEL) / mine["n"].clip(lower=1))
        last.errorbar(
            mine.index + 0.15 * place, mine["coverage"], yerr=error, marker="o", markersize=3.5,
            linestyle="none", elinewidth=0.8, color=COLOURS[place], label=name,
        )  # fmt: skip
    last.set(
        ylim=(0.5, 0.86), xlabel="bin of size and signal to noise", ylabel="truth within one error",
        title="coverage",
    )  # fmt: skip
    last.legend()
    for axis in axes:
        open_frame(axis)
    return figure
