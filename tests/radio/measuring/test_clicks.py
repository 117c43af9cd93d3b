"""Three clicks measure an angle and two lengths on the sky, wherever it is."""

from __future__ import annotations

import numpy as np
import pytest
from astropy.io import fits
from astropy.wcs import WCS
from hypothesis import given
from hypothesis import strategies as st

from bentjets.errors import InputError
from bentjets.radio.measuring import measure_clicks

SCALE_ARCSEC = 1.8
CORE = (74.5, 74.5)


def sky(ra: float = 150.0, dec: float = 20.0, turn_deg: float = 0.0, kind: str = "TAN") -> WCS:
    turn = np.radians(turn_deg)
    step = SCALE_ARCSEC / 3600.0
    return WCS(
        fits.Header(
            {
                **{"CTYPE1": f"RA---{kind}", "CTYPE2": f"DEC--{kind}"},
                **{"CRVAL1": ra, "CRVAL2": dec, "CRPIX1": 75.5, "CRPIX2": 75.5},
                **{"CD1_1": -step * np.cos(turn), "CD1_2": step * np.sin(turn)},
                **{"CD2_1": step * np.sin(turn), "CD2_2": step * np.cos(turn)},
            }
        )
    )


def at(angle_deg: float, length_px: float) -> tuple[float, float]:
    angle = np.radians(angle_deg)
    return CORE[0] + length_px * np.cos(angle), CORE[1] + length_px * np.sin(angle)


def test_a_right_angle_with_tails_of_18_and_36_arcsec() -> None:
    measured = measure_clicks([at(0, 10), CORE, at(90, 20)], sky())
    assert measured.opening_angle_deg == pytest.approx(90.0, abs=1e-4)
    assert measured.tails_arcsec == pytest.approx((18.0, 36.0), rel=1e-6)


def test_the_angle_is_that_of_the_sky_and_not_of_the_pixels() -> None:
    """Pixels twice as high as wide: 45 deg in the image are 63.4 deg on the sky."""
    wcs = sky()
    wcs.wcs.cd = wcs.wcs.cd @ np.diag([1.0, 2.0])
    measured = measure_clicks([at(0, 10), CORE, at(45, 10)], wcs)
    assert measured.opening_angle_deg == pytest.approx(np.degrees(np.arctan(2.0)), abs=1e-3)


@given(
    first=st.floats(0, 360),
    opening=st.floats(0, 180),
    lengths=st.tuples(st.floats(3, 70), st.floats(3, 70)),
    pointing=st.tuples(st.floats(0, 360), st.floats(-89, 89), st.floats(0, 360)),
)
def test_a_rotation_of_the_sky_changes_nothing(first, opening, lengths, pointing) -> None:
    clicks = [at(first, lengths[0]), CORE, at(first + opening, lengths[1])]
    here, there = measure_clicks(clicks, sky()), measure_clicks(clicks, sky(*pointing))
    assert there.opening_angle_deg == pytest.approx(here.opening_angle_deg, abs=1e-4)
    assert there.tails_arcsec == pytest.approx(here.tails_arcsec, rel=1e-6)
    assert here.opening_angle_deg == pytest.approx(opening, abs=0.01)


def test_the_ends_may_be_clicked_in_either_order() -> None:
    one, other = at(200, 12), at(330, 30)
    there = measure_clicks([one, CORE, other], sky(dec=70.0))
    back = measure_clicks([other, CORE, one], sky(dec=70.0))
    assert back.opening_angle_deg == pytest.approx(there.opening_angle_deg)
    assert back.tails_arcsec == there.tails_arcsec[::-1]


@pytest.mark.parametrize(
    ("clicks", "complaint"),
    [
        ([CORE, at(0, 10)], "three points"),
        ([at(0, 10), CORE, (np.nan, 3.0)], "three points"),
        ([CORE, CORE, at(0, 10)], "on the core"),
        ([(1e9, 1e9), CORE, at(0, 10)], "not lie on the sky"),
    ],
)
def test_clicks_that_measure_nothing_are_refused(clicks, complaint) -> None:
    with pytest.raises(InputError, match=complaint):
        measure_clicks(clicks, sky(kind="SIN"))
