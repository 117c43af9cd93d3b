"""Catalogues: tables of sources with a position and a morphology, from wherever they are kept."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd
from astropy import units as u
from astropy.coordinates import Angle

from bentjets.errors import InputError
from bentjets.radio.catalogues.schema import check_catalogue
from bentjets.radio.catalogues.tables import (
    query_vizier,
    read_table,
)
from bentjets.radio.simulation import simulate_catalogue
from bentjets.transport import Politeness, PoliteSession

REQUIRED_COLUMNS = ("name", "ra_deg", "dec_deg", "morphology")
"""What every catalogue must give of a source."""

_WHOLE_NUMBER = re.compile(r"([+-]?\d+)\.0*")


def read_catalogue(
    settings: Mapping[str, Any],
    *,
    classes: Mapping[str, str],
    seed: int,
    session: PoliteSession | None = None,
    server: str = "",
    query: Callable[..., pd.DataFrame] = query_vizier,
) -> pd.DataFrame:
    """Get a catalogue from the service that its settings name, in the project's form.

    Parameters
    ----------
    settings
        An entry of ``acquisition.catalogues``: ``service`` (``simulated``, ``table`` or
        ``vizier``), what that service needs, and ``columns`` and ``classes``, which translate
        the catalogue's names of columns and classes.
    classes
        The declared classes (name to label code).
    seed
        Seed of the simulated sky.
    session, server
        What makes the requests to VizieR, and its host name; other services need neither.
    query
        The function `query_vizier`, or that with a memory.

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
    columns = settings.get("columns") or {}
    match settings.get("service"):
        case "simulated":
            table = simulate_catalogue(
                settings["n_sources"], wat_fraction=settings["wat_fraction"], seed=seed
            )
            origin = "the simulated catalogue"
        case "table":
            table = read_table(settings.get("path"), columns=columns)
            origin = str(settings.get("path"))
        case "vizier":
            origin = f"VizieR {settings['table']}"
            table = query(
                settings["table"],
                columns=columns,
                session=session or PoliteSession("VizieR", Politeness()),
                server=server,
            )
        case other:
            raise InputError(
                f"catalogue service {other!r} is unknown: choose simulated, table or vizier"
            )
    return standardise_catalogue(
        table,
        columns=columns,
        class_names=settings.get("classes") or {},
        classes=classes,
        origin=origin,
    )


def standardise_catalogue(
    table: pd.DataFrame,
    *,
    columns: Mapping[str, str],
    classes: Mapping[str, str],
    origin: str,
    class_names: Mapping[Any, str] | None = None,
) -> pd.DataFrame:
    """Bring a table of sources to the project's columns and classes, and check it.

    Parameters
    ----------
    table
        The catalogue as it is published.
    columns
        Which column of the table is which of ours, where the names differ.
    classes
        The declared classes.
    origin
        What to call the catalogue in errors.
    class_names
        Which class of the table is which of ours, where the names differ. 1, 1.0 and "1" are the
        same class.

    Returns
    -------
    pandas.DataFrame
        As `read_catalogue` describes it. Numbers are degrees, also where they stand as text;
        other text is sexagesimal: hours and degrees, unless it names its unit ("150d15m").
        A column that has the name of another one's translation is called ``<name>_original``.

    Raises
    ------
    InputError
        If a column is missing, there is no row, or a row breaks the schema of
        `bentjets.radio.catalogues.schema`.
    """
    _check_columns(table, columns, origin)
    if table.empty:
        raise InputError(f"{origin} has no rows: give a catalogue with at least one source")
    table = table.reset_index(drop=True)
    theirs = {ours: columns.get(ours, ours) for ours in REQUIRED_COLUMNS}
    names = table[theirs["name"]].map(_text).astype(str)
    catalogue = pd.DataFrame(
        {
            "source_id": unique_ids(names),
            "name": names,
            "ra_deg": _degrees(table[theirs["ra_deg"]], u.hourangle, names, origin),
            "dec_deg": _degrees(table[theirs["dec_deg"]], u.deg, names, origin),
            "morphology": _translate(table[theirs["morphology"]], class_names or {}),
        }
    )
    check_catalogue(catalogue, classes=list(classes), origin=origin)
    others = table.drop(columns=list({"source_id", *theirs.values()}), errors="ignore")
    renamed = {name: f"{name}_original" for name in (*REQUIRED_COLUMNS, *columns)}
    renamed |= {name: ours for ours, name in columns.items() if ours not in REQUIRED_COLUMNS}
    return pd.concat([catalogue, others.rename(columns=renamed)], axis="columns")


def unique_ids(names: pd.Series) -> pd.Series:
    """Make identifiers that are unique and safe as file names out of names that may repeat.

    The first source of a name keeps it; the next ones are called ``name_2``, ``name_3``.

    Parameters
    ----------
    names
        Text.

    Returns
    -------
    pandas.Series
        An identifier for each name.
    """
    safe = names.str.replace(r"[^A-Za-z0-9+._-]+|^\.+", "_", regex=True)
    reserved, seen, ids = set(safe), dict.fromkeys(safe, 0), []
    for name in safe:
        seen[name] += 1
        candidate = name if seen[name] == 1 else f"{name}_{seen[name]}"
        while seen[name] > 1 and candidate in reserved:
            seen[name] += 1
            candidate = f"{name}_{seen[name]}"
        reserved.add(candidate)
        ids.append(candidate)
    return pd.Series(ids, index=names.index, dtype=str)


def _check_columns(table: pd.DataFrame, columns: Mapping[str, str], origin: str) -> None:
    if "source_id" in columns:
        raise InputError(
            f"{origin}: source_id is made from the name: take it out of "
            "acquisition.catalogues.*.columns, and say there which column is the name"
        )
    twice = table.columns[table.columns.duplicated()]
    if len(twice):
        raise InputError(f"{origin} has two columns {twice[0]}: rename one of them")
    wanted = {**{name: name for name in REQUIRED_COLUMNS}, **columns}
    missing = [name for name in wanted.values() if name not in table]
    if missing:
        raise InputError(
            f"{origin} has no column {', '.join(missing)} (it has {', '.join(map(str, table))}): "
            "say which of its columns is which in acquisition.catalogues.*.columns"
        )


def _translate(column: pd.Series, class_names: Mapping[Any, str]) -> pd.Series:
    ours = {_class_key(theirs): _text(name) for theirs, name in class_names.items()}
    return column.map(lambda value: ours.get(_class_key(value), _text(value))).astype(str)


def _class_key(value: Any) -> str:
    text = _text(value)
    whole = _WHOLE_NUMBER.fullmatch(text)
    return whole[1] if whole else text


def _text(value: Any) -> str:
    """Give the text of a cell; a missing value has none."""
    if isinstance(value, bytes):
        value = value.decode("utf-8", errors="replace")
    if pd.isna(value):
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value).strip()


def _degrees(column: pd.Series, unit: u.Unit, names: pd.Series, origin: str) -> pd.Series:
    """Read positions: numbers in degrees, or sexagesimal text; NaN where there is none."""
    if pd.api.types.is_numeric_dtype(column):
        return pd.Series(column.to_numpy(dtype=float, na_value=np.nan), index=column.index)
    text = column.map(_text)
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
