from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bentjets.learning.evaluation import compare_pairs
from bentjets.learning.evaluation.comparison import correct_holm
from bentjets.tables.results import COMPARISON

CLASSES = ("WAT", "NAT")


@pytest.fixture
def rights(tidy):
    """Make predictions of a model that is right where told."""

    def make(model: str, right: list[bool], **run) -> pd.DataFrame:
        return tidy([0.9 if is_right else 0.1 for is_right in right], ["WAT"] * len(right),
                    model=model, **run)  # fmt: skip

    return make


def test_three_more_of_63_is_not_significant(rights) -> None:
    table = compare_pairs(
        pd.concat(
            [rights("a", [True] * 53 + [False] * 10), rights("b", [True] * 56 + [False] * 7)]
        ),
        CLASSES,
    )
    row = table.iloc[0]
    assert (row["protocol"], row["better"], row["worse"], row["n"]) == ("single", "b", "a", 63)
    assert (row["only_better_right"], row["only_worse_right"]) == (3, 0)
    assert row["p_value"] == row["p_corrected"] == pytest.approx(2 * 0.5**3)
    COMPARISON.validate(table)


def test_equal_models_cannot_be_told_apart(rights) -> None:
    table = compare_pairs(
        pd.concat([rights("a", [True, False]), rights("b", [True, False])]), CLASSES
    )
    assert table["p_value"].tolist() == [1.0]


def test_three_models_are_corrected_for_three_pairs(rights) -> None:
    parts = [rights("a", [True] * 20), rights("b", [False] * 20), rights("c", [True] * 20)]
    table = compare_pairs(pd.concat(parts), CLASSES)
    assert table["p_value"].tolist() == pytest.approx([2 * 0.5**20, 1, 2 * 0.5**20])
    assert table["p_corrected"].tolist() == pytest.approx([6 * 0.5**20, 1, 6 * 0.5**20])


def test_one_model_has_no_rival(rights) -> None:
    table = compare_pairs(rights("a", [True]), CLASSES)
    assert table.empty
    assert list(table) == list(COMPARISON.schema.columns)


def test_only_common_images_of_the_first_common_seed_count(rights) -> None:
    a = [rights("a", [True] * 3, seed=seed) for seed in (0, 1)]
    b = rights("b", [False, False], seed=1, sources=["S00000", "S00007"])
    c = rights("c", [True], seed=2)
    table = compare_pairs(pd.concat([*a, b, c]), CLASSES)
    assert table[["better", "worse", "n", "only_better_right"]].to_numpy().tolist() == [
        ["a", "b", 1, 1]
    ]


def test_protocols_are_compared_each_by_itself(rights) -> None:
    parts = [
        rights(model, right, protocol=protocol)
        for protocol, flip in (("cross_validation", False), ("single", True))
        for model, right in (("a", [not flip] * 9), ("b", [flip] * 9))
    ]
    table = compare_pairs(pd.concat(parts), CLASSES)
    assert table[["protocol", "better"]].to_numpy().tolist() == [
        ["cross_validation", "a"], ["single", "b"],
    ]  # fmt: skip
    assert table["p_corrected"].tolist() == table["p_value"].tolist()


def test_holm_by_hand() -> None:
    assert correct_holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])


@given(st.lists(st.floats(0, 1), max_size=8))
def test_holm_keeps_the_order_and_lowers_none(values) -> None:
    corrected = correct_holm(values)
    order = np.argsort(values, kind="stable")
    assert (np.diff(corrected[order]) >= 0).all()
    assert (corrected >= np.minimum(values, 1)).all()
    assert (corrected <= 1).all()
