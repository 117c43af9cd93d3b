"""What a network reads of images, in two dimensions."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bentjets.learning.data.splitting.protocols import RunPlan

_AXES = 2


def project_features(
    features: NDArray[np.floating],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Project features on their first two principal components.

    Pearson 1901 (Phil. Mag. 2, 559), of features as they are: they have one unit.

    Parameters
    ----------
    features : ndarray, shape (n, features)
        As `extract_features` gives them.

    Returns
    -------
    places : ndarray of float64, shape (n, 2)
        Coordinates; 0 along a component that there is not, as of a single image or of images that
        are all the same.
    shares : ndarray of float64, shape (2,)
        Share of the variance along each, 0 to 1. The same features give the same numbers.
    """
    from sklearn.decomposition import PCA

    places, shares = np.zeros((len(features), _AXES)), np.zeros(_AXES)
    if len(features) and np.ptp(features, axis=0).any():
        fitted = PCA(min(_AXES, *features.shape), svd_solver="full")
        found = fitted.fit_transform(features.astype(np.float64))
        places[:, : found.shape[1]] = found
        shares[: found.shape[1]] = fitted.explained_variance_ratio_
    return places, shares


def tabulate_embedding(
    model: str, plan: RunPlan, features: NDArray[np.floating], source_ids: Sequence[str]
) -> pd.DataFrame:
    """Write where the images of all sources lie in the features of the network of one run.

    Networks of different runs read different things: places of two runs cannot be compared, so all
    sources are read by one, and ``part`` says of each what it was to that network.

    Parameters
    ----------
    model : str
        Name of the model.
    plan : RunPlan
        Which sources the network learnt from, chose its epoch by, and never saw.
    features : ndarray, shape (n, features)
        What it reads of each image.
    source_ids : sequence of str
        Whose images these are.

    Returns
    -------
    pandas.DataFrame
        ``source_id``, ``model``, ``run``, ``part`` (``training``, ``validation``, ``test``), ``x``,
        ``y``, and in each row the shares of the variance that these show, ``x_share``, ``y_share``.
    """
    places, (x_share, y_share) = project_features(features)
    # In the protocol `paper` the test sources chose the epoch: they were seen.
    parts = dict.fromkeys(plan.test, "test") | dict.fromkeys(plan.validation, "validation")
    parts |= dict.fromkeys(plan.training, "training")
    return pd.DataFrame(
        {
            "source_id": list(source_ids),
            "model": model,
            "run": plan.name,
            "part": [parts[one] for one in source_ids],
            "x": places[:, 0],
            "y": places[:, 1],
            "x_share": x_share,
            "y_share": y_share,
        }
    )
