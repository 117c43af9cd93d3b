"""How often each expert says what another says."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from bentjets.plotting import AAS, Journal, empty_figure, new_figure, shorten, styled

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_EXPERTS = 10
_TITLES = {"verdict": "whether to accept the image", "morphology": "its class"}
_DARK = 0.6


@styled
def draw_agreement(pairs: pd.DataFrame, *, journal: Journal = AAS) -> Figure:
    """Draw a matrix of the experts: on how many images two of them say the same.

    Parameters
    ----------
    pairs : DataFrame
        For each question (``verdict``, ``morphology``) and pair of experts that both answered on
        some images: ``question``, ``expert``, ``other``, ``n`` (images) and ``agreement`` (0 to 1).
    journal : Journal
        Whose columns it fills.

    Returns
    -------
    matplotlib.figure.Figure
        A panel for each question: shares and, below them, images. Of more than ten experts those
        who have most images in common with others. Without pairs a line that says so.
    """
    if pairs.empty:
        return empty_figure("no two experts looked at the same image", journal)
    common = pd.concat([pairs.set_index(side)["n"] for side in ("expert", "other")])
    experts = sorted(common.groupby(level=0).sum().nlargest(MOST_EXPERTS).index)
    questions = [name for name in _TITLES if name in set(pairs["question"])]
    side_in = journal.text_in / 2
    height_in = 0.9 + min(0.42 * len(experts), side_in - 0.6)
    figure = new_figure(journal.text_in if len(questions) > 1 else journal.column_in, height_in)
    axes = figure.subplots(1, len(questions), squeeze=False)[0]
    for axis, question in zip(axes, questions, strict=True):
        _draw_matrix(axis, pairs[pairs["question"] == question], experts)
        axis.set_title(f"says the same of {_TITLES[question]}")
    return figure


def _draw_matrix(axis: Axes, pairs: pd.DataFrame, experts: list[str]) -> None:
    place = {name: number for number, name in enumerate(experts)}
    shares = np.full((len(experts), len(experts)), np.nan)
    shown = pairs[pairs["expert"].isin(experts) & pairs["other"].isin(experts)]
    for row in shown.itertuples():
        at = place[str(row.expert)], place[str(row.other)]
        for one, other in (at, at[::-1]):
            share = float(str(row.agreement))
            shares[one, other] = share
            axis.text(
                other, one, f"{share:.0%}\n{row.n}", ha="center", va="center",
                color="white" if share > _DARK else "black",
            )  # fmt: skip
    axis.imshow(shares, cmap="Blues", vmin=0, vmax=1, aspect="auto")
    names = [shorten(name, 14) for name in experts]
    axis.set_xticks(range(len(names)), names, rotation=90 if len(names) > 3 else 0)  # noqa: PLR2004
    axis.set_yticks(range(len(names)), names)
    axis.tick_params(length=0)
