"""Labels that are most likely wrong: found by predictions that never saw them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from bentjets.learning.evaluation import rank_doubts
from bentjets.tables.results import LABEL_DOUBTS

CLASSES = ["WAT", "NAT"]


def make(labels, wat, *, model="net", kind="network", protocol="cross_validation"):
    table = pd.DataFrame({"label": labels, "probability_WAT": wat})
    table["source_id"] = [f"s{n}" for n in range(len(table))]
    facts = {"model": model, "kind": kind, "protocol": protocol, "fold": 0, "seed": 0}
    return table.assign(**facts, probability_NAT=1 - table["probability_WAT"])


def test_labels_that_were_flipped_come_first() -> None:
    rng = np.random.default_rng(0)
    true = rng.choice(CLASSES, 300)
    wat = np.clip(np.where(true == "WAT", 0.8, 0.2) + rng.normal(0, 0.1, 300), 0, 1)
    flipped = rng.uniform(size=300) < 0.1
    labels = np.where(flipped ^ (true == "WAT"), "WAT", "NAT")
    doubts = LABEL_DOUBTS.validate(rank_doubts(make(labels, wat), CLASSES))
    first = [int(name[1:]) for name in doubts["source_id"].head(flipped.sum())]
    assert flipped[first].mean() > 0.95
    assert doubts["suspicion"].tolist() == list(range(1, 301))
    called = [int(name[1:]) for name in doubts.loc[doubts["is_error"], "source_id"]]
    assert set(called) <= set(np.flatnonzero(flipped))
    assert len(called) > 0.5 * flipped.sum()


def test_a_class_that_is_always_given_less_confidently_is_not_suspected_as_a_whole() -> None:
    labels = ["WAT"] * 4 + ["NAT"] * 4
    wat = [0.9, 0.95, 0.85, 0.3, 0.55, 0.6, 0.5, 0.58]
    doubts = rank_doubts(make(labels, wat), CLASSES)
    assert doubts["source_id"][0] == "s3"
    assert doubts.loc[doubts["is_error"], "source_id"].tolist() == ["s3"]
    row = doubts.iloc[0]
    assert (row["label"], row["suggested"]) == ("WAT", "NAT")
    assert (row["label_probability"], row["suggested_probability"]) == (0.3, pytest.approx(0.7))


def test_models_count_once_however_many_seeds_and_rules_on_one_number_do_not() -> None:
    labels = ["WAT", "NAT"]
    parts = [
        *(make(labels, [0.9, 0.1]).assign(seed=seed) for seed in (0, 1, 2)),
        make(labels, [0.3, 0.7], model="shape, logistic", kind="baseline"),
        make(labels, [0.0, 1.0], model="opening angle", kind="baseline"),
        make(labels, [0.0, 1.0], model="majority class", kind="baseline"),
        make(labels, [0.0, 1.0], model="both", kind="ensemble"),
        make(labels[:1], [0.0], protocol="paper"),
    ]
    doubts = rank_doubts(pd.concat(parts, ignore_index=True), CLASSES).set_index("source_id")
    assert doubts["label_probability"].to_dict() == {"s0": 0.6, "s1": pytest.approx(0.6)}


def test_where_nothing_was_tested_there_are_no_doubts() -> None:
    table = make(["WAT"], [0.5], kind="baseline", model="majority class")
    assert LABEL_DOUBTS.validate(rank_doubts(table, CLASSES)).empty
    assert rank_doubts(make(["WAT", "WAT"], [0.5, 0.9]), CLASSES).empty
