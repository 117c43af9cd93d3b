import numpy as np
import pandas as pd
import pytest

from bentjets.learning.data.splitting.protocols import RunPlan
from bentjets.learning.evaluation.baselines import SHAPE_COLUMNS


@pytest.fixture
def sky():
    """Make a manifest of classes that differ in axis ratio and opening angle, and its plans."""

    def make(n=90, classes=("WAT", "NAT"), seed=0, folds=3, seeds=(5, 6)):
        random = np.random.default_rng(seed)
        label = np.arange(n) % len(classes)
        manifest = pd.DataFrame(
            random.normal(size=(n, len(SHAPE_COLUMNS))), columns=list(SHAPE_COLUMNS)
        ).assign(
            source_id=[f"S{i:03d}" for i in range(n)],
            morphology=np.array(classes)[label],
            axis_ratio=0.3 + 0.2 * label + random.normal(0, 0.04, n),
            opening_angle_deg=140 - 60 * label + random.normal(0, 20, n),
        )
        manifest.loc[::17, list(SHAPE_COLUMNS[1:])] = np.nan
        ids, fold = manifest["source_id"].to_numpy(), np.arange(n) // 4 % folds
        plans = [
            RunPlan(
                "cross_validation", number, one, *(
                    tuple(ids[np.isin(fold, [(number + step) % folds for step in steps])])
                    for steps in (range(2, folds), (1,), (0,))
                )
            )
            for one in seeds
            for number in range(folds)
        ]  # fmt: skip
        return manifest, plans

    return make
