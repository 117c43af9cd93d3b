from __future__ import annotations

import numpy as np
import pytest
from astropy.io import fits
from hypothesis import example, given
from hypothesis import strategies as st

from bentjets.errors import InputError
from bentjets.radio.cutouts import FWHM_PER_SIGMA, fits_bytes, read_image
from bentjets.radio.cutouts.beam import beam_cards

FIRST = (5.4, 5.4, 0.0)
AIPS = "AIPS   CLEAN BMAJ=  4.1667E-03 BMIN=  4.0000E-03 BPA=  10.00"


def find_beam(header: fits.Header, stated=FIRST) -> tuple[float, float, float, str]:
    """Axes in arcsec, angle in deg, and where they were found."""
    cards = {key: card[0] for key, card in beam_cards(header, stated, "J1.fits").items()}
    return (3600 * cards["BMAJ"], 3600 * cards["BMIN"], cards["BPA"], cards["BEAMFROM"])


def approx(*beam: float, source: str) -> tuple:
    return (*(pytest.approx(value, rel=1e-6) for value in beam), source)


def header_of(**cards) -> fits.Header:
    return fits.Header(cards)


def noted(*lines: str, **cards) -> fits.Header:
    header = fits.Header(cards)
    for line in lines:
        header["HISTORY"] = line
    return header


@pytest.mark.parametrize(
    ("cards", "beam"),
    [
        ({"BMAJ": 0.002, "BMIN": 0.001, "BPA": 30.0}, (7.2, 3.6, 30.0)),
        ({"BMAJ": 0.002, "BMIN": 0.001}, (7.2, 3.6, 0.0)),
        ({"BMAJ": 0.002, "BMIN": 0.001, "BPA": "INDEF"}, (7.2, 3.6, 0.0)),
        ({"BMAJ": "0.002", "BMIN": "0.001", "BPA": "-12.5"}, (7.2, 3.6, -12.5)),
        ({"BMAJ": 0.001, "BMIN": 0.002, "BPA": 0.0}, (7.2, 3.6, 90.0)),
        ({"BMAJ": 0.001, "BMIN": 0.002, "BPA": 60.0}, (7.2, 3.6, -30.0)),
        ({"BMAJ": 0.001, "BMIN": 0.002, "BPA": -60.0}, (7.2, 3.6, 30.0)),
    ],
)
def test_beam_of_the_header(cards, beam) -> None:
    """Defects 11 (f), 23 (b): a swapped beam was taken as it is, and BPA = 'INDEF' a ValueError."""
    assert find_beam(header_of(**cards)) == approx(*beam, source="header")


@pytest.mark.parametrize(
    "cards",
    [
        {},
        {"BMAJ": 0.0015},
        {"BMAJ": 0.0015, "BMIN": 0.0},
        {"BMAJ": 0.0015, "BMIN": -1.0},
        {"BMAJ": "INDEF", "BMIN": "INDEF"},
        {"BMAJ": True, "BMIN": True},
    ],
)
def test_what_is_no_beam_gives_way_to_history_and_survey(cards) -> None:
    history = noted(AIPS, **cards)
    assert find_beam(history) == approx(15.00012, 14.4, 10.0, source="history")
    assert find_beam(header_of(**cards)) == approx(5.4, 5.4, 0.0, source="survey")
    with pytest.raises(InputError, match=r"J1.fits has no beam .* set beam_arcsec"):
        find_beam(header_of(**cards), stated=None)


def test_the_last_clean_of_the_history_counts_and_other_words_do_not() -> None:
    later = "AIPS   CLEAN BMAJ=  1.5000E-03 BMIN=  1.4000E-03 BPA=-100.00"
    words = ("PUTHEAD set BMAJ", "AIPS CLEAN NITER=  100", "restoration: a (arcsec) try")
    assert find_beam(noted(AIPS, later, *words)) == approx(5.4, 5.04, -100.0, source="history")
    assert find_beam(noted(*words))[3] == "survey"
    assert find_beam(noted("AIPS   CLEAN BMAJ= INDEF BMIN= INDEF BPA= 0"))[3] == "survey"


def test_the_header_counts_before_the_history() -> None:
    assert find_beam(noted(AIPS, BMAJ=0.002, BMIN=0.001))[3] == "header"


