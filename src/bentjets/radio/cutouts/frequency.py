"""The frequency at which an image was observed, as its header tells it."""

from __future__ import annotations

import re

from astropy.io import fits

from bentjets.errors import InputError
from bentjets.radio.cutouts.cards import read_number, read_size

_LINEAR = ("CRVAL", "CRPIX", "CDELT")
_AXIS = re.compile(r"CTYPE(\d+)")
_ORIGINS = ("header", "survey")
# Also in capitals: no image is taken at a frequency of millihertz.
_UNITS_HZ = {"": 1.0, "HZ": 1.0, "KHZ": 1e3, "MHZ": 1e6, "GHZ": 1e9}


def observing_frequency(
    header: fits.Header, stated_hz: float | None, origin: str
) -> tuple[float, str]:
    """Return the frequency of an image, and where it was found.

    Looked for in turn: a frequency axis (of length one, for an image), the RESTFRQ or RESTFREQ
    card, what the survey states. The axis comes first because the others may be those of a line:
    an image at 3 GHz may carry the rest frequency of hydrogen, 1.42 GHz.

    Parameters
    ----------
    header
        Header of the image as it was given.
    stated_hz
        What the survey states.
    origin
        What to call the image in errors.

    Returns
    -------
    frequency_hz : float
        In Hz.
    source : str
        ``header`` or ``survey``.

    Raises
    ------
    InputError
        If the frequency is nowhere to be found.
    """
    found = _of_channel(header) or read_size(header, "RESTFRQ") or read_size(header, "RESTFREQ")
    if found is not None:
        # A cutout of ours keeps what was said of it when it was made.
        told = header.get("FREQFROM")
        return found, told if told in _ORIGINS else "header"
    if stated_hz is None:
        raise InputError(
            f"{origin} has no frequency (FREQ axis or RESTFRQ card): "
            "set frequency_hz of the survey in acquisition.surveys"
        )
    return float(stated_hz), "survey"


def _of_channel(header: fits.Header) -> float | None:
    """Return the frequency of the first channel of a frequency axis, in Hz."""
    for key, kind in header["CTYPE*"].items():
        axis = _AXIS.fullmatch(key)
        if not axis or not str(kind).upper().startswith("FREQ"):
            continue
        reference, pixel, step = (read_number(header, f"{k}{axis[1]}") for k in _LINEAR)
        unit = str(header.get(f"CUNIT{axis[1]}", "")).strip().upper()
        if reference is None or unit not in _UNITS_HZ:
            continue
        offset = 0.0 if pixel is None or step is None else (1.0 - pixel) * step
        if reference > 0 and reference + offset > 0:
            return (reference + offset) * _UNITS_HZ[unit]
    return None
