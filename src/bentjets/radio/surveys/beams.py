"""Beams of a survey: one for the whole sky, or one for each zone of declination."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bentjets.errors import InputError
from bentjets.radio.cutouts import Beam

Beams = tuple[tuple[float, Beam], ...]
"""Southern limit (deg) and beam of each zone of declination, from north to south."""

_SOUTH_POLE_DEG = -90.0


def read_beams(given: Sequence[Any], survey: str) -> Beams:
    """Read ``beam_arcsec`` of a survey.

    Parameters
    ----------
    given
        BMAJ and BMIN (FWHM, arcsec) and BPA (deg), or a list of zones: mappings with ``beam``,
        those three, and ``from_dec_deg``, the southern limit of the zone.
    survey
        Name of the survey, for errors.

    Raises
    ------
    InputError
        If it is neither.
    """
    try:
        listed = hasattr(given[0], "keys")
        zones: Sequence[Any] = (
            given if listed else [{"from_dec_deg": _SOUTH_POLE_DEG, "beam": given}]
        )
        beams = [(float(zone["from_dec_deg"]), _read_beam(zone["beam"])) for zone in zones]
    except (LookupError, TypeError, ValueError) as error:
        raise InputError(
            f"survey {survey}: beam_arcsec is {given!r}; give BMAJ, BMIN (arcsec) and BPA (deg), "
            "or a list of zones with from_dec_deg and beam"
        ) from error
    return tuple(sorted(beams, reverse=True))


def beam_at(beams: Beams | None, dec_deg: float, survey: str) -> Beam | None:
    """Return the beam of the zone that a declination lies in; None, if none are stated.

    Raises
    ------
    InputError
        If it lies south of every zone.
    """
    if beams is None:
        return None
    for from_dec_deg, beam in beams:
        if dec_deg >= from_dec_deg:
            return beam
    raise InputError(
        f"survey {survey} states no beam at Dec {dec_deg:.3f} deg: add a zone to beam_arcsec"
    )


def _read_beam(numbers: Sequence[Any]) -> Beam:
    major, minor, angle = map(float, numbers)
    if not 0 < minor <= major:
        raise ValueError(numbers)
    return major, minor, angle
