from __future__ import annotations

from collections import Counter

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.model_selection import StratifiedKFold

from bentjets.errors import InputError
from bentjets.learning.data import (
    assign_batches,
    assign_shuffled,
    pack_batch,
    read_assignment,
)

CLASSES = {"WAT": "100", "NAT": "200"}


def make_batch(name: str, **codes: str) -> dict:
    images = np.zeros((len(codes), 4, 4), dtype=np.uint8)
    return pack_batch(images, list(codes.values()), list(codes), name)


TABLE_1 = [(39, 25)] * 5 + [(38, 26)] * 4 + [(38, 25)]


def make_sources(labels, groups=None) -> pd.DataFrame:
    """List sources, each in a group of its own where none are given."""
    ids = [f"S{number:04d}" for number in range(len(labels))]
    groups = range(len(labels)) if groups is None else groups
    return pd.DataFrame({"source_id": ids, "morphology": labels, "group": list(groups)})


def shuffle(sources, n_batches, seed=6):
    return assign_shuffled(sources, n_batches, classes=list(CLASSES), seed=seed)


def count_classes(labels, batches, n_batches) -> list[tuple[int, int]]:
    found = Counter(zip(batches.tolist(), labels, strict=True))
    return [(found[batch, "WAT"], found[batch, "NAT"]) for batch in range(n_batches)]


def parted(sources, batches) -> int:
    """Count the groups that stand in more than one batch."""
    return int((sources.assign(batch=batches).groupby("group")["batch"].nunique() > 1).sum())


def test_table_1_of_the_paper_comes_out() -> None:
    labels = ["WAT"] * 385 + ["NAT"] * 254
    assert count_classes(labels, assign_batches(labels, 10), 10) == TABLE_1


@given(st.integers(0, 2**32), st.booleans())
def test_table_1_comes_out_for_any_seed_and_any_order(seed, reverse) -> None:
    labels = ["WAT"] * 385 + ["NAT"] * 254
    labels = labels[::-1] if reverse else labels
    assert count_classes(labels, shuffle(make_sources(labels), 10, seed), 10) == TABLE_1


@given(st.integers(0, 2**32), st.data())
def test_table_1_comes_out_where_some_sources_stay_together(seed, data) -> None:
    labels = ["WAT"] * 385 + ["NAT"] * 254
    groups = np.arange(len(labels))
    for row in data.draw(st.lists(st.integers(0, 638), max_size=60)):
        groups[row] = groups[data.draw(st.integers(0, 638))]
    sources = make_sources(labels, groups)
    batches = shuffle(sources, 10, seed)
    assert parted(sources, batches) == 0
    assert count_classes(labels, batches, 10) == TABLE_1


@given(st.permutations(["WAT"] * 17 + ["NAT"] * 9), st.integers(2, 9), st.integers(0, 99))
def test_every_batch_has_its_share_of_each_class(labels, n_batches, seed) -> None:
    for batches in (
        assign_batches(labels, n_batches), shuffle(make_sources(labels), n_batches, seed),
    ):  # fmt: skip
        for name in CLASSES:
            counts = np.bincount(batches[np.array(labels) == name], minlength=n_batches)
            assert np.ptp(counts) <= 1


@given(st.integers(2, 40), st.integers(2, 40), st.integers(2, 10))
def test_counts_are_those_of_stratified_folds(n_wat, n_nat, n_batches) -> None:
    labels = ["WAT"] * max(n_wat, n_batches) + ["NAT"] * max(n_nat, n_batches)
    theirs = np.empty(len(labels), dtype=int)
    for batch, (_, members) in enumerate(StratifiedKFold(n_batches).split(labels, labels)):
        theirs[members] = batch
    ours = shuffle(make_sources(labels), n_batches)
    assert count_classes(labels, ours, n_batches) == count_classes(labels, theirs, n_batches)


@given(st.randoms(use_true_random=False), st.integers(0, 99))
def test_the_order_of_the_catalogue_does_not_matter(random, seed) -> None:
    sources = make_sources(["WAT"] * 20 + ["NAT"] * 12, [*range(26), *range(6)])
    batch_of = dict(zip(sources["source_id"], shuffle(sources, 4, seed), strict=True))
    rows = list(range(len(sources)))
    random.shuffle(rows)
    mixed = sources.iloc[rows].reset_index(drop=True)
    assert [batch_of[key] for key in mixed["source_id"]] == shuffle(mixed, 4, seed).tolist()


def test_the_seed_decides() -> None:
    sources = make_sources(["WAT"] * 60 + ["NAT"] * 40)
    first, again, other = (shuffle(sources, 10, seed) for seed in (1, 1, 2))
    assert first.tolist() == again.tolist()
    assert (first != other).mean() > 0.5


