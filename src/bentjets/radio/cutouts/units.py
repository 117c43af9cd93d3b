"""The unit of an image's pixels."""

from __future__ import annotations

import re

from astropy import units as u
from astropy.io import fits

from bentjets.errors import InputError

_JY_PER_BEAM = re.compile(r"([MU]?)JY *(?:/ *BEAM|[ .*] *BEAM *(?:\^|\*\*)? *\(?-1\)?)")
_PREFIXES = {"": 1.0, "M": 1e-3, "U": 1e-6}


def jy_per_beam(header: fits.Header, origin: str) -> float:
    """Return what one unit of the pixels is in Jy/beam; without a unit, 1.

    AIPS and other old writers know capitals only, in which MJY/BEAM is mJy/beam: no radio image is
    in megajansky per beam. Where both cases are used, M is mega and m is milli, as the FITS
    standard has it.

    Parameters
    ----------
    header
        Header of the image; its unit is BUNIT.
    origin
        What to call the image in errors.

    Raises
    ------
    InputError
        If the unit is not a brightness per beam.
    """
    given = str(header.get("BUNIT", "")).strip()
    if not given:
        return 1.0
    found = _JY_PER_BEAM.fullmatch(given.upper())
    if found and (not found[1] or given in (given.upper(), given.lower())):
        return _PREFIXES[found[1]]
    try:
        return float(u.Unit(given).to(u.Jy / u.beam))
    except ValueError as error:
        raise InputError(
            f"{origin} has pixels in {given!r}, not in Jy/beam: convert them, and set BUNIT"
        ) from error
