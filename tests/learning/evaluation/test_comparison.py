from __future__ import annotations

import pandas as pd
import pytest

from bentjets.errors import InputError
from bentjets.learning.evaluation import compare_pairs


def predictions(right: list[bool], ids: list[str] | None = None) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "source_id": ids or [f"s{i}" for i in range(len(right))],
            "label": "WAT",
            "predicted": ["WAT" if is_right else "NAT" for is_right in right],
        }
    )


def test_three_more_of_63_is_not_significant() -> None:
    table = compare_pairs(
        {"a": predictions([True] * 53 + [False] * 10), "b": predictions([True] * 56 + [False] * 7)}
    )
    row = table.iloc[0]
    assert (row["better"], row["worse"]) == ("b", "a")
    assert (row["only_better_right"], row["only_worse_right"]) == (3, 0)
    assert row["p_value"] == pytest.approx(2 * 0.5**3)


def test_equal_models_cannot_be_told_apart() -> None:
    table = compare_pairs({"a": predictions([True, False]), "b": predictions([True, False])})
    assert table["p_value"].tolist() == [1.0]


def test_twenty_to_nothing_is_significant() -> None:
    table = compare_pairs({"a": predictions([True] * 20), "b": predictions([False] * 20)})
    assert table["p_value"].item() == pytest.approx(2 * 0.5**20)


def test_one_model_has_no_rival() -> None:
    assert compare_pairs({"a": predictions([True])}).empty


def test_models_tested_on_different_images_are_not_compared() -> None:
    with pytest.raises(InputError, match="a and b were tested on different images"):
        compare_pairs({"a": predictions([True]), "b": predictions([True], ids=["other"])})
