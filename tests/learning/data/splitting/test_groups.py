from __future__ import annotations

import logging

import networkx
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bentjets.errors import InputError
from bentjets.learning.data import find_groups, find_leaks, judge_leaks, link_equal

IDS = [f"S{number}" for number in range(8)]


def relate(*pairs: tuple[str, str], kind: str = "overlap") -> pd.DataFrame:
    table = pd.DataFrame(pairs, columns=["source_id", "other_id"], dtype=str)
    return table.assign(kind=kind, detail="both WAT")


def make_splits(*batches: int) -> pd.DataFrame:
    return pd.DataFrame({"source_id": IDS[: len(batches)], "batch": batches})


def test_sources_of_one_value_are_paired_with_the_first() -> None:
    values = ["A", "B", "A", "", None, float("nan"), "A", ""]
    pairs = link_equal(IDS, values, "same group")
    assert pairs.to_dict("list") == {
        "kind": ["same group"] * 2,
        "source_id": ["S0", "S0"],
        "other_id": ["S2", "S6"],
        "detail": ["A", "A"],
    }


def test_numbers_are_values_too() -> None:
    assert len(link_equal(IDS[:3], [1.0, 2.0, 1.0], "same group")) == 1


@given(st.lists(st.tuples(st.sampled_from(IDS), st.sampled_from(IDS)), max_size=10))
def test_groups_are_connected_components_numbered_as_they_come(pairs) -> None:
    groups = find_groups(IDS, relate(*pairs))
    graph = networkx.Graph(pairs)
    graph.add_nodes_from(IDS)
    components = {frozenset(some) for some in networkx.connected_components(graph)}
    table = pd.Series(IDS).groupby(groups)
    assert {frozenset(some) for _, some in table} == components
    first = table.min().tolist()
    assert first == sorted(first)


def test_related_sources_in_one_batch_are_no_leak() -> None:
    assert find_leaks(make_splits(0, 0, 1), relate(("S0", "S1"))).empty


def test_leaks_name_the_earlier_batch_first_and_those_of_the_test_before_others() -> None:
    splits = make_splits(0, 1, 2, 2, 0)
    leaks = find_leaks(splits, relate(("S1", "S0"), ("S2", "S3"), ("S2", "S4"), ("S1", "S3")))
    assert list(leaks) == ["kind", "source_id", "other_id", "batch", "other_batch", "detail"]
    assert leaks[["source_id", "other_id", "batch", "other_batch"]].to_numpy().tolist() == [
        ["S1", "S3", 1, 2], ["S4", "S2", 0, 2], ["S0", "S1", 0, 1],
    ]  # fmt: skip


@given(
    st.lists(st.sampled_from("ABC"), min_size=8, max_size=8),
    st.lists(st.integers(0, 2), min_size=8, max_size=8),
)
def test_a_value_on_two_sides_is_always_found(values, batches) -> None:
    leaks = find_leaks(make_splits(*batches), link_equal(IDS, values, "same name"))
    table = pd.DataFrame({"value": values, "batch": batches})
    torn = table.groupby("value")["batch"].nunique() > 1
    assert set(leaks["detail"]) == set(torn.index[torn])


def test_a_warning_counts_the_leaks(caplog) -> None:
    leaks = find_leaks(make_splits(0, 1, 2), relate(("S0", "S1"), ("S0", "S2")))
    with caplog.at_level(logging.WARNING):
        judge_leaks(leaks, 3, fail_on_leak=False)
    assert "2 pairs of sources" in caplog.text
    assert "1 of them in training and test" in caplog.text


def test_without_a_leak_nothing_is_said(caplog) -> None:
    judge_leaks(find_leaks(make_splits(0, 1), relate()), 2, fail_on_leak=True)
    assert not caplog.text


def test_a_leak_into_the_test_ends_the_run_where_it_shall() -> None:
    leaks = find_leaks(make_splits(0, 1, 2), relate(("S0", "S1"), ("S2", "S0")))
    complaint = "S0 in data_batch_0 and S2 in the test batch are not independent: overlap, both WAT"
    with pytest.raises(InputError, match=complaint):
        judge_leaks(leaks, 3, fail_on_leak=True)


def test_a_leak_among_training_batches_does_not_end_the_run() -> None:
    judge_leaks(find_leaks(make_splits(0, 1, 2), relate(("S0", "S1"))), 3, fail_on_leak=True)
