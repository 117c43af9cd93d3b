"""Whether probabilities mean what they say, and how to make them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bentjets.errors import InputError
from bentjets.learning.evaluation.metrics.intervals import wilson_interval
from bentjets.learning.evaluation.metrics.scores import BINS, bin_of
from bentjets.learning.evaluation.predictions import predicted_class, probabilities_of

_MAX_TEMPERATURE = 10.0


def fit_temperature(logits: NDArray[np.floating], labels: NDArray[np.int64]) -> float:
    """Fit the temperature T with which softmax(logits / T) makes the labels likeliest.

    It changes how sure a network is, never which class it names (Guo et al. 2017, ICML, 1321).
    Fit it on validation images only.

    Parameters
    ----------
    logits : ndarray, shape (n, classes)
        Logits, or logarithms of probabilities.
    labels : ndarray, shape (n,)
        Index of the class of each image.

    Returns
    -------
    float
        0.1 to 10; 1 where it cannot be told: without images, or where every image is classified
        rightly, which no temperature can be too low for.

    Raises
    ------
    InputError
        If a logit is not finite or a label is none of the classes.
    """
    from scipy.optimize import minimize_scalar
    from scipy.special import logsumexp

    values = np.asarray(logits, dtype=np.float64)
    if len(values) == 0:
        return 1.0
    if not np.isfinite(values).all():
        raise InputError("the network gives logits that are not finite: lower its learning rate")
    if not np.isin(labels, np.arange(values.shape[1])).all():
        raise InputError("an image without a known class cannot calibrate a network: leave it out")
    own = values[np.arange(len(values)), labels]
    if (own >= values.max(axis=1)).all():
        return 1.0

    def loss(inverse: float) -> float:
        return float(np.mean(logsumexp(inverse * values, axis=1) - inverse * own))

    # The loss is convex in 1 / T: there is one minimum.
    bounds = (1.0 / _MAX_TEMPERATURE, _MAX_TEMPERATURE)
    found = minimize_scalar(loss, bounds=bounds, method="bounded", options={"xatol": 1e-8})
    return float(1.0 / found.x)


def reliability(predictions: pd.DataFrame, classes: Sequence[str]) -> pd.DataFrame:
    """Compare how sure a model is with how often it is right.

    Parameters
    ----------
    predictions : DataFrame
        The tidy table.
    classes : sequence of str
        Names of the classes.

    Returns
    -------
    DataFrame
        A row per model, protocol and bin that holds images (ten bins of the largest probability,
        0 to 1): ``model``, ``protocol``, ``low``, ``high`` (edges), ``n`` (images, the mean over
        the seeds), ``confidence`` (mean), ``accuracy``, ``accuracy_low`` and ``accuracy_high``
        (Wilson's 95 % interval for n images).
    """
    confidence = probabilities_of(predictions, classes).max(axis=1, initial=0.0)
    table = predictions[["model", "protocol", "seed"]].assign(
        confidence=confidence,
        bin=bin_of(confidence),
        right=predicted_class(predictions, classes) == predictions["label"].to_numpy(),
    )
    rows = []
    for (model, protocol), entry in table.groupby(["model", "protocol"], sort=False):
        n_seeds = entry["seed"].nunique()
        for number, some in entry.groupby("bin"):
            n, accuracy = len(some) / n_seeds, float(some["right"].mean())
            low, high = wilson_interval(accuracy * n, n)
            edges = (int(str(number)) / BINS, (int(str(number)) + 1) / BINS)
            confident = float(some["confidence"].mean())
            rows.append((model, protocol, *edges, n, confident, accuracy, low, high))
    return pd.DataFrame(
        rows,
        columns=[
            "model", "protocol", "low", "high", "n", "confidence", "accuracy", "accuracy_low",
            "accuracy_high",
        ],
    )  # fmt: skip
