"""What the report says of an image set."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from bentjets.learning.image_sets import state_limits
from bentjets.parameters import AcquisitionSettings
from bentjets.report import across


def describe_image_set(
    manifest: pd.DataFrame,
    image_set: Mapping[str, Any],
    image_log: pd.DataFrame,
    acquisition: AcquisitionSettings,
    classes: Mapping[str, str],
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Say what an image set is, and what cannot be had from it; there is no way it came."""
    counts = manifest["morphology"].value_counts()
    record, settings = acquisition.published_record, acquisition.image_set
    lost = f"{len(image_log)} images left out (image_log.csv)"
    facts = [
        f"the files of {record}" if record else f"the image set {settings.path}",
        image_set["words"],
        *state_limits(manifest, settings.pixel_scale_arcsec),
        *([lost] if len(image_log) else []),
    ]
    sample = {
        "survey": {
            "name": "as published" if record else settings.name,
            "facts": ["; ".join(facts)],
        },
        "total": len(manifest),
        "classes": [[name, int(counts.get(name, 0))] for name in classes],
        "policy": "published",
        "reviewers": [],
    }
    return sample, {"stages": [], "losses": []}


def describe_across(across_sets: pd.DataFrame, contamination: pd.DataFrame) -> dict[str, Any]:
    """Say how far what was learnt carries to other sets, and what they share."""
    return across.describe_across(across_sets, contamination)