def test_a_catalogue_in_order_is_not_cut_into_strips() -> None:
    """Sasmal's table in its own order puts right ascension 260 to 359 into the test batch."""
    sources = make_sources(["WAT"] * 385 + ["NAT"] * 254)
    ra_deg = np.concatenate([np.linspace(0, 360, 385), np.linspace(0, 360, 254)])
    assert ra_deg[shuffle(sources, 10) == 9].min() < 60
    assert ra_deg[assign_batches(sources["morphology"].to_list(), 10) == 9].min() > 300


@given(
    st.lists(st.lists(st.sampled_from(list(CLASSES)), min_size=1, max_size=30), max_size=8),
    st.integers(2, 6),
)
def test_groups_stay_whole_however_large_and_every_source_has_a_batch(groups, n_batches) -> None:
    groups = [*groups, *([name] for name in CLASSES for _ in range(n_batches))]
    labels = [label for group in groups for label in group]
    numbers = [number for number, group in enumerate(groups) for _ in group]
    sources = make_sources(labels, numbers)
    batches = shuffle(sources, n_batches)
    assert parted(sources, batches) == 0
    assert set(batches.tolist()) <= set(range(n_batches))


def test_a_group_that_fits_nowhere_is_trained_on_and_the_others_are_spread() -> None:
    sources = make_sources(["WAT"] * 40 + ["NAT"] * 40, [0] * 30 + list(range(1, 51)))
    for seed in range(20):
        batches = shuffle(sources, 4, seed)
        assert batches[0] != 3
        wat = np.bincount(batches[30:40], minlength=4)
        assert wat[batches[0]] == 0
        assert sorted(wat)[1:] == [3, 3, 4]
        assert np.bincount(batches[40:], minlength=4).tolist() == [10] * 4


@pytest.mark.parametrize(
    "assign", [assign_batches, lambda labels, n: shuffle(make_sources(labels), n)]
)
class TestTooFew:
    def test_a_class_with_fewer_sources_than_batches(self, assign) -> None:
        advice = r"class NAT has 3 accepted sources, .* 5 batches of curation\.n_batches: .*to 3$"
        with pytest.raises(InputError, match=advice):
            assign(["WAT"] * 9 + ["NAT"] * 3, 5)

    def test_a_class_with_one_source_is_not_told_to_make_one_batch(self, assign) -> None:
        with pytest.raises(InputError, match="class WAT has 1 accepted source, ") as caught:
            assign(["WAT"] + ["NAT"] * 30, 10)
        assert "curation.n_batches" in str(caught.value)
        assert "leave the class out" in str(caught.value)
        assert "lower" not in str(caught.value)

    def test_no_sources(self, assign) -> None:
        with pytest.raises(InputError, match="no source is accepted"):
            assign([], 3)

    def test_one_batch(self, assign) -> None:
        with pytest.raises(InputError, match=r"curation\.n_batches is 1"):
            assign(["WAT"] * 3, 1)


class TestPublishedAssignment:
    def read(self, *values, n_batches=3):
        ids = [f"S{number}" for number in range(len(values))]
        return read_assignment(pd.Series(values, index=ids), n_batches, "batch").tolist()

    @pytest.mark.parametrize(
        "values",
        [
            (0, 1, 2, 1),
            (0.0, 1.0, 2.0, 1.0),
            ("0", "1.0", "2", " 1"),
            ("data_batch_0", "data_batch_1", "test_batch", "data_batch_1"),
        ],
    )
    def test_numbers_and_names_are_read(self, values) -> None:
        assert self.read(*values) == [0, 1, 2, 1]

    @pytest.mark.parametrize("missing", [np.nan, None, ""])
    def test_an_accepted_source_without_a_batch_is_an_error(self, missing) -> None:
        values = pd.Series(["0", missing, missing, "1", "2"], dtype=object)
        with pytest.raises(InputError, match=r"S1 is accepted and has no batch .*\(2 such"):
            self.read(*values)

    @pytest.mark.parametrize("value", ["3", "-1", "1.5", "data_batch_3", "validation"])
    def test_a_batch_that_is_not_known_is_named(self, value) -> None:
        with pytest.raises(InputError, match=f"S1 is accepted and has a batch .*'{value}'"):
            self.read("0", value, "2")

    def test_a_batch_without_a_source_is_named(self) -> None:
        with pytest.raises(InputError, match=r"has the batch 1 .*curation\.n_batches, now 3"):
            self.read(0, 2)
