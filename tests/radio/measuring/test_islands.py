from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from bentjets.radio.measuring.islands import (
    islands_near,
    label_islands,
    largest_extent_px,
    nearest_island,
)

ISLANDS = hnp.arrays(bool, st.tuples(st.integers(1, 9), st.integers(1, 9)))


def test_nearest_island_is_chosen_by_its_nearest_pixel() -> None:
    mask = np.zeros((20, 30), dtype=np.uint8)
    mask[2:4, 0:25] = 1  # a long one, whose end is near
    bar = mask == 1
    mask[15, 12] = 1
    island, offset_px = nearest_island(label_islands(mask), (24.0, 6.0))
    np.testing.assert_array_equal(island, bar)
    assert offset_px == 3.0
    island, offset_px = nearest_island(label_islands(mask), (12.0, 16.5))
    assert (np.argwhere(island).tolist(), offset_px) == ([[15, 12]], 1.5)


def test_islands_that_touch_at_corners_are_one() -> None:
    island, _ = nearest_island(label_islands(np.eye(6, dtype=np.uint8)), (0.0, 0.0))
    np.testing.assert_array_equal(island, np.eye(6, dtype=bool))


@pytest.mark.parametrize(
    ("shape", "extent"),
    [
        (np.ones((1, 1), bool), 1.0),
        (np.ones((1, 7), bool), 7.0),
        (np.eye(5, dtype=bool), np.hypot(4, 4) + 1),
        (np.ones((4, 5), bool), np.hypot(3, 4) + 1),
        (np.array([[1, 0, 0], [1, 0, 0], [1, 1, 1]], bool), np.hypot(2, 2) + 1),
    ],
)
def test_extent_of_known_shapes(shape, extent) -> None:
    assert largest_extent_px(shape) == pytest.approx(extent)


@given(ISLANDS, st.integers(0, 5), st.integers(0, 5))
def test_extent_depends_on_the_shape_alone(island, down, right) -> None:
    extent = largest_extent_px(island)
    moved = np.pad(island, ((down, 2), (right, 1)))
    for same in (island.T, island[::-1], island[:, ::-1], moved):
        assert largest_extent_px(same) == pytest.approx(extent)


@given(ISLANDS)
def test_extent_is_the_farthest_pair_of_pixels(island) -> None:
    points = np.argwhere(island)
    pairs = np.hypot(*(points[:, None] - points[None]).transpose(2, 0, 1))
    assert largest_extent_px(island) == pytest.approx(pairs.max(initial=0.0) + 1)


def test_a_large_island_is_measured_in_little_memory() -> None:
    """All pairs of its pixels would take 400 MB."""
    tracemalloc.start()
    extent = largest_extent_px(np.ones((100, 100), dtype=bool))
    peak_bytes = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert extent == pytest.approx(np.hypot(99, 99) + 1)
    assert peak_bytes < 50e6


def test_islands_near_are_those_that_begin_within_reach() -> None:
    mask = np.zeros((20, 30), dtype=np.uint8)
    mask[10, 3:9] = 1
    mask[10, 14:29] = 1
    mask[2, 20] = 1
    near = islands_near(label_islands(mask), (9.0, 10.0), 5.0)
    np.testing.assert_array_equal(near, (mask == 1) & (np.arange(20) == 10)[:, None])
    assert islands_near(label_islands(mask), (9.0, 10.0), 4.9).sum() == 6
    assert not islands_near(label_islands(mask), (9.0, 0.0), 1.0).any()


def test_without_islands_none_is_nearest() -> None:
    island, offset_px = nearest_island(label_islands(np.zeros((4, 5), np.uint8)), (1.0, 1.0))
    assert not island.any()
    assert np.isnan(offset_px)