@given(st.floats(1e-4, 1e-2), st.floats(1e-4, 1e-2), st.floats(-90, 90))
def test_the_longer_axis_is_the_major_one_and_keeps_its_direction(one, other, angle_deg) -> None:
    def shape(header) -> np.ndarray:
        major, minor, angle, _ = find_beam(header)
        assert major >= minor
        across = np.radians(angle)
        axes = np.array([[np.cos(across), np.sin(across)], [-np.sin(across), np.cos(across)]])
        return axes.T @ np.diag([major**2, minor**2]) @ axes

    swapped = angle_deg - 90 if angle_deg > 0 else angle_deg + 90
    np.testing.assert_allclose(
        shape(header_of(BMAJ=one, BMIN=other, BPA=angle_deg)),
        shape(header_of(BMAJ=other, BMIN=one, BPA=swapped)),
        rtol=1e-9,
        atol=1e-9,
    )


@given(st.floats(-90, 90))
@example(0.5)
def test_a_beam_whose_axes_are_swapped_points_within_a_right_angle_of_north(angle_deg) -> None:
    assert abs(find_beam(header_of(BMAJ=0.001, BMIN=0.002, BPA=angle_deg))[2]) <= 90


def test_a_gaussian_has_half_its_peak_half_a_width_from_it() -> None:
    assert np.exp(-((FWHM_PER_SIGMA / 2) ** 2) / 2) == pytest.approx(0.5, rel=1e-12)


class TestTable:
    """CASA's table of beams is an extension of the file; a header knows nothing of it."""

    def image(self, *rows, unit="arcsec", **cards) -> fits.Header:
        """Read the header of an image in a file with a table of beams."""
        columns = [
            fits.Column(name, format="1E", unit=of, array=np.array(values, dtype=np.float32))
            for name, of, values in zip(
                ("BMAJ", "BMIN", "BPA"), (unit, unit, "deg"), zip(*rows, strict=True), strict=True
            )
        ]
        table = fits.BinTableHDU.from_columns(columns, name="BEAMS")
        image = fits.PrimaryHDU(np.ones((4, 4), dtype=np.float32))
        image.header.update({"CASAMBM": True, **cards})
        return read_image(fits_bytes(fits.HDUList([image, table]))).header

    def test_the_only_beam(self) -> None:
        header = self.image((15.0, 14.4, 10.0))
        assert find_beam(header) == approx(15.0, 14.4, 10.0, source="table")
        assert header["BMAJ"] == pytest.approx(15.0 / 3600, rel=1e-12)

    def test_the_beam_of_median_area_of_those_that_there_are(self) -> None:
        header = self.image(
            (0.0, 0.0, 0.0),
            (9.0, 8.0, 20.0),
            (6.0, 5.0, 30.0),
            (7.0, 6.0, 40.0),
            (np.nan, 1.0, 0.0),
            (9.0, 8.0, 20.0),
            (6.0, 5.0, 30.0),
            (7.0, 6.0, 40.0),
            (np.nan, 1.0, 0.0),
        )
        assert find_beam(header) == approx(7.0, 6.0, 40.0, source="table")

    def test_of_two_beams_it_is_the_smaller_one(self) -> None:
        header = self.image((9.0, 8.0, 20.0), (6.0, 5.0, 30.0))
        assert find_beam(header) == approx(6.0, 5.0, 30.0, source="table")

    def test_its_unit_is_heeded(self) -> None:
        assert find_beam(self.image((0.002, 0.001, 10.0), unit="deg")) == approx(
            7.2, 3.6, 10.0, source="table"
        )
        assert find_beam(self.image((7.2, 3.6, 10.0), unit=None))[0] == pytest.approx(7.2)

    def test_beam_of_the_header_comes_first(self) -> None:
        header = self.image((15.0, 14.4, 10.0), BMAJ=0.002, BMIN=0.001)
        assert find_beam(header) == approx(7.2, 3.6, 0.0, source="header")

    def test_a_table_without_a_beam_gives_way(self) -> None:
        assert find_beam(self.image((0.0, 0.0, 0.0)))[3] == "survey"


def test_a_cutout_of_ours_keeps_what_was_said_of_it() -> None:
    given = header_of(BMAJ=0.002, BMIN=0.001, BEAMFROM="history")
    assert find_beam(given) == approx(7.2, 3.6, 0.0, source="history")
    given["BEAMFROM"] = "the observer"
    assert find_beam(given)[3] == "header"
