"""Catalogues: tables of sources with a position and a morphology, from wherever they are kept."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
from astropy import units as u
from astropy.coordinates import Angle
from astropy.table import Table

from bentjets.errors import InputError, ServiceError
from bentjets.radio.simulation import simulate_catalogue

REQUIRED_COLUMNS = ("name", "ra_deg", "dec_deg", "morphology")
"""What every catalogue must give of a source."""

_MAX_DEC_DEG = 90.0
_MAX_RA_DEG = 360.0


def read_catalogue(
    settings: Mapping[str, Any], *, classes: Mapping[str, str], seed: int
) -> pd.DataFrame:
    """Get a catalogue from the service that its settings name, in the project's form.

    Parameters
    ----------
    settings
        An entry of ``acquisition.catalogues``: ``service`` (``simulated``, ``table`` or
        ``vizier``) and what that service needs.
    classes
        The declared classes (name to label code).
    seed
        Seed of the simulated sky.

    Returns
    -------
    pandas.DataFrame
        One row per source: ``source_id`` (unique), ``name``, ``ra_deg``, ``dec_deg``,
        ``morphology``, then every other column of the catalogue.

    Raises
    ------
    InputError
        If the service is unknown or the table cannot be used.
    ServiceError
        If a remote catalogue cannot be reached.
    """
    match settings.get("service"):
        case "simulated":
            table = simulate_catalogue(
                settings["n_sources"], wat_fraction=settings["wat_fraction"], seed=seed
            )
            origin = "the simulated catalogue"
        case "table":
            name_column = settings.get("columns", {}).get("name", "name")
            table = read_table(settings.get("path"), name_column=name_column)
            origin = str(settings.get("path"))
        case "vizier":
            origin = f"VizieR {settings['table']}"
            table = query_vizier(settings["table"], timeout_s=settings["timeout_s"])
        case other:
            raise InputError(
                f"catalogue service {other!r} is unknown: choose simulated, table or vizier"
            )
    return standardise_catalogue(
        table, columns=settings.get("columns", {}), classes=classes, origin=origin
    )


def read_table(path: str | None, *, name_column: str = "name") -> pd.DataFrame:
    """Read a catalogue file: CSV, or what astropy knows by its ending (FITS, VOTable, ECSV).

    The column of names is read as text: a source may be called 0012.

    Raises
    ------
    InputError
        If no path is given, or the file is missing or unreadable.
    """
    if not path:
        raise InputError(
            "no catalogue table given: add --params catalogue=TABLE,cutouts=FOLDER "
            "or set acquisition.catalogues.folder.path in conf/local"
        )
    file = Path(path).expanduser()
    if not file.is_file():
        raise InputError(
            f"{path} does not exist: give the path of a catalogue table (CSV, FITS, VOTable)"
        )
    try:
        if file.suffix == ".csv":
            return pd.read_csv(file, dtype={name_column: str})
        return Table.read(file).to_pandas()
    except Exception as error:
        raise InputError(f"{path} is not a table that can be read: {_one_line(error)}") from error


def query_vizier(table: str, *, timeout_s: float) -> pd.DataFrame:
    """Download all rows and columns of a table from VizieR (Ochsenbein et al. 2000).

    Parameters
    ----------
    table
        Identifier of the table, such as ``J/ApJS/259/31``.
    timeout_s
        How long to wait for the service, in seconds.

    Raises
    ------
    ServiceError
        If VizieR cannot be reached or has no such table.
    """
    from astroquery.vizier import Vizier

    # The default row limit of 50 would cut the table; setting it on the class is ignored.
    service = Vizier(row_limit=-1, columns=["**"], timeout=timeout_s)
    try:
        tables = service.get_catalogs(table)
    except Exception as error:
        raise ServiceError(
            f"VizieR did not give {table} ({type(error).__name__}): check the internet connection, "
            "or give the catalogue as a file (acquisition.catalogues, service: table)"
        ) from error
    if not tables:
        raise ServiceError(f"VizieR has no table {table}: check acquisition.catalogues")
    return tables[0].to_pandas()


def standardise_catalogue(
    table: pd.DataFrame, *, columns: Mapping[str, str], classes: Mapping[str, str], origin: str
) -> pd.DataFrame:
    """Bring a table of sources to the project's columns, and check it.

    Parameters
    ----------
    table
        The catalogue as it is published.
    columns
        Which column of the table is which of `REQUIRED_COLUMNS`, where the names differ.
    classes
        The declared classes.
    origin
        What to call the catalogue in errors.

    Returns
    -------
    pandas.DataFrame
        As `read_catalogue` describes it. Positions that are text are read as sexagesimal
        (hours and degrees).

    Raises
    ------
    InputError
        If a column is missing, a position is out of range or a class is not declared.
    """
    table = table.rename(columns={theirs: ours for ours, theirs in columns.items()})
    missing = [name for name in REQUIRED_COLUMNS if name not in table]
    if missing:
        raise InputError(
            f"{origin} has no column {', '.join(missing)} (it has {', '.join(map(str, table))}): "
            "say which of its columns is which in acquisition.catalogues.*.columns"
        )
    table = table.assign(
        name=table["name"].astype(str).str.strip(),
        morphology=table["morphology"].astype(str).str.strip(),
        ra_deg=_degrees(table["ra_deg"], u.hourangle, origin),
        dec_deg=_degrees(table["dec_deg"], u.deg, origin),
    )
    _check_rows(table, classes, origin)
    others = [name for name in table if name not in (*REQUIRED_COLUMNS, "source_id")]
    return table.assign(source_id=unique_ids(table["name"]))[
        ["source_id", *REQUIRED_COLUMNS, *others]
    ].reset_index(drop=True)


def unique_ids(names: pd.Series) -> pd.Series:
    """Make identifiers that are unique and safe as file names out of names that may repeat.

    The first source of a name keeps it; the next ones are called ``name_2``, ``name_3``.
    """
    safe = names.str.replace(r"[^A-Za-z0-9+._-]+", "_", regex=True)
    occurrence = safe.groupby(safe).cumcount() + 1
    return safe.where(occurrence == 1, safe + "_" + occurrence.astype(str))


def _degrees(column: pd.Series, unit: u.Unit, origin: str) -> pd.Series:
    if pd.api.types.is_numeric_dtype(column):
        return column.astype(float)
    try:
        return pd.Series(Angle(column.to_list(), unit=unit).to_value(u.deg), index=column.index)
    except Exception as error:
        raise InputError(
            f"{origin}, column {column.name}: positions are neither numbers in degrees nor "
            f"sexagesimal ({_one_line(error)})"
        ) from error


def _check_rows(table: pd.DataFrame, classes: Mapping[str, str], origin: str) -> None:
    if table.empty:
        raise InputError(f"{origin} has no rows: give a catalogue with at least one source")
    ra_deg, dec_deg = table["ra_deg"], table["dec_deg"]
    off = ~(ra_deg.between(0, _MAX_RA_DEG) & dec_deg.between(-_MAX_DEC_DEG, _MAX_DEC_DEG))
    if off.any():
        row = table[off].iloc[0]
        raise InputError(
            f"{origin}: {row['name']} lies at RA {row.ra_deg}, Dec {row.dec_deg} deg, which is not "
            f"on the sky ({int(off.sum())} such rows): mend the positions"
        )
    unknown = ~table["morphology"].isin(list(classes))
    if unknown.any():
        row = table[unknown].iloc[0]
        raise InputError(
            f"{origin}: {row['name']} has class {row.morphology!r}, which is not declared "
            f"({int(unknown.sum())} such rows): mend it, or add it to classes "
            f"({', '.join(classes)}) in the parameters"
        )


def _one_line(error: Exception) -> str:
    text = str(error).strip().splitlines()
    return text[0] if text else type(error).__name__
