"""The beam of an image: what its header, a table of beams or its history says of it."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import Any

import numpy as np
from astropy import units as u
from astropy.io import fits

from bentjets.errors import InputError
from bentjets.radio.cutouts.cards import read_number, read_size

Beam = tuple[float, float, float]
"""Major and minor axis (FWHM, arcsec) and position angle (deg, east of north) of a beam."""

FWHM_PER_SIGMA = 2.0 * math.sqrt(2.0 * math.log(2.0))
"""Full width at half maximum of a Gaussian, in units of its standard deviation."""

_KEYS = ("BMAJ", "BMIN", "BPA")
_ORIGINS = ("header", "table", "history", "survey")
_ARCSEC_PER_DEG = 3600.0
_QUARTER_TURN_DEG = 90.0
# AIPS   CLEAN BMAJ=  1.7599E-03 BMIN=  1.5740E-03 BPA=   2.61
_AIPS_CLEAN = re.compile(r"AIPS\s+CLEAN\s+BMAJ=\s*(\S+)\s+BMIN=\s*(\S+)\s+BPA=\s*(\S+)")


def beam_cards(header: fits.Header, stated_arcsec: Beam | None, origin: str) -> dict[str, Any]:
    """Return the cards that tell the beam of an image, and where it was found.

    Looked for in turn: BMAJ and BMIN cards (deg), the last line of AIPS's CLEAN in the history
    (deg), what the survey states. BEAMFROM is ``header``, ``table`` (`take_beam_of_table`),
    ``history`` or ``survey``.

    Parameters
    ----------
    header
        Header of the image as it was given.
    stated_arcsec
        What the survey states.
    origin
        What to call the image in errors.

    Returns
    -------
    dict
        BMAJ, BMIN and BPA in deg, BMAJ the larger one, and BEAMFROM, each with its comment.

    Raises
    ------
    InputError
        If the beam is nowhere to be found.
    """
    beam_deg, source = _from_header(header), "header"
    if beam_deg is not None:
        # What was read from elsewhere into this header.
        source = header["BEAMFROM"] if header.get("BEAMFROM") in _ORIGINS else source
    elif (beam_deg := _from_history(header)) is not None:
        source = "history"
    elif stated_arcsec is not None:
        major, minor, angle_deg = stated_arcsec
        beam_deg, source = (major / _ARCSEC_PER_DEG, minor / _ARCSEC_PER_DEG, angle_deg), "survey"
    else:
        raise InputError(
            f"{origin} has no beam (BMAJ, BMIN, BPA cards): "
            "set beam_arcsec of the survey in acquisition.surveys"
        )
    cards = {key: (float(value), "[deg]") for key, value in zip(_KEYS, beam_deg, strict=True)}
    return cards | {"BEAMFROM": (source, "header, table, history or survey")}


def take_beam_of_table(header: fits.Header, hdus: Sequence[Any]) -> None:
    """Put the beam of CASA's table of beams into the header of its image, which then is complete.

    CASA writes the beams of an image that has several channels into a table called BEAMS, one row
    per channel, lengths in arcsec where the column does not say otherwise. The row of median area
    is taken; channels without data have zeros.

    Parameters
    ----------
    header
        Header of the image; changed in place where it has no beam of its own.
    hdus
        All HDUs of the file.
    """
    if _from_header(header) is not None:
        return
    table = next((hdu for hdu in hdus if hdu.name == "BEAMS" and not hdu.is_image), None)
    if table is None or not set(_KEYS) <= set(table.columns.names):
        return
    major, minor, angle = (_column_deg(table, key) for key in _KEYS)
    known = np.flatnonzero((major > 0) & (minor > 0) & np.isfinite(major * minor))
    if known.size == 0:
        return
    row = known[np.argsort((major * minor)[known], kind="stable")[(known.size - 1) // 2]]
    header["BMAJ"], header["BMIN"] = float(major[row]), float(minor[row])
    header["BPA"] = float(angle[row]) if np.isfinite(angle[row]) else 0.0
    header["BEAMFROM"] = "table"


def _column_deg(table: fits.BinTableHDU, key: str) -> Any:
    unit = table.columns[key].unit or ("deg" if key == "BPA" else "arcsec")
    # Rounded where single precision ends: 5.4" are not to become 5.400000095".
    values = [float(f"{value:.7g}") for value in table.data[key].astype(np.float64)]
    return u.Quantity(values, unit).to_value(u.deg)


def _from_header(header: fits.Header) -> Beam | None:
    major, minor = read_size(header, "BMAJ"), read_size(header, "BMIN")
    if major is None or minor is None:
        return None
    return _ordered(major, minor, read_number(header, "BPA") or 0.0)


def _from_history(header: fits.Header) -> Beam | None:
    """Read the beam of the last CLEAN that AIPS noted; later ones are of the image as it is."""
    for line in reversed([str(line) for line in header.get("HISTORY", [])]):
        if found := _AIPS_CLEAN.search(line):
            return _from_header(fits.Header(dict(zip(_KEYS, found.groups(), strict=True))))
    return None


def _ordered(major: float, minor: float, angle_deg: float) -> Beam:
    """Name the longer axis the major one; the angle is that of the longer axis."""
    if minor <= major:
        return major, minor, angle_deg
    turn = -_QUARTER_TURN_DEG if angle_deg > 0 else _QUARTER_TURN_DEG
    return minor, major, angle_deg + turn
