from __future__ import annotations

import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from bentjets.radio.measuring import measure_bending
from drawn_tails import BEAM, CENTRE, SIDE, SIGMA, draw_blob, draw_v


def draw_noise(rng, rms):
    noise = ndimage.gaussian_filter(rng.normal(size=(SIDE, SIDE)), SIGMA)
    return noise * rms / noise.std()


def bending(image, rms=0.01, position=CENTRE):
    mask = (image > 3 * rms).astype(np.uint8)
    return measure_bending(image, mask, position, rms=rms, beam_px=BEAM)


@pytest.mark.parametrize("angle", [40, 60, 90, 120, 150, 175])
@pytest.mark.parametrize(("core", "ratio"), [(0.3, 1.0), (0.3, 0.3), (2.0, 1.0)])
def test_the_angle_of_straight_tails(angle, core, ratio):
    found = bending(draw_v(angle, core=core, ratio=ratio))
    assert found.reason == ""
    assert found.opening_angle_deg == pytest.approx(angle, abs=12 if core < 1 else 5)
    assert found.uncertainty_deg < 20


def test_the_uncertainty_is_that_of_the_measurements():
    rng = np.random.default_rng(5)
    pulls = []
    for angle in (60, 90, 120, 150):
        for core in (0.0, 0.3):
            for rms in (0.02, 0.06):
                apex = rng.normal(CENTRE, SIGMA)
                image = draw_v(angle, towards_deg=rng.uniform(0, 360), core=core, apex=apex)
                found = bending(image + draw_noise(rng, rms), rms)
                pulls.append((found.opening_angle_deg - angle) / found.uncertainty_deg)
    assert 0.5 < np.sqrt(np.mean(np.square(pulls))) < 1.3


def test_fainter_sources_are_less_certain():
    image = draw_v(100)
    mask = (image > 0.2).astype(np.uint8)
    errors = [
        measure_bending(image, mask, CENTRE, rms=rms, beam_px=BEAM).uncertainty_deg
        for rms in (0.0, 0.02, 0.06)
    ]
    assert errors[0] < errors[1] < errors[2]


@settings(max_examples=30)
@given(
    angle=st.floats(40, 180),
    towards=st.floats(0, 360),
    turns=st.integers(0, 3),
    mirrored=st.booleans(),
    brightness=st.floats(1e-6, 1e6),
    seed=st.integers(0, 2**32),
)
def test_the_angle_does_not_depend_on_how_one_looks(
    angle, towards, turns, mirrored, brightness, seed
):
    rms = 0.02
    noise = draw_noise(np.random.default_rng(seed), rms)
    image = draw_v(angle, towards_deg=towards) + noise
    other = np.rot90(image.T if mirrored else image, turns) * brightness

    one, two = bending(image, rms), bending(other, rms * brightness)

    assert one.reason == two.reason
    assert two.opening_angle_deg == pytest.approx(one.opening_angle_deg, abs=1e-6, nan_ok=True)
    assert two.uncertainty_deg == pytest.approx(one.uncertainty_deg, abs=1e-6, nan_ok=True)


def test_lobes_without_a_bridge_belong_together_and_far_islands_do_not():
    lobes = [draw_blob(1.8, (75 + east, 75 + north)) for east, north in ((14, 8), (-14, 8))]
    image = sum(lobes) + 0.5 * draw_blob(SIGMA)
    expected = 180 - 2 * np.degrees(np.arctan2(8, 14))
    assert bending(image).opening_angle_deg == pytest.approx(expected, abs=3)
    neighbour = draw_blob(3.0, (75, 115))
    assert bending(image + neighbour) == bending(image)


def test_blank_pixels_are_left_out():
    image = draw_v(90)
    mask = (image > 0.03).astype(np.uint8)
    blank = image.copy()
    blank[-20:] = np.nan
    mask[-20:] = 1
    found = measure_bending(blank, mask, CENTRE, rms=0.01, beam_px=BEAM)
    assert found.opening_angle_deg == pytest.approx(bending(image).opening_angle_deg)


@pytest.mark.parametrize(
    ("image", "position", "reason"),
    [
        (np.zeros((SIDE, SIDE)), CENTRE, "no island at the position"),
        (draw_v(90), (10.0, 10.0), "no island at the position"),
        (draw_v(90), (np.nan, np.nan), "no island at the position"),
        (draw_blob(SIGMA), CENTRE, "too small"),
        (draw_blob(9.0), CENTRE, "no two tails"),
        (draw_blob(SIGMA) + 0.5 * draw_blob(SIGMA, (84, 75)), CENTRE, "no two tails"),
    ],
)
def test_it_says_when_it_cannot_tell(image, position, reason):
    found = bending(image, position=position)
    assert found.reason == reason
    assert np.isnan([found.opening_angle_deg, found.uncertainty_deg]).all()


def draw_line(from_column, to_column):
    """One row of pixels through the centre, which is the brightest."""
    image = np.zeros((SIDE, SIDE))
    image[75, from_column : to_column + 1] = 0.5
    image[75, 75] = 1
    return image


@pytest.mark.parametrize(("reach", "reason"), [(13, "no two tails"), (14, "")])
def test_a_tail_needs_the_area_of_a_beam(reach, reason):
    """A beam has 10.2 px; farther than a beam from the host, a tail has 10 or 11."""
    assert bending(draw_line(75 - reach, 75 + reach)).reason == reason


def test_one_tail_makes_no_angle():
    assert bending(draw_line(75, 100)).reason == "no two tails"


def test_a_thousand_sources_take_seconds():
    image = draw_v(110)
    start = time.perf_counter()
    for _ in range(20):
        bending(image)
    assert time.perf_counter() - start < 20 * 5e-3
