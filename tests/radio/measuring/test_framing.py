from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bentjets.radio.measuring import FRAME_SIDE, frame_source

BEAM_PX = 3.0
CENTRE = (74.5, 74.5)


def draw(*spots, side=150):
    """Round spots (column, row, brightness) of five pixels' radius, and their mask."""
    rows, columns = np.indices((side, side))
    image = sum(
        peak * np.exp(-((columns - x) ** 2 + (rows - y) ** 2) / 18.0) for x, y, peak in spots
    )
    return image, (image > 0.05).astype(np.uint8)


def frame(image, mask, position=CENTRE):
    return frame_source(image, mask, position, beam_px=BEAM_PX)


def test_it_is_as_large_as_the_source_and_shows_the_root_of_its_light():
    small = frame(*draw((70, 74, 1.0), (80, 74, 0.25)))
    large = frame(*draw((45, 74, 1.0), (105, 74, 0.25)))
    assert large.half_side_px > 1.5 * small.half_side_px
    for found in (small, large):
        assert found.image.shape == (FRAME_SIDE, FRAME_SIDE)
        assert found.image.dtype == np.float32
        assert found.image.max() == pytest.approx(1.0)
        assert 0.02 < (found.image > 0).mean() < 0.5
    right = large.image[:, FRAME_SIDE // 2 :]
    assert right.max() == pytest.approx(0.5, abs=0.05)


@pytest.mark.parametrize("turns", [1, 2, 3])
def test_turning_or_mirroring_the_image_turns_or_mirrors_the_frame(turns):
    image, mask = draw((66, 74, 1.0), (82, 79, 0.6), (90, 90, 0.3))
    plain = frame(image, mask)
    turned = frame(np.rot90(image, turns), np.rot90(mask, turns))
    mirrored = frame(image[:, ::-1], mask[:, ::-1])
    np.testing.assert_allclose(turned.image, np.rot90(plain.image, turns), atol=1e-5)
    np.testing.assert_allclose(mirrored.image, plain.image[:, ::-1], atol=1e-5)


def test_a_lobe_on_the_other_side_belongs_to_it_and_a_neighbour_on_the_same_does_not():
    lobe, opposite, neighbour = (56, 74, 1.0), (106, 74, 1.0), (10, 74, 1.0)
    alone = frame(*draw(lobe))
    both = frame(*draw(lobe, opposite))
    assert both.half_side_px > 2 * alone.half_side_px
    assert frame(*draw(lobe, neighbour)).half_side_px == pytest.approx(alone.half_side_px)
    # A source that has light at its position lacks nothing.
    whole = frame(*draw((74, 74, 1.0)))
    assert frame(*draw((74, 74, 1.0), opposite)).half_side_px == whole.half_side_px


@given(st.lists(st.tuples(st.floats(0, 149), st.floats(0, 149)), min_size=1, max_size=5))
def test_places_and_pixels_are_the_same_points(points):
    found = frame(*draw((70, 74, 1.0)))
    pixels = np.array(points)
    np.testing.assert_allclose(found.pixels(found.place(pixels)), pixels, atol=1e-9)


def test_where_there_is_no_light_there_is_no_frame():
    image, mask = draw((74, 74, 1.0))
    assert frame(image, np.zeros_like(mask)) is None
    assert frame(np.full_like(image, np.nan), mask) is None
    assert frame(-image, mask) is None
    few = np.zeros_like(mask)
    few[74, 70:76] = 1
    assert frame(image, few) is None
