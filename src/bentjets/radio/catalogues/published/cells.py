"""Cells of a published table: their text, and positions in the ways in which they are written."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from astropy import units as u
from astropy.coordinates import Angle

from bentjets.errors import InputError


def cell_text(value: Any) -> str:
    """Return the text of a cell; a missing value has none, a whole number no decimal point."""
    if isinstance(value, bytes):
        value = value.decode("utf-8", errors="replace")
    if pd.isna(value):
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value).strip()


def column_degrees(column: pd.Series, unit: u.Unit, names: pd.Series, origin: str) -> pd.Series:
    """Read positions: numbers in degrees, or sexagesimal text.

    Parameters
    ----------
    column
        Right ascensions or declinations.
    unit
        Unit of the first sexagesimal field, unless the text names its own ("150d15m").
    names
        Names of the sources, with the same index, for errors.
    origin
        What to call the catalogue in errors.

    Returns
    -------
    pandas.Series
        float64, deg; NaN where there is no position.

    Raises
    ------
    InputError
        If a position is neither a number nor sexagesimal.
    """
    if pd.api.types.is_numeric_dtype(column):
        return pd.Series(column.to_numpy(dtype=float, na_value=np.nan), index=column.index)
    text = column.map(cell_text)
    degrees = pd.to_numeric(text, errors="coerce").astype(float)
    others = text[degrees.isna() & ~text.str.lower().isin(["", "nan"])]
    read = others.map(lambda value: _sexagesimal_deg(value, unit)).astype(float)
    unread = others[read.isna()]
    if len(unread):
        raise InputError(
            f"{origin}: {names[unread.index[0]]} has {column.name} {unread.iloc[0]!r}, and "
            "positions that are neither numbers in degrees nor sexagesimal cannot be used "
            f"({len(unread)} such row{'s' * (len(unread) > 1)}): mend the positions"
        )
    return degrees.fillna(read)


def _sexagesimal_deg(text: str, unit: u.Unit) -> float:
    try:
        return float(Angle(text, unit=unit).to_value(u.deg))
    except (ValueError, u.UnitsError):
        return float("nan")
