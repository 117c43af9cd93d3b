"""Which labels are most likely wrong: confident learning on predictions of images never seen."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from bentjets.learning.evaluation.baselines import SHAPE_FOREST, SHAPE_LOGISTIC
from bentjets.learning.evaluation.predictions import probability_columns

COLUMNS = [
    "source_id",
    "label",
    "label_probability",
    "suggested",
    "suggested_probability",
    "margin",
    "is_error",
    "suspicion",
]
_ON_SHAPES = (SHAPE_LOGISTIC, SHAPE_FOREST)


def rank_doubts(predictions: pd.DataFrame, classes: Sequence[str]) -> pd.DataFrame:
    """Rank the sources by how likely their label is wrong.

    Northcutt, Jiang & Chuang 2021 (Confident Learning, JAIR 70, 1373): of predictions that never
    saw the image. What the networks and the two classifiers on shapes say is averaged, each model
    counting once, p; the threshold of a class, t_k, is the mean p_k of the sources with that label
    (their Eq. 2), so that a class that is always given less confidently is not suspected as a
    whole. ``margin`` is (p - t) of the label less the largest of the other classes. A label is
    called an error where the likeliest class of those with p_k >= t_k is another one (their Eq. 1).

    Parameters
    ----------
    predictions
        ``model``, ``kind``, ``protocol``, ``source_id``, ``label`` and a probability of each class.
        The protocol that tests most sources counts, and the first of equals.
    classes
        The classes.

    Returns
    -------
    pandas.DataFrame
        Columns `COLUMNS`, the most doubtful first: ``suspicion`` counts them from 1; ``suggested``
        is the class that speaks most against the label. Sources that no such model tested, and
        classes without a source, are left out.
    """
    voters = predictions[(predictions["kind"] == "network") | predictions["model"].isin(_ON_SHAPES)]
    tested = voters.groupby("protocol", sort=False)["source_id"].nunique()
    if tested.empty:
        return _typed(pd.DataFrame(columns=COLUMNS))
    voters = voters[voters["protocol"] == tested.idxmax()]
    columns = probability_columns(classes)
    by_model = voters.groupby(["source_id", "model"], sort=False)[columns].mean()
    mean = by_model.groupby("source_id", sort=False).mean()
    labels = voters.drop_duplicates("source_id").set_index("source_id")["label"].loc[mean.index]
    own = pd.Index(classes).get_indexer(pd.Index(labels))
    p = mean.to_numpy(np.float64)
    rows = np.arange(len(p))
    threshold = np.array(
        [p[own == k, k].mean() if (own == k).any() else np.inf for k in range(len(classes))]
    )
    above = p - threshold
    others = above.copy()
    others[rows, own] = -np.inf
    suggested = others.argmax(axis=1)
    margin = above[rows, own] - others[rows, suggested]
    confident = np.where(above >= 0, p, -np.inf)
    is_error = np.isfinite(confident.max(axis=1)) & (confident.argmax(axis=1) != own)
    names = np.array(classes, dtype=object)
    table = pd.DataFrame(
        {
            "source_id": mean.index.to_numpy(),
            "label": labels.to_numpy(),
            "label_probability": p[rows, own],
            "suggested": names[suggested],
            "suggested_probability": p[rows, suggested],
            "margin": margin,
            "is_error": is_error,
        }
    )
    table = table[np.isfinite(margin)].sort_values("margin", kind="stable", ignore_index=True)
    return _typed(table.assign(suspicion=np.arange(1, len(table) + 1)))


def _typed(table: pd.DataFrame) -> pd.DataFrame:
    kinds = {
        **dict.fromkeys(("source_id", "label", "suggested"), "str"),
        **dict.fromkeys(("label_probability", "suggested_probability", "margin"), "float64"),
        "is_error": "bool",
        "suspicion": "int64",
    }
    return table[COLUMNS].astype(kinds)
