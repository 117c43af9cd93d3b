"""Calibration against shares of the opinions."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from bentjets.learning.evaluation import measure_predictions
from bentjets.learning.evaluation.metrics.soft import measure_against_shares
from bentjets.tables.scores import SOFT_CALIBRATION

CLASSES = ["WAT", "NAT"]
N = 60


@pytest.fixture
def predictions() -> pd.DataFrame:
    rng = np.random.default_rng(4)
    first = rng.uniform(size=(2, N))
    ids = [f"S{number:02d}" for number in range(N)]
    facts = {"model": "net", "kind": "network", "protocol": "cross_validation", "fold": 0}
    label = np.where(rng.uniform(size=N) < 0.5, *CLASSES)
    return pd.concat(
        [
            pd.DataFrame({"source_id": ids, "label": label, "seed": seed, **facts}).assign(
                probability_WAT=first[seed], probability_NAT=1 - first[seed]
            )
            for seed in (0, 1)
        ],
        ignore_index=True,
    )


@pytest.fixture
def groups() -> dict[str, int]:
    return {f"S{number:02d}": number for number in range(N)}


def soften(first: pd.Series, opinions=2) -> pd.DataFrame:
    """Give a source its share of the first class."""
    parts = [
        pd.DataFrame({"source_id": first.index, "morphology": name, "share": share.to_numpy()})
        for name, share in zip(CLASSES, (first, 1 - first), strict=True)
    ]
    return pd.concat(parts).assign(opinions=opinions)


def test_of_shares_that_are_labels_scores_are_those_of_the_labels(predictions, groups):
    first_seed = predictions[predictions["seed"] == 0].set_index("source_id")
    shares = soften((first_seed["label"] == "WAT").astype(float))
    (row,) = measure_against_shares(predictions, shares, groups, CLASSES).to_dict("records")
    hard = measure_predictions(predictions, groups, CLASSES)["entries"][0]["metrics"]
    for name in ("brier", "ece"):
        assert row[name] == pytest.approx(hard[name]["value"])
        assert row[f"{name}_low"] == pytest.approx(hard[name]["low"])
        assert row[f"{name}_high"] == pytest.approx(hard[name]["high"])
    assert row["n"] == N


def test_probabilities_that_are_the_shares_are_perfect(predictions, groups):
    one = predictions[predictions["seed"] == 0]
    shares = soften(one.set_index("source_id")["probability_WAT"])
    table = measure_against_shares(one, shares, groups, CLASSES)
    SOFT_CALIBRATION.validate(table)
    assert table[["brier", "ece"]].to_numpy() == pytest.approx(np.zeros((1, 2)), abs=1e-6)


def test_networks_come_first(predictions, groups):
    rule = predictions.assign(model="a rule", kind="baseline")
    first = predictions.drop_duplicates("source_id").set_index("source_id")["probability_WAT"]
    both = pd.concat([rule, predictions])
    table = measure_against_shares(both, soften(first), groups, CLASSES)
    assert table["model"].tolist() == ["net", "a rule"]


def test_only_sources_with_several_opinions_count(predictions, groups):
    first = predictions.drop_duplicates("source_id").set_index("source_id")["probability_WAT"]
    shares = soften(first)
    shares.loc[shares["source_id"] > "S09", "opinions"] = 1
    assert measure_against_shares(predictions, shares, groups, CLASSES)["n"].tolist() == [10]
    nothing = measure_against_shares(predictions, shares.assign(opinions=1), groups, CLASSES)
    assert nothing.empty
    SOFT_CALIBRATION.validate(nothing)
