"""A table as ECSV: text that astropy, TOPCAT and pandas read, with units and descriptions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from io import StringIO

import pandas as pd


def table_ecsv(
    table: pd.DataFrame,
    meanings: Mapping[str, tuple[str, str]],
    *,
    title: str,
    notes: Sequence[str] = (),
) -> str:
    """Write a table as Enhanced Character-Separated Values (astropy's APE 6).

    Parameters
    ----------
    table : DataFrame
        Texts and numbers; those that are missing are so in the file.
    meanings : mapping of str to tuple of str
        For each column its description, and its unit as astropy reads it, empty without one.
    title : str
        What the table shows.
    notes : sequence of str
        What its reader must know: sentences.

    Returns
    -------
    str
        Title and notes stand in the header, as ``title`` and ``notes`` of the table's ``meta``.
    """
    from astropy.table import MaskedColumn
    from astropy.table import Table as AstropyTable

    written = AstropyTable(meta={"title": title, "notes": list(notes)})
    for name, values in table.items():
        description, unit = meanings[str(name)]
        missing = values.isna().to_numpy()
        is_text = not pd.api.types.is_numeric_dtype(values)
        filled = values.fillna("" if is_text else 0)
        data = filled.astype(str).to_numpy(dtype=str) if is_text else filled.to_numpy()
        written[str(name)] = MaskedColumn(
            data, mask=missing, description=description, unit=unit or None
        )
    text = StringIO()
    written.write(text, format="ascii.ecsv")
    return text.getvalue()
