"""The matrix of what was learnt from one set and tested on others."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from bentjets.learning.evaluation.metrics.intervals import wilson_interval
from bentjets.learning.evaluation.predictions import predicted_class

_ENTRY = ["model", "protocol", "tested_on"]
_RUN = ["fold", "seed"]


def measure_across(predictions: pd.DataFrame, classes: list[str]) -> pd.DataFrame:
    """Measure how often networks are right on each set.

    An image that several runs classify counts as the mean of them: the interval is that of the
    number of images, whatever the number of runs.

    Parameters
    ----------
    predictions : DataFrame
        The tidy table, with ``tested_on`` besides.
    classes : list of str
        The classes that were learnt.

    Returns
    -------
    DataFrame
        One row for each ``model``, ``protocol`` and ``tested_on``: ``runs`` (networks), ``n``
        (images), ``accuracy`` with its Wilson interval (``accuracy_low``, ``accuracy_high``, 95 %)
        and ``balanced_accuracy``: the mean recall of the classes that the set has.
    """
    right = predicted_class(predictions, classes) == predictions["label"].to_numpy()
    told = predictions.assign(right=right)
    rows: list[dict[str, Any]] = []
    for key, some in told.groupby(_ENTRY, sort=False):
        of_image = some.groupby("source_id").agg(right=("right", "mean"), label=("label", "first"))
        accuracy, n = float(of_image["right"].mean()), len(of_image)
        low, high = wilson_interval(min(accuracy * n, n), n)
        rows.append(
            {
                **dict(zip(_ENTRY, key, strict=True)),
                "runs": len(some[_RUN].drop_duplicates()),
                "n": n,
                "accuracy": accuracy,
                "accuracy_low": low,
                "accuracy_high": high,
                "balanced_accuracy": float(
                    np.mean(of_image.groupby("label")["right"].mean().to_numpy())
                ),
            }
        )
    return pd.DataFrame(rows)
