"""Numbers in FITS headers, which writers do not always write as numbers."""

from __future__ import annotations

import math

from astropy.io import fits


def read_number(header: fits.Header, key: str) -> float | None:
    """Return the finite number that a card holds, also as text; None where it holds none.

    Parameters
    ----------
    header
        The header.
    key
        Name of the card, which may be missing.
    """
    value = header.get(key)
    if isinstance(value, bool):
        return None
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    return number if math.isfinite(number) else None


def read_size(header: fits.Header, key: str) -> float | None:
    """Return the number of a card that cannot be zero or negative; None where it says nothing.

    Some writers put 0 or -1 for what is unknown.
    """
    number = read_number(header, key)
    return number if number is not None and number > 0 else None
