"""A table's columns, and what is told when a table breaks their rules."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pandera.pandas as pa
from kedro.validation import DataValidationError
from pandera.errors import SchemaErrors

_WRONG_COLUMNS = ("column_in_dataframe", "column_in_schema")
_REMEDY = {
    "load": "run the pipeline that writes it again, or mend the file",
    "save": "the step that makes it is at fault, and nothing was written",
}


class TableError(DataValidationError):
    """A table breaks a rule of one of its columns; told in one line."""

    def __str__(self) -> str:
        remedy = _REMEDY.get(self.mode or "")
        line = f"{self.dataset_name or 'the table'}: {self.message}"
        return f"{line}; {remedy}" if remedy else line


@dataclass(frozen=True)
class Table:
    """A table, as its pandera schema describes it; `validate` checks, and changes nothing.

    Parameters
    ----------
    schema
        Name and description of the table, and of each column its type, checks, ``description``
        and, in the ``metadata``, its ``unit``.
    """

    schema: pa.DataFrameSchema

    def validate(self, data: pd.DataFrame) -> pd.DataFrame:
        """Check a table.

        Returns
        -------
        pandas.DataFrame
            The table itself.

        Raises
        ------
        TableError
            If it breaks a rule: names the first cell that does, and counts the others.
        """
        numbered = data.reset_index(drop=True)
        try:
            self.schema.validate(numbered, lazy=True)
        except SchemaErrors as error:
            failures = error.failure_cases
            columns = failures[failures["check"].isin(_WRONG_COLUMNS)]
            if len(columns):
                raise TableError(self._complain_of_columns(columns)) from error
            if len(data):  # without rows, there is nothing that the types could be told from
                raise TableError(_complain_of_cells(numbered, failures)) from error
        return data

    def meanings(self, data: pd.DataFrame, others: str = "") -> dict[str, tuple[str, str]]:
        """Give description and unit of each column of a table; `others` describes further ones."""
        return {str(name): self._meaning(str(name), others) for name in data.columns}

    def _meaning(self, name: str, others: str) -> tuple[str, str]:
        for key, column in self.schema.columns.items():
            if name == key or (column.regex and re.fullmatch(str(key), name)):
                return column.description or "", (column.metadata or {}).get("unit", "")
        return others, ""

    def _complain_of_columns(self, failures: pd.DataFrame) -> str:
        first = failures.iloc[0]
        if first["check"] == "column_in_dataframe":
            return f"the column {first['failure_case']} is missing"
        known = ", ".join(self.schema.columns)
        return f"the column {first['failure_case']} is none of {known}"


def make_table(
    description: str, columns: Mapping[str, pa.Column], *, others: bool = False
) -> Table:
    """Make a table of these columns; `others` says whether it may have more."""
    return Table(pa.DataFrameSchema(dict(columns), strict=not others, description=description))


def text(description: str, pattern: str = "", *, unique: bool = False) -> pa.Column:
    """Make a column of text, which may be empty but where a pattern says otherwise."""
    checks = [pa.Check.str_matches(f"^(?:{pattern})$", error=f"like {pattern}")] if pattern else []
    return pa.Column(str, checks, unique=unique, description=description, metadata={"unit": ""})


def choice(description: str, *values: str) -> pa.Column:
    """Make a column of text that is one of few."""
    checks = pa.Check.isin(values, error=f"one of {', '.join(values)}")
    return pa.Column(str, checks, description=description, metadata={"unit": ""})


def number(
    description: str,
    unit: str = "",
    low: float | None = None,
    high: float | None = None,
    *,
    missing: bool = False,
) -> pa.Column:
    """Make a column of numbers from `low` to `high`, of which some may be `missing`."""
    return pa.Column(
        float,
        _limits(low, high),
        nullable=missing,
        coerce=True,
        description=description,
        metadata={"unit": unit},
    )


def count(description: str, *, missing: bool = False) -> pa.Column:
    """Make a column of whole numbers, none of them negative."""
    return pa.Column(
        "Int64",
        _limits(0, None),
        nullable=missing,
        coerce=True,
        description=description,
        metadata={"unit": ""},
    )


def integer(description: str) -> pa.Column:
    """Make a column of whole numbers, which may be negative."""
    return pa.Column("Int64", coerce=True, description=description, metadata={"unit": ""})


def flag(description: str, *, required: bool = True) -> pa.Column:
    """Make a column of truth values, which a table may lack if it is not required."""
    return pa.Column(bool, required=required, description=description, metadata={"unit": ""})


def _limits(low: float | None, high: float | None) -> list[pa.Check]:
    checks = []
    if low is not None:
        checks.append(pa.Check.ge(low, error=f"at least {low:g}"))
    if high is not None:
        checks.append(pa.Check.le(high, error=f"at most {high:g}"))
    return checks


def _complain_of_cells(table: pd.DataFrame, failures: pd.DataFrame) -> str:
    # A column that cannot be converted as a whole is told twice, the first time without a reason.
    told = failures["failure_case"].notna() | (failures["check"] == "not_nullable")
    first = failures[told].iloc[0]
    same = failures[(failures["column"] == first["column"]) & (failures["check"] == first["check"])]
    column, check, value = first["column"], str(first["check"]), first["failure_case"]
    value = value.item() if isinstance(value, np.generic) else value
    others = f" ({len(same)} such cells)" if len(same) > 1 else ""
    where = ""
    if pd.notna(first["index"]):
        row = int(first["index"])
        named = f" ({table['source_id'].iloc[row]})" if "source_id" in table else ""
        where = f" in row {row + 1}{named}"
    if check == "not_nullable":
        return f"{column} has no value{where}{others}"
    if check == "field_uniqueness":
        return f"{column} {value!r} stands in more than one row"
    if check.startswith(("dtype(", "coerce_dtype(")):
        wanted = check.partition("(")[2].strip("()'")
        if where:
            return f"{column} is {value!r}{where}, which is not of the type {wanted}{others}"
        return f"{column} is of the type {value}, not {wanted}"
    return f"{column} is {value!r}{where}: it must be {check}{others}"
