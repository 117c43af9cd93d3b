"""Scores on the sources whose class every catalogue names alike, or on which there are several."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from bentjets.learning.evaluation import measure_predictions
from bentjets.learning.evaluation.metrics.soft import SOFT_SCORES
from bentjets.report.tabulating import scores, tables

_SHOWN = (scores.ACCURACY, scores.Score("balanced_accuracy"), scores.Score("auc"))
HEADINGS = ["", "Images"]
HEADINGS += [title for one in _SHOWN for title in (one.short_title, "95 % interval")]
"""Of the rows that `agreed_rows` gives."""


def agreed_sources(opinions: pd.DataFrame) -> set[str]:
    """Name the sources whose class another catalogue names, and none contradicts.

    Parameters
    ----------
    opinions
        ``source_id``, ``their_morphology``, ``agrees``.
    """
    read = opinions[opinions["their_morphology"] != ""]
    alike = read.groupby("source_id")["agrees"].agg(lambda said: bool(said.astype(bool).all()))
    return set(alike.index[alike.astype(bool)])


def agreed_table(
    predictions: pd.DataFrame,
    opinions: pd.DataFrame,
    groups: Mapping[str, int],
    classes: Sequence[str],
) -> pd.DataFrame:
    """Make Table 2 anew of the predictions of those sources alone; nothing is learnt again.

    Parameters
    ----------
    predictions
        The table of all predictions.
    opinions
        What other catalogues say.
    groups
        The group of each source: sources that must stay together.
    classes
        The classes.

    Returns
    -------
    DataFrame
        As `tables.model_table` gives it; without a row where no tested source is such a one.
    """
    chosen = predictions[predictions["source_id"].isin(agreed_sources(opinions))]
    if chosen.empty:
        return tables.model_table(measure_predictions(predictions, groups, classes)).iloc[:0]
    return tables.model_table(measure_predictions(chosen, groups, classes))


def agreed_rows(table: pd.DataFrame) -> list[list[str]]:
    """Lay that table out: the model, how many images, and its scores with their intervals."""
    return [
        [
            row["model"],
            f"{row['n']:,}",
            *(
                text
                for score in _SHOWN
                for text in (scores.score_text(row, score), scores.interval_text(row, score) or "–")
            ),
        ]
        for row in table.to_dict("records")
    ]


SOFT_HEADINGS = ["", "Protocol", "Images", *("Brier", "95 % interval", "ECE", "95 % interval")]
"""Of the rows that `soft_rows` gives."""


def soft_rows(table: pd.DataFrame) -> list[list[str]]:
    """Lay out how far probabilities are from the shares of the opinions, with intervals."""
    return [
        [
            row["model"],
            row["protocol"].replace("_", " "),
            f"{row['n']:,}",
            *(
                text
                for name in SOFT_SCORES
                for text in (
                    f"{row[name]:.3f}",
                    f"{row[f'{name}_low']:.3f}–{row[f'{name}_high']:.3f}",
                )
            ),
        ]
        for row in table.to_dict("records")
    ]
