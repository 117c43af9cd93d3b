"""Tables of sources as they are published: files of several kinds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from astropy import units as u
from astropy.table import Column, Table

from bentjets.errors import InputError

POSITION_COLUMNS = ("ra_deg", "dec_deg")
"""Our names of the columns that may carry a unit of angle."""

_VOTABLE_SUFFIXES = (".vot", ".votable", ".xml")
# What stands for a missing value.
_MISSING = ["", "-", "--", "N/A", "NA", "NULL", "NaN", "None", "nan", "null"]
_DEG_PER_HOUR = 15.0


def read_table(path: str | None, *, columns: Mapping[str, str] | None = None) -> pd.DataFrame:
    """Read a catalogue file: CSV, or what astropy knows by its ending (FITS, VOTable, ECSV).

    Parameters
    ----------
    path
        The file.
    columns
        Which column of the file is which of ours, where the names differ.

    Returns
    -------
    pandas.DataFrame
        Text where the file has text. Names and classes of a CSV file are read as text: a source
        may be called 0012. Positions that carry a unit (hours, radians, ...) come in degrees.
        Columns that hold several values in a row are left out.

    Raises
    ------
    InputError
        If no path is given, or the file is missing or unreadable.
    """
    columns = columns or {}
    if not path:
        raise InputError(
            "no catalogue table given: add --params catalogue=TABLE,cutouts=FOLDER "
            "or set acquisition.catalogues.folder.path in conf/local"
        )
    file = Path(path).expanduser()
    if not file.is_file():
        raise InputError(
            f"{path} does not exist: give the path of a catalogue table (CSV, FITS, VOTable, ECSV)"
        )
    try:
        if file.suffix.lower() == ".csv":
            return _read_csv(file, [columns.get(name, name) for name in ("name", "morphology")])
        if file.suffix.lower() in _VOTABLE_SUFFIXES:
            # A VOTable's columns also have identifiers, which its readers never see.
            table = Table.read(file, format="votable", use_names_over_ids=True)
        else:
            table = Table.read(file)
        return to_frame(table, columns)
    except Exception as error:
        raise InputError(f"{path} is not a table that can be read: {_one_line(error)}") from error


def _read_csv(file: Path, as_written: Sequence[str]) -> pd.DataFrame:
    """Read a table of which some columns stand as they are: a source may be called 0012 or NA."""
    # Without index_col, a comma at the end of each row would shift all columns.
    layout: dict[str, Any] = {"skipinitialspace": True, "index_col": False}
    others = [name for name in pd.read_csv(file, nrows=0, **layout) if name not in as_written]
    return pd.read_csv(
        file,
        dtype=dict.fromkeys(as_written, str),
        keep_default_na=False,
        na_values=dict.fromkeys(others, _MISSING),
        **layout,
    )


def to_frame(table: Table, columns: Mapping[str, str]) -> pd.DataFrame:
    """Turn an astropy table into one of pandas; positions that carry a unit come in deg.

    Parameters
    ----------
    table
        The table; its columns that hold several values in a row are left out.
    columns
        As for `read_table`.
    """
    flat = Table(table[[name for name in table.colnames if np.ndim(table[name]) == 1]])
    for name in (columns.get(column, column) for column in POSITION_COLUMNS):
        if name in flat.colnames:
            flat[name] = _in_degrees(flat[name])
    return flat.to_pandas()


def _in_degrees(column: Any) -> Any:
    """Convert a column of numbers that carries a unit of angle; hours are those of right ascension.

    Columns without such a unit are left as they are: numbers in degrees, or text.
    """
    unit = column.unit
    if unit is None or column.dtype.kind not in "iuf":
        return column
    if unit.is_equivalent(u.hour):
        factor = unit.to(u.hour) * _DEG_PER_HOUR
    elif unit.is_equivalent(u.deg):
        factor = unit.to(u.deg)
    else:
        return column
    numbers = column.astype(float)
    filled = numbers.filled(np.nan) if hasattr(numbers, "filled") else numbers
    return Column(np.asarray(filled) * factor)


def _one_line(error: Exception) -> str:
    text = str(error).strip().splitlines()
    return text[0] if text else type(error).__name__
