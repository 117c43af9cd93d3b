"""Settings of source finding for single sources, where the default does not serve."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Any

import pandas as pd

from bentjets.errors import InputError
from bentjets.radio.finding.settings import FindingSettings
from bentjets.validation import validate

_FIELDS = ("threshold_island", "threshold_pixel", "dilation")


def settings_per_source(
    source_ids: Sequence[str],
    overrides: pd.DataFrame,
    defaults: FindingSettings,
    *,
    known: Collection[str] | None,
) -> pd.DataFrame:
    """Join the default settings and a table of overrides into one row per source.

    Parameters
    ----------
    source_ids
        The sources to process.
    overrides
        Columns ``source_id``, ``threshold_island``, ``threshold_pixel``, ``dilation``; an empty
        cell means the default.
    defaults
        What holds for every other source.
    known
        All sources of the catalogue, so that a misspelt one shows; None where only a share of
        them is at hand.

    Returns
    -------
    pandas.DataFrame
        ``source_id`` and the three settings, in the order of ``source_ids``.

    Raises
    ------
    InputError
        If the table has other columns, names a source that is unknown or listed twice, or holds a
        value that is no number or makes no sense.
    """
    _check_columns(overrides)
    own = {}
    for row in overrides.to_dict("records"):
        source_id = str(row["source_id"])
        if source_id in own:
            raise InputError(f"overrides: {source_id} is listed twice; keep one row")
        try:
            given = {name: _number(row[name]) for name in _FIELDS if pd.notna(row[name])}
            own[source_id] = validate(FindingSettings, defaults.model_dump() | given)
        except ValueError as error:
            raise InputError(f"overrides: {source_id}: {error}") from error
    strangers = sorted(set(own) - set(known)) if known is not None else []
    if strangers:
        raise InputError(
            f"overrides: {strangers[0]} is not a source of the catalogue "
            f"({len(strangers)} such rows): mend its source_id or remove the row"
        )
    table = pd.DataFrame(
        [
            {"source_id": key, **{name: getattr(own.get(key, defaults), name) for name in _FIELDS}}
            for key in source_ids
        ],
        columns=["source_id", *_FIELDS],
    )
    return table.astype({"dilation": "int64"})


def read_settings(table: pd.DataFrame) -> Iterator[tuple[str, dict[str, Any]]]:
    """Give the source_id and the settings of each row of a table of `settings_per_source`."""
    for source_id, *values in table[["source_id", *_FIELDS]].itertuples(index=False):
        yield str(source_id), dict(zip(_FIELDS, values, strict=True))


def _number(cell: Any) -> float:
    """Read a cell; a column with empty cells turns whole numbers into others."""
    number = float(cell)
    return int(number) if number.is_integer() else number


def _check_columns(overrides: pd.DataFrame) -> None:
    expected = ["source_id", *_FIELDS]
    if sorted(overrides.columns) != sorted(expected):
        raise InputError(
            f"overrides: the columns are {', '.join(map(str, overrides))}; "
            f"they must be {', '.join(expected)}"
        )
