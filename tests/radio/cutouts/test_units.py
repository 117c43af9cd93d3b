from __future__ import annotations

import pytest
from astropy.io import fits

from bentjets.errors import InputError
from bentjets.radio.cutouts.units import jy_per_beam


@pytest.mark.parametrize(
    ("unit", "factor"),
    [
        ("", 1.0),
        ("JY/BEAM", 1.0),
        ("Jy/beam", 1.0),
        ("jy/beam", 1.0),
        ("JY/beam ", 1.0),
        ("JY BEAM-1", 1.0),
        ("Jy beam^-1", 1.0),
        ("JY.BEAM**-1", 1.0),
        ("JY*BEAM^(-1)", 1.0),
        ("mJy/beam", 1e-3),
        ("mJy beam-1", 1e-3),
        ("MJY/BEAM", 1e-3),
        ("MJY BEAM-1", 1e-3),
        ("mjy/beam", 1e-3),
        ("UJY/BEAM", 1e-6),
        ("uJy beam-1", 1e-6),
        # What distinguishes cases means them.
        ("MJy/beam", 1e6),
    ],
)
def test_what_one_unit_is_in_jy_per_beam(unit: str, factor: float) -> None:
    assert jy_per_beam(fits.Header({"BUNIT": unit}), "J1.fits") == pytest.approx(factor)


def test_without_a_unit_it_is_jy_per_beam() -> None:
    assert jy_per_beam(fits.Header(), "J1.fits") == 1.0


@pytest.mark.parametrize("unit", ["K", "MJy/sr", "counts", "JY", "JY/PIXEL", "JY BEAM", "Mjy/BEAM"])
def test_other_units_are_refused(unit: str) -> None:
    with pytest.raises(InputError, match=f"J1.fits has pixels in '{unit}'"):
        jy_per_beam(fits.Header({"BUNIT": unit}), "J1.fits")
