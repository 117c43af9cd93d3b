"""Steps that weigh what other catalogues, and experts, say of the classes of the sources."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from bentjets.review import measure_opinions, share_opinions


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


def soften_labels(
    manifest: pd.DataFrame,
    reviews: pd.DataFrame,
    classes: Mapping[str, str],
    second_opinions: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Share each source of the dataset among the classes as all opinions on it do."""
    labels = dict(zip(manifest["source_id"], manifest["morphology"], strict=True))
    return share_opinions(labels, list(classes), second_opinions=second_opinions, votes=reviews)
