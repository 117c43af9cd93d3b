from __future__ import annotations

import pytest

from bentjets.errors import InputError
from bentjets.radio.surveys.beams import beam_at, read_beams

FIRST = [
    {"from_dec_deg": -2.5069, "beam": [6.4, 5.4, 0]},
    {"from_dec_deg": 4.5558, "beam": [5.4, 5.4, 0]},
    {"from_dec_deg": -40, "beam": [6.8, 5.4, 0]},
]


def test_one_beam_holds_everywhere() -> None:
    beams = read_beams([45, 45, 0], "nvss")
    assert {beam_at(beams, dec, "nvss") for dec in (-90.0, 0.0, 90.0)} == {(45.0, 45.0, 0.0)}


@pytest.mark.parametrize(
    ("dec_deg", "major"), [(60, 5.4), (4.5558, 5.4), (4.5, 6.4), (-2.5, 6.4), (-2.6, 6.8)]
)
def test_the_zone_decides(dec_deg: float, major: float) -> None:
    assert beam_at(read_beams(FIRST, "first"), dec_deg, "first") == (major, 5.4, 0.0)


def test_south_of_every_zone_there_is_none() -> None:
    with pytest.raises(InputError, match=r"survey first states no beam at Dec -41\.000 deg"):
        beam_at(read_beams(FIRST, "first"), -41, "first")


def test_without_beams_there_is_none() -> None:
    assert beam_at(None, 0.0, "mine") is None


@pytest.mark.parametrize(
    "given",
    [[5.4, 5.4], [5.4, 5.4, "north"], [5.4, 6.0, 0], [0, 0, 0], [], 5.4, [{"beam": [1, 1, 0]}]],
)
def test_what_is_no_beam_is_refused(given) -> None:
    with pytest.raises(InputError, match=r"survey mine: beam_arcsec is .*give BMAJ, BMIN"):
        read_beams(given, "mine")
