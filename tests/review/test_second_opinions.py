"""How far another catalogue agrees, and what follows for labels and networks."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import cohen_kappa_score

from bentjets.review import measure_opinions
from bentjets.review.second_opinions import compare_labels, error_of_agreement

CLASSES = ["WAT", "NAT"]


def make(ours, theirs, doubtful=False) -> pd.DataFrame:
    return pd.DataFrame({"label": ours, "their_morphology": theirs, "doubtful": doubtful})


@given(st.floats(0.0, 0.9), st.integers(2, 10))
def test_the_error_of_labels_gives_the_agreement_back(share, n_classes) -> None:
    error = share * (n_classes - 1) / n_classes
    agreement = (1 - error) ** 2 + error**2 / (n_classes - 1)
    assert error_of_agreement(agreement, n_classes) == pytest.approx(error, abs=1e-6)


def test_agreement_and_kappa_are_those_of_the_labels() -> None:
    rng = np.random.default_rng(0)
    ours = rng.choice(CLASSES, 200)
    theirs = np.where(rng.uniform(size=200) < 0.7, ours, rng.choice(CLASSES, 200))
    found = compare_labels(make(ours, theirs), CLASSES)
    assert found is not None
    assert found["agreement"]["value"] == (ours == theirs).mean()
    kappa = found["kappa"]
    assert kappa["value"] == pytest.approx(cohen_kappa_score(ours, theirs))
    assert kappa["low"] < kappa["value"] < kappa["high"]
    assert np.trace(np.array(found["confusion"])) == (ours == theirs).sum()
    assert found["perfect"]["value"] == pytest.approx(1 - found["error"]["value"])
    assert found["perfect"]["low"] < found["perfect"]["value"] < found["perfect"]["high"]


def test_doubtful_ones_are_counted_and_left_out_of_the_firm() -> None:
    doubtful = [True, False, False, False]
    found = compare_labels(make(["WAT"] * 4, ["NAT", "WAT", "WAT", "NAT"], doubtful), CLASSES)
    assert found is not None
    assert (found["doubtful"], found["firm"]["n"]) == (1, 3)
    assert found["firm"]["value"] == pytest.approx(2 / 3)


def test_no_better_than_chance_says_nothing_of_errors() -> None:
    found = compare_labels(make(["WAT", "NAT"], ["NAT", "WAT"]), CLASSES)
    assert found is not None
    assert found["error"] is None
    assert found["perfect"] is None


def test_parts_of_the_sources_are_told_where_there_are_enough() -> None:
    n = 60
    ids = [f"s{k}" for k in range(n)]
    opinions = pd.DataFrame(
        {
            "source_id": [*ids, "unread"],
            "catalogue": "other",
            "their_morphology": ["WAT"] * n + [""],
            "doubtful": False,
        }
    )
    labels = {one: "WAT" if k < 30 else "NAT" for k, one in enumerate(ids)} | {"unread": "WAT"}
    facts = pd.DataFrame({"source_id": ids, "opening_angle_deg": np.arange(n, dtype=float)})
    found = measure_opinions(opinions, labels, facts, CLASSES, accepted=ids[:10])["other"]
    assert (found["matched"], found["unread"]) == (61, 1)
    assert found["dataset"]["n"] == 10
    shares = [row["agreement"]["value"] for row in found["by_property"]]
    assert shares == [1.0, 0.5, 0.0]
    assert [row["low"] for row in found["by_property"]] == [0, 20, 40]
