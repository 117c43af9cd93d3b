"""Tables of sources as they are published: files of several kinds, and VizieR."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from astropy import units as u
from astropy.table import Column, Table

from bentjets.errors import BentjetsError, InputError, ServiceError
from bentjets.transport import PassingError, PoliteSession, ServiceDownError

_VOTABLE_SUFFIXES = (".vot", ".votable", ".xml")
# What stands for a missing value.
_MISSING = ["", "-", "--", "N/A", "NA", "NULL", "NaN", "None", "nan", "null"]
_POSITION_COLUMNS = ("ra_deg", "dec_deg")
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
        return _to_frame(table, columns)
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


def query_vizier(
    table: str,
    *,
    session: PoliteSession,
    server: str,
    columns: Mapping[str, str] | None = None,
) -> pd.DataFrame:
    """Download all rows and columns of a table from VizieR (Ochsenbein et al. 2000).

    Parameters
    ----------
    table
        Identifier of the table, such as ``J/ApJS/259/31``. Where it names a catalogue of several
        tables, those that have the columns of names and positions are joined.
    session
        What makes the requests.
    server
        Host name of VizieR or of one of its mirrors.
    columns
        As for `read_table`.

    Returns
    -------
    pandas.DataFrame
        The rows, as `read_table` gives them; ``vizier_table`` tells the table of each.

    Raises
    ------
    ServiceError
        If VizieR cannot be reached or has no such table.
    """
    from astroquery.vizier import Vizier

    # The default row limit of 50 would cut the table; setting it on the class is ignored.
    service = Vizier(row_limit=-1, columns=["**"], vizier_server=server)
    service._session = session
    try:
        tables = session.persist(lambda: _ask(service, table))
    except ServiceDownError:
        raise
    except Exception as error:
        # What the session says of its attempts is about the service, not about this table.
        cause = error if isinstance(error, PassingError) else error.__cause__ or error
        reason = str(cause) if isinstance(cause, BentjetsError) else type(cause).__name__
        raise ServiceError(
            f"VizieR did not give {table} ({reason}): check the internet connection, or give the "
            "catalogue as a file (acquisition.catalogues, service: table)"
        ) from error
    if not tables:
        raise ServiceError(f"VizieR has no table {table}: check acquisition.catalogues")
    return _join_tables(tables, columns or {})


def _ask(service: Any, table: str) -> dict[str, Table]:
    from astroquery import cache_conf
    from astroquery.exceptions import TableParseError

    try:
        # A cache would keep errors as well as answers.
        with cache_conf.set_temp("cache_active", False):
            tables = service.get_catalogs(table)
    except TableParseError as error:
        raise PassingError("its answer is not a whole table") from error
    if tables is None:
        raise PassingError("its answer is no table")
    return dict(zip(tables.keys(), tables, strict=True))


def _join_tables(tables: Mapping[str, Table], columns: Mapping[str, str]) -> pd.DataFrame:
    wanted = {columns.get(name, name) for name in ("name", *_POSITION_COLUMNS)}
    chosen = {name: table for name, table in tables.items() if wanted <= set(table.colnames)}
    frames = [
        _to_frame(table, columns).assign(vizier_table=name)
        for name, table in (chosen or tables).items()
    ]
    return pd.concat(frames, ignore_index=True)


def _to_frame(table: Table, columns: Mapping[str, str]) -> pd.DataFrame:
    flat = Table(table[[name for name in table.colnames if np.ndim(table[name]) == 1]])
    for name in (columns.get(column, column) for column in _POSITION_COLUMNS):
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
