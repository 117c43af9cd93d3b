"""Identifiers of sources: unique, and safe as names of files."""

from __future__ import annotations

import pandas as pd

SAFE_ID = r"[A-Za-z0-9+_-][A-Za-z0-9+._-]{0,199}"
"""A name that every file system takes: no blanks or slashes, no dot in front, not too long."""

_UNSAFE = r"[^A-Za-z0-9+._-]+|^\.+"


def unique_ids(names: pd.Series, order: pd.DataFrame) -> pd.Series:
    """Make identifiers that are unique and safe as file names out of names that may repeat.

    What a file name cannot hold becomes an underscore: N/A is called N_A. The first source of a
    name keeps it; the next ones are called ``name_2``, ``name_3``. Which one is first does not
    depend on the order of the rows.

    Parameters
    ----------
    names
        Text, each row with an index of its own.
    order
        Same index; sources of one name are numbered in the order of these columns, the first
        column first. Rows that are equal in all of them stay in their order.

    Returns
    -------
    pandas.Series
        An identifier for each name, same index.
    """
    safe = names.str.replace(_UNSAFE, "_", regex=True)
    reserved, seen = set(safe), dict.fromkeys(safe, 0)
    ids = {}
    # A name that is safe already is not to be taken by one that was not.
    keys = order.copy()
    keys.insert(0, "changed", names != safe)
    ordered = safe.loc[keys.sort_values([str(key) for key in keys], kind="stable").index]
    for row, name in ordered.items():
        seen[name] += 1
        candidate = name if seen[name] == 1 else f"{name}_{seen[name]}"
        while seen[name] > 1 and candidate in reserved:
            seen[name] += 1
            candidate = f"{name}_{seen[name]}"
        reserved.add(candidate)
        ids[row] = candidate
    return pd.Series(ids, dtype=str).reindex(names.index)
