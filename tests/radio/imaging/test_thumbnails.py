"""Small pictures: their stretch, and the outline of the mask."""

from __future__ import annotations

from io import BytesIO

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from PIL import Image

from bentjets.radio.imaging.thumbnails import outline_path, stretch_asinh, webp_bytes


def fill(path, shape):
    """Fill a path of M, h, v and z by the even-odd rule, at the middle of every pixel."""
    crossings = np.zeros(shape, int)
    for loop in path.split("z")[:-1]:
        start, *steps = loop.replace("h", " h").replace("v", " v")[1:].split(" ", 2)
        row = int(steps[0])
        column = int(start)
        for step in (steps[1] if len(steps) > 1 else "").split():
            length = int(step[1:])
            if step[0] == "h":
                column += length
                continue
            low, high = sorted((row, row + length))
            crossings[low:high, column:] += 1
            row += length
        low, high = sorted((row, int(steps[0])))
        if column == int(start):
            crossings[low:high, column:] += 1
    return crossings % 2


@given(arrays.arrays(np.uint8, (7, 9), elements=st.integers(0, 1)))
def test_the_outline_filled_is_the_mask(mask):
    np.testing.assert_array_equal(fill(outline_path(mask), mask.shape), mask)


def test_islands_and_holes_are_loops_with_corners_only():
    mask = np.zeros((5, 8), np.uint8)
    mask[1:4, 1:4] = 1
    mask[2, 2] = 0
    mask[1, 6] = 1
    assert outline_path(mask).count("M") == 3
    assert "M1 1h3v3h-3z" in outline_path(mask)
    assert outline_path(np.zeros((3, 3), np.uint8)) == ""


def test_the_stretch_goes_from_noise_to_peak_and_keeps_the_order(sky_image):
    picture = stretch_asinh(sky_image)
    assert picture.max() == 255 and picture.flat[sky_image.argmax()] == 255
    order = np.argsort(sky_image, axis=None)
    assert (np.diff(picture.flat[order].astype(int)) >= 0).all()
    assert 20 < np.median(picture) < 120


@pytest.mark.parametrize("value", [np.nan, 0.0])
def test_an_image_without_light_is_black(value):
    assert not stretch_asinh(np.full((4, 5), value)).any()


def test_blank_pixels_are_black_and_change_no_other(sky_image):
    blank = sky_image.copy()
    blank[:2] = np.nan
    assert not stretch_asinh(blank)[:2].any()


def test_the_file_is_small_and_shows_the_picture(sky_image):
    picture = stretch_asinh(sky_image)
    content = webp_bytes(picture)
    # Noise without a beam is the worst there is to compress.
    assert len(content) < 6000
    with Image.open(BytesIO(content)) as image:
        shown = np.asarray(image.convert("L"), int)
    assert shown.shape == picture.shape
    assert np.abs(shown - picture).mean() < 15
