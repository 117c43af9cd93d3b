"""The project's form of a catalogue: its columns, its classes, an identifier for every source."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import pandas as pd
from astropy import units as u

from bentjets.errors import InputError
from bentjets.radio.catalogues.identifiers import unique_ids
from bentjets.radio.catalogues.published.cells import cell_text, column_degrees
from bentjets.radio.catalogues.schema import check_catalogue

REQUIRED_COLUMNS = ("name", "ra_deg", "dec_deg", "morphology")
"""What every catalogue must give of a source; one of sources to classify may lack the last."""

_LABEL = "morphology"

_WHOLE_NUMBER = re.compile(r"([+-]?\d+)\.0*")


def standardise_catalogue(
    table: pd.DataFrame,
    *,
    columns: Mapping[str, str],
    classes: Mapping[str, str],
    origin: str,
    class_names: Mapping[Any, str] | None = None,
    labelled: bool = True,
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
    labelled
        Whether every source must have one of the declared classes. Without, what the table says
        of them is kept, if it has such a column.

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
    if not labelled and columns.get(_LABEL, _LABEL) not in table:
        table = table.assign(**{columns.get(_LABEL, _LABEL): ""})
    _check_columns(table, columns, origin)
    if table.empty:
        raise InputError(f"{origin} has no rows: give a catalogue with at least one source")
    table = table.reset_index(drop=True)
    theirs = {ours: columns.get(ours, ours) for ours in REQUIRED_COLUMNS}
    names = table[theirs["name"]].map(cell_text).astype(str)
    catalogue = pd.DataFrame(
        {
            "name": names,
            "ra_deg": column_degrees(table[theirs["ra_deg"]], u.hourangle, names, origin),
            "dec_deg": column_degrees(table[theirs["dec_deg"]], u.deg, names, origin),
            "morphology": _translate(table[theirs["morphology"]], class_names or {}),
        }
    )
    # Where one source is listed under two classes, they come as the classes were declared.
    rank = {morphology: number for number, morphology in enumerate(classes)}
    order = catalogue[["ra_deg", "dec_deg"]].assign(rank=catalogue["morphology"].map(rank))
    catalogue.insert(0, "source_id", unique_ids(names, order))
    check_catalogue(catalogue, classes=list(classes) if labelled else None, origin=origin)
    others = table.drop(columns=list({"source_id", *theirs.values()}), errors="ignore")
    renamed = {name: f"{name}_original" for name in (*REQUIRED_COLUMNS, *columns)}
    renamed |= {name: ours for ours, name in columns.items() if ours not in REQUIRED_COLUMNS}
    return pd.concat([catalogue, others.rename(columns=renamed)], axis="columns")


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
    ours = {_class_key(theirs): cell_text(name) for theirs, name in class_names.items()}
    return column.map(lambda value: ours.get(_class_key(value), cell_text(value))).astype(str)


def _class_key(value: Any) -> str:
    text = cell_text(value)
    whole = _WHOLE_NUMBER.fullmatch(text)
    return whole[1] if whole else text
