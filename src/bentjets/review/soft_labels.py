"""Labels as probabilities: the share of the opinions on a source that name each class."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from bentjets.review.standing import standing_votes

SOFT_COLUMNS = ["source_id", "morphology", "share", "opinions"]
DOUBTFUL_WEIGHT = 0.5
"""What an opinion counts that is marked as doubtful, of one that is not."""


def share_opinions(
    labels: Mapping[str, str],
    classes: Sequence[str],
    *,
    second_opinions: pd.DataFrame | None = None,
    votes: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Share each source among the classes as its opinions do.

    One opinion is the label of our own catalogue, one the entry of each other catalogue, one the
    class that each expert last saw in it. Doubtful entries count half (`DOUBTFUL_WEIGHT`); what
    names no declared class is no opinion.

    Parameters
    ----------
    labels
        The class of each source in our catalogue.
    classes
        The declared classes.
    second_opinions
        ``source_id``, ``their_morphology``, ``doubtful``; None where no other catalogue was asked.
    votes
        The table of votes: what `standing_votes` needs, and ``morphology``; None where there is
        none.

    Returns
    -------
    pandas.DataFrame
        A row for each source and class: ``source_id``, ``morphology``, ``share`` (those of a source
        sum to 1) and ``opinions``, how many the source has.
    """
    said = [pd.DataFrame({"source_id": list(labels), "morphology": list(labels.values())})]
    said[0]["weight"] = 1.0
    if second_opinions is not None:
        theirs = second_opinions[["source_id"]].assign(
            morphology=second_opinions["their_morphology"],
            weight=1.0 - (1.0 - DOUBTFUL_WEIGHT) * second_opinions["doubtful"].astype(float),
        )
        said.append(theirs)
    if votes is not None and len(votes):
        last = standing_votes(votes).query("morphology != ''")
        last = last.drop_duplicates(["source_id", "expert"], keep="last")
        said.append(last[["source_id", "morphology"]].assign(weight=1.0))
    opinions = pd.concat(said, ignore_index=True)
    counted = opinions["source_id"].isin(list(labels)) & opinions["morphology"].isin(list(classes))
    weights = (
        opinions[counted]
        .pivot_table(index="source_id", columns="morphology", values="weight", aggfunc="sum")
        .reindex(index=list(labels), columns=list(classes))
        .fillna(0.0)
    )
    shares = weights.div(weights.sum(axis=1), axis=0)
    table = pd.DataFrame(
        {
            "source_id": np.repeat(list(labels), len(classes)),
            "morphology": list(classes) * len(labels),
            "share": shares.to_numpy().ravel(),
        }
    )
    counts = opinions[counted]["source_id"].value_counts()
    return table.assign(opinions=table["source_id"].map(counts).astype(int))[SOFT_COLUMNS]
