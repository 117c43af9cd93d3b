"""Classifiers that see ten moments of a source's islands, and nothing else."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

SHAPE_COLUMNS = (
    "axis_ratio",
    "size_arcsec",
    "curvature",
    "skewness_along",
    "skewness_across",
    "kurtosis_along",
    "filling",
    "n_islands",
    "peak_offset_along",
    "peak_offset_across",
)
"""The columns of the manifest that they learn from: the fields of a measured shape."""

_TREES = 200
_MIN_LEAF = 3


def make_logistic() -> Any:
    """Make the logistic regression: missing moments by the median, each of unit variance."""
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    return make_pipeline(
        SimpleImputer(strategy="median", keep_empty_features=True),
        StandardScaler(),
        LogisticRegression(max_iter=1000),
    )


def make_forest(seed: int) -> Any:
    """Make the forest of extremely randomised trees, seeded.

    Geurts et al. 2006, Machine Learning 63, 3; on few sources better than one that seeks each cut.
    """
    from sklearn.ensemble import ExtraTreesClassifier
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import make_pipeline

    return make_pipeline(
        SimpleImputer(strategy="median", keep_empty_features=True),
        ExtraTreesClassifier(
            _TREES, min_samples_leaf=_MIN_LEAF, random_state=seed % 2**32, n_jobs=1
        ),
    )


def read_shapes(manifest: pd.DataFrame) -> NDArray[np.float64]:
    """Give the moments, shape (n, 10), NaN where there are none."""
    shapes = manifest[list(SHAPE_COLUMNS)].to_numpy(np.float64)
    return np.where(np.isfinite(shapes), shapes, np.nan)
