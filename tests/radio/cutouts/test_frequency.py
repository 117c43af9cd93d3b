from __future__ import annotations

import pytest
from astropy.io import fits

from bentjets.errors import InputError
from bentjets.radio.cutouts.frequency import observing_frequency

HYDROGEN_HZ = 1.420405752e9


def axis(frequency: float, number: int = 3, **cards) -> fits.Header:
    header = fits.Header({f"CTYPE{number}": "FREQ", f"CRVAL{number}": frequency})
    header.update(cards)
    return header


@pytest.mark.parametrize(
    ("header", "frequency_hz"),
    [
        (axis(3.0e9), 3.0e9),
        (axis(3.0e9, RESTFRQ=HYDROGEN_HZ), 3.0e9),
        (axis(3.0e9, 4, CTYPE3="STOKES", CRVAL3=1.0), 3.0e9),
        (axis(3.0e9, CTYPE3="FREQ-LSR"), 3.0e9),
        (axis(3.0, CUNIT3="GHz"), 3.0e9),
        (axis(3000.0, CUNIT3="MHZ"), 3.0e9),
        # One channel cut out of a cube: the reference pixel may be another one.
        (axis(3.0e9, CRPIX3=3.0, CDELT3=1e8), 2.8e9),
        (fits.Header({"RESTFRQ": 1.5e9}), 1.5e9),
        (fits.Header({"RESTFREQ": 1.5e9}), 1.5e9),
        (axis(0.0, RESTFREQ=1.5e9), 1.5e9),
        (axis(1.0e9, CTYPE3="VRAD", RESTFRQ=1.5e9), 1.5e9),
        (axis(1.0, CUNIT3="m", RESTFRQ=1.5e9), 1.5e9),
    ],
)
def test_the_channel_counts_before_the_rest_frequency(header, frequency_hz) -> None:
    """Defect 11: RESTFRQ of hydrogen, and the frequency of FIRST, stood in for 3 GHz."""
    found, source = observing_frequency(header, 1.4e9, "J1.fits")
    assert (found, source) == (pytest.approx(frequency_hz, rel=1e-12), "header")


@pytest.mark.parametrize(
    "header",
    [
        fits.Header(),
        fits.Header({"RESTFRQ": 0.0}),
        axis(-1.0),
        # The first channel would lie below 0 Hz.
        axis(1.0, CUNIT3="GHz", CRPIX3=2.0, CDELT3=1.5),
    ],
)
def test_what_the_survey_states_comes_last_and_is_called_so(header) -> None:
    assert observing_frequency(header, 1.4e9, "J1.fits") == (1.4e9, "survey")
    with pytest.raises(InputError, match=r"J1.fits has no frequency .* set frequency_hz"):
        observing_frequency(header, None, "J1.fits")


def test_a_cutout_of_ours_keeps_what_was_said_of_it() -> None:
    header = fits.Header({"RESTFRQ": 1.5e9, "FREQFROM": "survey"})
    assert observing_frequency(header, 1.4e9, "J1.fits") == (1.5e9, "survey")
