from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from astropy.wcs import WCS

from bentjets.radio.measuring import measure_bending, place_tails
from drawn_tails import BEAM, CENTRE, SIDE, draw_blob, draw_v

SCALE_ARCSEC = 1.8


def sky(mirrored=False, turned_deg=0.0, dec_deg=70.0):
    wcs = WCS(naxis=2)
    wcs.wcs.ctype = ["RA---SIN", "DEC--SIN"]
    wcs.wcs.crval = [200.0, dec_deg]
    wcs.wcs.crpix = [SIDE // 2 + 1, SIDE // 2 + 1]
    step = SCALE_ARCSEC / 3600.0
    wcs.wcs.cdelt = [step if mirrored else -step, step]
    turn = math.radians(turned_deg)
    wcs.wcs.pc = [[math.cos(turn), -math.sin(turn)], [math.sin(turn), math.cos(turn)]]
    return wcs


def measure(image):
    mask = (image > 0.03).astype(np.uint8)
    return measure_bending(image, mask, CENTRE, rms=0.01, beam_px=BEAM)


def apart(one_deg, other_deg):
    return abs((one_deg - other_deg + 180.0) % 360.0 - 180.0)


def test_tails_of_a_drawn_source_lie_where_they_were_drawn():
    # In pixels towards +x, 37 deg up from it; with east to the left, x is the west.
    found = place_tails(measure(draw_v(90, towards_deg=37.0, core=2.0, length=20.0)), sky())

    assert found.apex_ra_deg == pytest.approx(200.0, abs=2e-3)
    assert found.apex_dec_deg == pytest.approx(70.0, abs=1e-3)
    assert found.tail_1_arcsec == pytest.approx(20 * SCALE_ARCSEC, abs=4 * SCALE_ARCSEC)
    assert 0.9 < found.tail_ratio <= 1.0
    assert apart(found.swept_position_angle_deg, 270.0 + 37.0) < 3
    ends = (found.tail_1_position_angle_deg, found.tail_2_position_angle_deg)
    assert {round(apart(end, found.swept_position_angle_deg)) for end in ends} <= {*range(40, 50)}


def test_the_angle_between_the_tails_on_the_sky_is_the_opening_angle():
    bending = measure(draw_v(70, core=2.0))
    found = place_tails(bending, sky())
    between = apart(found.tail_1_position_angle_deg, found.tail_2_position_angle_deg)
    assert between == pytest.approx(bending.opening_angle_deg, abs=0.05)


def test_the_longer_tail_is_the_first():
    image = np.maximum(draw_v(120, length=30.0), 0.0)
    # Cut one tail short: what lies beyond 12 pixels from the apex, on the side of low rows.
    rows, columns = np.mgrid[:SIDE, :SIDE] - 75
    image[(np.hypot(rows, columns) > 12) & (rows < 0)] = 0.0
    found = place_tails(measure(image), sky())
    assert found.tail_1_arcsec > 2 * found.tail_2_arcsec
    assert found.tail_ratio == pytest.approx(found.tail_2_arcsec / found.tail_1_arcsec)


@pytest.mark.parametrize(("mirrored", "turned_deg"), [(True, 0.0), (False, 90.0), (True, 33.0)])
def test_on_another_sky_the_same_pixels_point_elsewhere(mirrored, turned_deg):
    bending = measure(draw_v(90, towards_deg=37.0))
    plain, other = place_tails(bending, sky()), place_tails(bending, sky(mirrored, turned_deg))

    assert other.tail_1_arcsec == pytest.approx(plain.tail_1_arcsec, rel=1e-6)
    seen = -plain.swept_position_angle_deg if mirrored else plain.swept_position_angle_deg
    turned = -turned_deg if mirrored else turned_deg
    assert apart(other.swept_position_angle_deg, seen + turned) < 0.1


def test_where_there_are_no_two_tails_nothing_is_placed():
    found = place_tails(measure(draw_blob(1.3)), sky())
    assert all(math.isnan(value) for value in vars(found).values())


def test_tails_as_long_in_pixels_are_ordered_by_their_length_on_the_sky():
    seen = measure(draw_v(90, core=2.0))
    # Off the point of tangency, a pixel farther out covers more of the sky.
    ends = ((100.0, 100.0), (140.0, 140.0))
    for pair in (ends, ends[::-1]):
        found = place_tails(replace(seen, apex_px=(120.0, 120.0), ends_px=pair), sky())
        assert found.tail_1_arcsec > found.tail_2_arcsec
        assert 0.999 < found.tail_ratio < 1.0
