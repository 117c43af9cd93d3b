"""Positions in the names of images, by patterns."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

from bentjets.errors import InputError

_DECIMAL = {"ra_deg", "dec_deg"}
_SEXAGESIMAL = {"ra_h", "ra_m", "dec_d"}
_KNOWN = _DECIMAL | _SEXAGESIMAL | {"ra_s", "dec_m", "dec_s"}
_DEG_PER_HOUR = 15.0
_MAX_RA_DEG = 360.0
_MAX_DEC_DEG = 90.0
_MINUS = ("-", "−", "–")


def compile_patterns(patterns: Sequence[str]) -> list[re.Pattern[str]]:
    """Make patterns ready, once.

    Parameters
    ----------
    patterns : sequence of str
        Regular expressions with the groups `ra_deg` and `dec_deg` (decimal degrees), or `ra_h`,
        `ra_m`, `dec_d` and maybe `ra_s`, `dec_m`, `dec_s` (hours, degrees, minutes, seconds).

    Raises
    ------
    InputError
        If one is no regular expression, or lacks these groups.
    """
    return [_compile(pattern) for pattern in patterns]


def find_position(name: str, patterns: Sequence[re.Pattern[str]]) -> tuple[float, float]:
    """Read the position in the name of an image, by the first pattern that fits.

    Parameters
    ----------
    name : str
        Name without the ending of the file.
    patterns : sequence of re.Pattern
        As `compile_patterns` gives them.

    Returns
    -------
    tuple of float
        Right ascension and declination, deg; NaN where none is found, or none on the sky.
    """
    for pattern in patterns:
        if found := pattern.search(name):
            ra_deg, dec_deg = _read(found.groupdict())
            if 0 <= ra_deg < _MAX_RA_DEG and abs(dec_deg) <= _MAX_DEC_DEG:
                return ra_deg, dec_deg
    return math.nan, math.nan


def _compile(pattern: str) -> re.Pattern[str]:
    where = f"acquisition.image_set.positions: {pattern!r}"
    try:
        compiled = re.compile(pattern)
    except re.error as error:
        raise InputError(f"{where} is no regular expression ({error}): mend it") from error
    groups = {*compiled.groupindex}
    is_whole = groups.issuperset(_DECIMAL) or groups.issuperset(_SEXAGESIMAL)
    if not is_whole or groups - _KNOWN:
        raise InputError(
            f"{where} has the groups {', '.join(sorted(groups)) or 'none'}: give ra_deg and "
            "dec_deg, or ra_h, ra_m and dec_d with ra_s, dec_m, dec_s"
        )
    return compiled


def _read(groups: dict[str, str | None]) -> tuple[float, float]:
    if groups.get("ra_deg") is not None:
        return _number(groups["ra_deg"]), _number(groups["dec_deg"])
    ra_hours = _sum(groups, "ra_h", "ra_m", "ra_s")
    dec_deg = _sum(groups, "dec_d", "dec_m", "dec_s")
    is_south = str(groups["dec_d"]).startswith(_MINUS)
    return ra_hours * _DEG_PER_HOUR, -dec_deg if is_south else dec_deg


def _sum(groups: dict[str, str | None], *names: str) -> float:
    return sum(abs(_number(groups.get(name))) / 60.0**power for power, name in enumerate(names))


def _number(text: str | None) -> float:
    for minus in _MINUS:
        text = (text or "0").replace(minus, "-")
    return float(text or 0)
