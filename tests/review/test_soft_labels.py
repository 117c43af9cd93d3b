"""Labels as probabilities: what each opinion counts."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bentjets.review import share_opinions

CLASSES = ["WAT", "NAT"]


def say(*rows) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["source_id", "their_morphology", "doubtful"])


def vote(*rows) -> pd.DataFrame:
    facts = {"round": 1, "showing": 1, "verdict": "accept"}
    return pd.DataFrame(rows, columns=["source_id", "expert", "morphology"]).assign(**facts)


def shares(table: pd.DataFrame, source_id: str) -> tuple[float, ...]:
    mine = table[table["source_id"] == source_id].set_index("morphology")["share"]
    return tuple(mine[CLASSES])


@pytest.mark.parametrize(
    ("theirs", "expected", "opinions"),
    [
        ([], (1, 0), 1),
        ([("a", "WAT", False)], (1, 0), 2),
        ([("a", "NAT", False)], (0.5, 0.5), 2),
        ([("a", "NAT", True)], (2 / 3, 1 / 3), 2),
        ([("a", "", False), ("a", "double", False), ("b", "NAT", False)], (1, 0), 1),
    ],
)
def test_other_catalogues_are_opinions_and_doubtful_ones_count_half(theirs, expected, opinions):
    table = share_opinions({"a": "WAT"}, CLASSES, second_opinions=say(*theirs))
    assert shares(table, "a") == pytest.approx(expected)
    assert set(table["opinions"]) == {opinions}
    assert len(table) == 2


def test_each_expert_is_one_opinion_by_the_class_last_seen():
    votes = vote(("a", "x", "WAT"), ("a", "x", "NAT"), ("a", "y", ""), ("b", "y", "NAT"))
    table = share_opinions({"a": "WAT", "b": "NAT"}, CLASSES, votes=votes)
    assert shares(table, "a") == (0.5, 0.5)
    assert shares(table, "b") == (0, 1)
    taken_back = votes.assign(verdict=["accept", "withdrawn", "accept", "accept"])
    assert shares(share_opinions({"a": "WAT"}, CLASSES, votes=taken_back), "a") == (1, 0)


@given(
    st.dictionaries(st.sampled_from("abcdef"), st.sampled_from(CLASSES), min_size=1),
    st.lists(
        st.tuples(st.sampled_from("abcdefgh"), st.sampled_from([*CLASSES, ""]), st.booleans())
    ),
)
def test_shares_sum_to_one_and_every_source_has_one_row_for_each_class(labels, theirs):
    table = share_opinions(labels, CLASSES, second_opinions=say(*theirs))
    assert list(table["source_id"].unique()) == list(labels)
    assert table.groupby("source_id")["share"].sum().tolist() == pytest.approx([1] * len(labels))
    assert table["opinions"].min() >= 1
