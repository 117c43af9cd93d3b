"""What networks read of each source, as axes of the gallery's plot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd


@dataclass(frozen=True)
class Axes:
    """Two axes of the plot, and what is to be known of them.

    Parameters
    ----------
    model
        Whose features these are.
    titles
        Title of each axis, by its column in the table of sources.
    words
        What they are, in sentences.
    """

    model: str
    titles: dict[str, str]
    words: str


def join_embeddings(
    sources: pd.DataFrame, embeddings: Sequence[pd.DataFrame]
) -> tuple[pd.DataFrame, list[Axes]]:
    """Put the places of sources among a network's features beside all else that is known of them.

    Parameters
    ----------
    sources : DataFrame
        The table of `tabulate_sources`.
    embeddings : sequence of DataFrame
        Of each model what `bentjets.learning.evaluation.tabulate_embedding` gives; may lack
        sources.

    Returns
    -------
    sources : DataFrame
        With columns ``<model>: feature axis 1``, ``<model>: feature axis 2`` and ``<model>:
        features, source was for`` (training, validation or test).
    axes : list of Axes
        One for each model that read a source.
    """
    found = []
    for table in embeddings:
        if table.empty:
            continue
        model = str(table["model"].iloc[0])
        x, y, part = (
            *(f"{model}: feature axis {number}" for number in (1, 2)),
            f"{model}: features, source was for",
        )
        named = table.rename(columns={"x": x, "y": y, "part": part})
        sources = sources.merge(named[["source_id", x, y, part]], how="left", on="source_id")
        sources[part] = sources[part].fillna("")
        shares = [table["x_share"].iloc[0], table["y_share"].iloc[0]]
        titles = {
            name: f"features of {model}, axis {number} ({100 * share:.0f} %)"
            for number, (name, share) in enumerate(zip((x, y), shares, strict=True), start=1)
        }
        found.append(Axes(model, titles, _describe(model, table, shares)))
    return sources, found


def _describe(model: str, table: pd.DataFrame, shares: Sequence[float]) -> str:
    counts = table["part"].value_counts()
    seen, chose, unseen = (int(counts.get(part, 0)) for part in ("training", "validation", "test"))
    return (
        f"Features of {model}: what the head of one network, that of run "
        f"{table['run'].iloc[0]}, reads of each image, along the two directions in which it varies "
        f"most (principal components; {100 * shares[0]:.0f} % and {100 * shares[1]:.0f} % of the "
        f"variance). Points that are near look alike to it. Of the {len(table)} sources it learnt "
        f"from {seen}, {chose} chose its epoch or calibrated it, and {unseen} it never saw: the "
        "classes of those that it learnt from can lie farther apart than they do for new sources. "
        "A click on a point tells which its source was."
    )
