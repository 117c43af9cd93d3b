"""What every catalogue must satisfy, and which row does not."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

import pandas as pd

from bentjets.errors import InputError
from bentjets.radio.catalogues.identifiers import SAFE_ID

if TYPE_CHECKING:
    from pandera.pandas import DataFrameSchema

_MAX_DEC_DEG = 90.0
_MAX_RA_DEG = 360.0
# What is wrong with a row is told in this order.
_COLUMNS = (("name",), ("ra_deg", "dec_deg"), ("morphology",), ("source_id",))


def catalogue_schema(classes: Collection[str] | None) -> DataFrameSchema:
    """Make the schema of a catalogue whose rows have one of the given classes.

    Parameters
    ----------
    classes
        Names of the declared classes; None where a row needs no class.

    Returns
    -------
    pandera.pandas.DataFrameSchema
        ``source_id`` unique and safe as a file name, ``name`` not empty, ``ra_deg`` 0 to 360 and
        ``dec_deg`` -90 to 90 (finite), ``morphology`` among the classes; other columns are free.
    """
    import pandera.pandas as pa

    declared = [pa.Check.isin(list(classes))] if classes is not None else []
    return pa.DataFrameSchema(
        {
            "source_id": pa.Column(checks=pa.Check.str_matches(f"^{SAFE_ID}$"), unique=True),
            "name": pa.Column(checks=pa.Check.str_length(min_value=1)),
            "ra_deg": pa.Column(checks=pa.Check.in_range(0.0, _MAX_RA_DEG)),
            "dec_deg": pa.Column(checks=pa.Check.in_range(-_MAX_DEC_DEG, _MAX_DEC_DEG)),
            "morphology": pa.Column(checks=declared),
        }
    )


def check_catalogue(
    catalogue: pd.DataFrame, *, classes: Collection[str] | None, origin: str
) -> None:
    """Refuse a catalogue that breaks its schema.

    Parameters
    ----------
    catalogue
        One row per source, with the columns of `catalogue_schema`.
    classes
        Names of the declared classes; None where a row needs no class.
    origin
        What to call the catalogue in errors.

    Raises
    ------
    InputError
        If a row breaks the schema: names the first such row and counts them.
    """
    from pandera.errors import SchemaErrors

    numbered = catalogue.reset_index(drop=True)
    try:
        catalogue_schema(classes).validate(numbered, lazy=True)
    except SchemaErrors as error:
        complaint = _complain(numbered, error.failure_cases, classes or ())
        raise InputError(f"{origin}: {complaint}") from error


def _complain(catalogue: pd.DataFrame, failures: pd.DataFrame, classes: Collection[str]) -> str:
    """Say what is wrong with the first row that fails, how many there are, and what to do."""
    columns = next(group for group in _COLUMNS if failures["column"].isin(group).any())
    rows = sorted(set(failures.loc[failures["column"].isin(columns), "index"]))
    row, count = catalogue.iloc[int(rows[0])], f"{len(rows)} such row{'s' * (len(rows) > 1)}"
    match columns[0]:
        case "name":
            return f"row {int(rows[0]) + 1} has no name ({count}): name every source"
        case "ra_deg":
            return (
                f"{row['name']} lies at RA {row['ra_deg']}, Dec {row['dec_deg']} deg, which is not "
                f"on the sky ({count}): give RA from 0 to 360 deg, Dec from -90 to 90 deg"
            )
        case "morphology" if not row["morphology"]:
            return f"{row['name']} has no class ({count}): give it one of {', '.join(classes)}"
        case "morphology":
            return (
                f"{row['name']} has class {row['morphology']!r}, which is not declared ({count}): "
                "mend it, say which class it is in acquisition.catalogues.*.classes, or add it to "
                f"classes ({', '.join(classes)}) in the parameters"
            )
        case _:
            return (
                f"{row['name'][:40]!r} cannot be a file name ({count}): give the source a shorter "
                "name"
            )
