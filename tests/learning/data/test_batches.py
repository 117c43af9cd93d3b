from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from bentjets.errors import InputError
from bentjets.learning.data import assign_batches, pack_batch, pack_meta, unpack_batches

CLASSES = {"WAT": "100", "NAT": "200"}


def test_table_1_of_the_paper_comes_out():
    labels = ["WAT"] * 385 + ["NAT"] * 254
    batches = assign_batches(labels, 10)
    counts = [Counter(np.array(labels)[batches == i].tolist()) for i in range(10)]
    expected = [(39, 25)] * 5 + [(38, 26)] * 4 + [(38, 25)]
    assert [(count["WAT"], count["NAT"]) for count in counts] == expected


@given(st.permutations(["WAT"] * 17 + ["NAT"] * 9), st.integers(2, 9))
def test_every_batch_has_its_share_of_each_class(labels, n_batches):
    batches = assign_batches(labels, n_batches)
    for name in CLASSES:
        counts = np.bincount(batches[np.array(labels) == name], minlength=n_batches)
        assert np.ptp(counts) <= 1


def test_too_small_a_class_is_named():
    with pytest.raises(InputError, match=r"class NAT has 3 sources for 5 batches"):
        assign_batches(["WAT"] * 9 + ["NAT"] * 3, 5)


@pytest.mark.parametrize(("labels", "n"), [([], 3), (["WAT"] * 3, 1)])
def test_no_sources_or_one_batch(labels, n):
    with pytest.raises(InputError):
        assign_batches(labels, n)


@given(
    hnp.arrays(np.uint8, st.tuples(st.integers(1, 6), st.just(5), st.just(5))),
    st.data(),
)
def test_packed_images_come_back(images, data):
    n = len(images)
    codes = data.draw(st.lists(st.sampled_from(["100", "200"]), min_size=n, max_size=n))
    names = [f"J{i}" for i in range(n)]
    cut = data.draw(st.integers(0, n))
    packed = [
        pack_batch(images[part], codes[part], names[part], "b")
        for part in (slice(0, cut), slice(cut, n))
    ]
    unpacked = unpack_batches(packed, CLASSES)
    np.testing.assert_array_equal(unpacked.images, images)
    assert [list(CLASSES.values())[label] for label in unpacked.labels] == codes
    assert unpacked.source_ids == tuple(names)
    assert unpacked.classes == ("WAT", "NAT")


def test_published_form():
    batch = pack_batch(np.zeros((2, 150, 150), np.uint8), ["100", "200"], ["a", "b"], "training")
    assert batch["data"].shape == (2, 22500)
    assert batch["labels"] == ["100", "200"]
    meta = pack_meta(CLASSES)
    assert meta["labels"] == ["WAT", "NAT"]
    assert meta["num_vis"] == 22500


def test_images_of_a_single_batch_are_not_copied():
    batch = pack_batch(np.zeros((2, 5, 5), np.uint8), ["100", "200"], ["a", "b"], "training")
    assert np.shares_memory(unpack_batches([batch], CLASSES).images, batch["data"])


def test_small_sources_are_left_out_and_other_spellings_read():
    images = np.arange(3 * 4, dtype=np.uint8).reshape(3, 4)
    batch = {"data": images, "fine_labels": [b"200", b"101", b"100"]}
    unpacked = unpack_batches([batch], CLASSES)
    assert unpacked.labels.tolist() == [1, 0]
    np.testing.assert_array_equal(unpacked.images.reshape(2, 4), images[[0, 2]])
    assert len(set(unpacked.source_ids)) == 2


@pytest.mark.parametrize(
    "batch",
    [
        {"labels": ["100"]},
        {"data": np.zeros((1, 4), np.uint8)},
        {"data": np.zeros((1, 5), np.uint8), "labels": ["100"]},
        {"data": np.zeros((1, 4)), "labels": ["100"]},
        {"data": np.zeros((1, 4), np.uint8), "labels": ["100", "200"]},
        {"data": np.zeros((1, 4), np.uint8), "labels": ["101"]},
    ],
)
def test_unusable_batches(batch):
    with pytest.raises(InputError):
        unpack_batches([batch], CLASSES)


def test_unequal_lengths_are_not_packed():
    with pytest.raises(InputError, match="do not match"):
        pack_batch(np.zeros((2, 4, 4), np.uint8), ["100"], ["a", "b"], "training")
