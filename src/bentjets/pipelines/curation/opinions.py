"""Step that weighs what other catalogues say of the sources."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from bentjets.review import measure_opinions


def weigh_opinions(
    second_opinions: pd.DataFrame,
    catalogue: pd.DataFrame,
    quality: pd.DataFrame,
    decisions: pd.DataFrame,
    classes: Mapping[str, str],
    seed: int,
) -> dict[str, Any]:
    """Measure how far second opinions agree with the catalogue, and how wrong both may be."""
    accepted = decisions.loc[decisions["accepted"].astype(bool), "source_id"]
    return {
        "catalogue_sources": len(catalogue),
        "dataset_sources": len(accepted),
        "opinions": measure_opinions(
            second_opinions,
            dict(zip(catalogue["source_id"], catalogue["morphology"], strict=True)),
            quality,
            list(classes),
            accepted=accepted.to_list(),
            seed=seed,
        ),
    }
