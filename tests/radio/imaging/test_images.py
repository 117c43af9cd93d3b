from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from bentjets.radio.imaging import apply_mask, flip_north_up, mask_to_8bit, scale_to_8bit

pictures = hnp.arrays(
    np.float32,
    hnp.array_shapes(min_dims=2, max_dims=2, min_side=2, max_side=12),
    elements=st.floats(-1e3, 1e3, width=32),
).filter(lambda data: data.min() < data.max())


@given(pictures)
def test_faintest_is_black_and_brightest_white(data: np.ndarray) -> None:
    scaled = scale_to_8bit(data)
    assert scaled.dtype == np.uint8
    assert scaled[data == data.min()].max() == 0
    assert scaled[data == data.max()].min() == 255


@given(pictures)
def test_order_of_brightness_is_kept(data: np.ndarray) -> None:
    order = np.argsort(data, axis=None)
    assert (np.diff(scale_to_8bit(data).ravel()[order].astype(int)) >= 0).all()


def test_equation_4_on_a_ramp() -> None:
    np.testing.assert_array_equal(scale_to_8bit(np.array([[-1.0, 0.0, 1.0]])), [[0, 128, 255]])


def test_blank_pixels_are_black_and_do_not_count() -> None:
    scaled = scale_to_8bit(np.array([[np.nan, 1.0], [3.0, 2.0]]))
    np.testing.assert_array_equal(scaled, [[0, 0], [255, 128]])


@pytest.mark.parametrize("data", [np.full((2, 2), np.nan), np.ones((2, 2))])
def test_nothing_to_scale(data: np.ndarray) -> None:
    with pytest.raises(ValueError, match="cannot be scaled"):
        scale_to_8bit(data)


def test_mask_keeps_the_inside_only() -> None:
    image = np.array([[10, 20], [30, 40]], dtype=np.uint8)
    mask = np.array([[1, 0], [0, 1]], dtype=np.uint8)
    np.testing.assert_array_equal(apply_mask(image, mask), [[10, 0], [0, 40]])
    np.testing.assert_array_equal(apply_mask(image, mask_to_8bit(mask)), [[10, 0], [0, 40]])
    np.testing.assert_array_equal(mask_to_8bit(mask), [[255, 0], [0, 255]])


def test_flip_is_its_own_inverse() -> None:
    image = np.arange(6, dtype=np.uint8).reshape(3, 2)
    assert flip_north_up(image)[0, 0] == 4
    np.testing.assert_array_equal(flip_north_up(flip_north_up(image)), image)
