"""What the report says of tests on other image sets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from bentjets.learning.across import KINDS
from bentjets.report.wording.captions import count

_SHOWN = 5


def describe_across(matrix: pd.DataFrame, ledger: pd.DataFrame) -> dict[str, Any]:
    """Lay the matrix out for the page, and count the ledger.

    Parameters
    ----------
    matrix : DataFrame
        ``model``, ``protocol``, ``trained_on``, ``tested_on``, ``runs``, ``n``, ``n_shared``,
        ``n_unused``, ``accuracy``, ``accuracy_low``, ``accuracy_high``, ``balanced_accuracy``.
    ledger : DataFrame
        ``tested_on``, ``kind``, ``source_id``, ``other_id``: a row per pair and kind.

    Returns
    -------
    dict
        ``trained_on``; ``columns`` (``name`` of each set and what it ``tested`` with); ``rows``
        (``model`` and ``cells``, with ``accuracy``, ``interval`` and ``balanced`` in per cent);
        ``ledger`` (``name`` of each set, ``shared``, ``kinds`` and ``examples``).
    """
    sets = list(dict.fromkeys(matrix["tested_on"]))
    own = str(matrix["trained_on"].iloc[0])
    first = matrix.drop_duplicates("tested_on").set_index("tested_on")
    return {
        "trained_on": own,
        "columns": [{"name": name, "tested": _tested(first.loc[name], own)} for name in sets],
        "rows": [
            {"model": str(model), "cells": [_cell(of_model.loc[name]) for name in sets]}
            for (model, _), rows in matrix.groupby(["model", "protocol"], sort=False)
            for of_model in [rows.set_index("tested_on")]
        ],
        "ledger": [_count(name, ledger[ledger["tested_on"] == name]) for name in sets[1:]],
    }


def _tested(row: pd.Series[Any], own: str) -> str:
    images = count(int(row["n"]), "image")
    if row.name == own:
        return f"{images}, its own test"
    left_out = [f"{row['n_shared']} shared left out"]
    left_out += [f"{row['n_unused']} not used"] * bool(row["n_unused"])
    return ", ".join([images, *left_out])


def _cell(row: Mapping[str, Any] | pd.Series[Any]) -> dict[str, str]:
    low, high = (f"{100 * row[name]:.1f}" for name in ("accuracy_low", "accuracy_high"))
    return {
        "accuracy": f"{100 * row['accuracy']:.1f}",
        "interval": f"{low}–{high}",
        "balanced": f"{100 * row['balanced_accuracy']:.1f}",
    }


def _count(name: str, ledger: pd.DataFrame) -> dict[str, Any]:
    pairs = ledger.drop_duplicates(["source_id", "other_id"])
    shown = pairs.head(_SHOWN)[["source_id", "other_id"]].itertuples(index=False, name=None)
    found = ledger.groupby("kind")["source_id"].nunique()
    return {
        "name": name,
        "shared": int(ledger["source_id"].nunique()),
        "kinds": [f"{found[kind]} by {kind}" for kind in KINDS if kind in found],
        "examples": [one if one == other else f"{one} is {other}" for one, other in shown],
        "more": max(len(pairs) - _SHOWN, 0),
    }
