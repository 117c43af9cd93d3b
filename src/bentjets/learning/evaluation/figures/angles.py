"""Opening angles by hand against those of the automatic ruler."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from bentjets.plotting import (
    AAS,
    COLOURS,
    GREY,
    MARKERS,
    Journal,
    empty_figure,
    new_figure,
    open_frame,
    shorten,
    styled,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_STRAIGHT_DEG = 180
_TICKS_DEG = range(0, 181, 30)


@styled
def draw_angles(angles: pd.DataFrame, *, journal: Journal = AAS) -> Figure:
    """Draw the angles that experts measured against those of the ruler.

    Parameters
    ----------
    angles : DataFrame
        ``expert``, ``hand_deg``, ``ruler_deg`` and ``ruler_error_deg`` (one sigma).
    journal : Journal
        Whose column it fills.

    Returns
    -------
    matplotlib.figure.Figure
        A point for each angle, a colour for each expert, and the line on which both are equal; or
        words where there is no angle.
    """
    known = angles[angles["ruler_deg"].notna()]
    if known.empty:
        return empty_figure("no opening angle was measured both by hand and by the ruler", journal)
    figure = new_figure(journal.column_in, journal.column_in)
    axis = figure.subplots()
    axis.plot([0, _STRAIGHT_DEG], [0, _STRAIGHT_DEG], color=GREY, linestyle="--", linewidth=0.8)
    for place, (expert, mine) in enumerate(known.groupby("expert", sort=True)):
        axis.errorbar(
            mine["ruler_deg"], mine["hand_deg"], xerr=mine["ruler_error_deg"],
            color=COLOURS[place % len(COLOURS)], marker=MARKERS[place % len(MARKERS)],
            markersize=3.5, linestyle="none", elinewidth=0.5, alpha=0.7,
            label=f"{shorten(str(expert))} ({len(mine)})",
        )  # fmt: skip
    axis.set(
        xlim=(0, _STRAIGHT_DEG + 5), ylim=(0, _STRAIGHT_DEG + 5),
        xticks=_TICKS_DEG, yticks=_TICKS_DEG, aspect="equal",
        xlabel="opening angle by the ruler (deg)", ylabel="opening angle by hand (deg)",
    )  # fmt: skip
    open_frame(axis)
    axis.legend(loc="upper left")
    return figure
