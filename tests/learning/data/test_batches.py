import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from bentjets.errors import InputError
from bentjets.learning.data import (
    is_batch_name,
    name_batch,
    pack_batch,
    pack_meta,
    sort_batch_names,
    unpack_batches,
)

CLASSES = {"WAT": "100", "NAT": "200"}


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


def test_batches_are_named_as_the_published_ones() -> None:
    names = [name_batch(number, 10) for number in range(10)]
    assert names == [*(f"data_batch_{number}" for number in range(9)), "test_batch"]


@pytest.mark.parametrize(
    "name", ["data_batch_0", "data_batch_12", "data_batch_0.pkl", "test_batch", "batches.meta"]
)
def test_names_of_batches_are_known(name) -> None:
    assert is_batch_name(name)


@pytest.mark.parametrize(
    "name", ["", "README.txt", "my_test_batch", "data_batch", "test_batch/../../x", "test_batch\n"]
)
def test_names_that_only_look_like_those_of_batches_are_not(name) -> None:
    assert not is_batch_name(name)


def test_batches_come_in_the_order_of_their_numbers() -> None:
    names = ["data_batch_10", "test_batch", "batches.meta", "data_batch_2", "data_batch_0"]
    ordered = ["data_batch_0", "data_batch_2", "data_batch_10", "test_batch"]
    assert sort_batch_names(names) == ordered
