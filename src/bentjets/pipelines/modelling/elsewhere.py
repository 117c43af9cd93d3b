"""Steps that test the networks of a run on other image sets."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from bentjets.engine import EngineSettings
from bentjets.learning.across import measure_across
from bentjets.parameters import AcquisitionSettings
from bentjets.pipelines.modelling import pictures
from bentjets.pipelines.modelling.stacking import stack_pictures

_RUN = ["protocol", "fold", "seed"]


def classify_elsewhere(
    test_sets: list[dict[str, Any]],
    tested_images: pd.DataFrame,
    folder: Path,
    runs: pd.DataFrame,
    engine: EngineSettings,
) -> pd.DataFrame:
    """Classify the images of other sets by every run of a model."""
    from bentjets.learning.evaluation.predicting import predict
    from bentjets.learning.evaluation.predictions import probability_columns
    from bentjets.learning.networks import load_network

    plans = list(runs[_RUN].itertuples(index=False, name=None))
    networks = [load_network(folder / "-".join(map(str, plan))) for plan in plans]
    description = networks[0].description
    classes, parts = list(description.classes), []
    for one in test_sets:
        images = tested_images[tested_images["tested_on"] == one["name"]]
        stack = stack_pictures(
            images,
            one,
            folder,
            pictures.as_learnt(description.images, images),
            (description.image_size, description.channels),
            classes,
            engine,
        )
        labels = np.array(classes, dtype=object)[stack.labels]
        for plan, network in zip(plans, networks, strict=True):
            table = pd.DataFrame(predict(network, stack), columns=probability_columns(classes))
            told = {"model": folder.name, **dict(zip(_RUN, plan, strict=True))}
            facts = {**told, "tested_on": one["name"], "source_id": stack.source_ids}
            parts.append(pd.DataFrame({**facts, "label": labels}).join(table))
    return pd.concat(parts, ignore_index=True)


def tabulate_across(
    predictions: pd.DataFrame,
    contamination: pd.DataFrame,
    test_images: pd.DataFrame,
    acquisition: AcquisitionSettings,
    classes: Mapping[str, str],
    **elsewhere: pd.DataFrame,
) -> pd.DataFrame:
    """Make the matrix: what was learnt from this set, tested on it and on the others."""
    trained_on = acquisition.image_set.name or "as published"
    own = predictions[predictions["kind"] == "network"].assign(tested_on=trained_on)
    parts = [own, *elsewhere.values()]
    matrix = measure_across(pd.concat(parts, ignore_index=True), list(classes))
    matrix.insert(2, "trained_on", trained_on)
    shared = contamination.groupby("tested_on")["source_id"].nunique()
    matrix["n_shared"] = matrix["tested_on"].map(shared).fillna(0).astype(int)
    unused = test_images[test_images["reason"] != ""].groupby("tested_on").size()
    matrix["n_unused"] = matrix["tested_on"].map(unused).fillna(0).astype(int)
    return matrix.sort_values(["model", "protocol"], kind="stable", ignore_index=True)
