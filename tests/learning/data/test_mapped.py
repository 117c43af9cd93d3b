"""Images in a file: the same as in memory, and no more of them in memory than are looked at."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

from bentjets.errors import InputError
from bentjets.learning.data import stack_images
from bentjets.learning.training.record import hash_images


@pytest.fixture
def images() -> list[np.ndarray]:
    return list(np.random.default_rng(1).random((300, 1, 8, 8)).astype(np.float32))


def stack(images, folder=None):
    ids = [f"S{number}" for number in range(len(images))]
    labels = [number % 2 for number in range(len(images))]
    return stack_images(iter(images), labels, ids, ["A", "B"], size_px=8, folder=folder)


def test_a_stack_in_a_file_is_the_stack_in_memory(images, tmp_path) -> None:
    here, there = stack(images), stack(images, tmp_path)
    assert list(tmp_path.iterdir()) == []  # the file has no name, and goes with the stack
    some = ["S7", "S299", "S0"]
    for one, other in ((here, there), (here.find(some), there.find(some))):
        assert other.images.shape == one.images.shape
        np.testing.assert_array_equal(other.read(slice(None)), one.read(slice(None)))
        assert hash_images(other) == hash_images(one)
        assert other.measure_scale() == pytest.approx(one.measure_scale(), rel=1e-5)
    rows = np.array([2, 0])
    np.testing.assert_array_equal(there.find(some).read(rows), here.find(some).read(rows))


def test_choosing_images_copies_none(images, tmp_path) -> None:
    there = stack(images, tmp_path)
    chosen = there.find(["S7", "S299"])
    assert chosen.images._array is there.images._array


def test_another_process_gets_the_images(images, tmp_path) -> None:
    chosen = stack(images, tmp_path).find(["S5", "S3"])
    again = pickle.loads(pickle.dumps(chosen))
    np.testing.assert_array_equal(again.read(slice(None)), np.stack([images[5], images[3]]))


def test_images_of_other_shapes_are_refused(images, tmp_path) -> None:
    odd = [*images[:3], np.zeros((3, 8, 8), np.float32)]
    with pytest.raises(InputError, match="different numbers of channels"):
        stack(odd, tmp_path)
