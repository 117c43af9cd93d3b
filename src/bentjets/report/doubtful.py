"""The labels that are worth a second look, as a table of the page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

_LISTED = 15
_HEADINGS = ["Source", "Label", "Rather", "Its probability"]
_OF_SOURCES = ["Opening angle (°)", "Second opinion", "Experts"]


def describe_doubts(doubts: pd.DataFrame, sources: pd.DataFrame | None = None) -> dict[str, Any]:
    """Say how many labels are doubtful, and list the most doubtful ones.

    Parameters
    ----------
    doubts
        As `bentjets.learning.evaluation.rank_doubts` gives them.
    sources
        The table of sources, where there is one: ``name``, ``opening_angle_deg`` and its error,
        ``second_opinion``, ``seen_as``.

    Returns
    -------
    dict
        ``n``, how many sources were ranked; ``errors``, how many labels confident learning calls
        errors; ``headings`` and ``rows`` of the table.
    """
    first = doubts.head(_LISTED)
    known: Mapping[str, Mapping[Any, Any]] = {}
    if sources is not None:
        listed = sources[sources["source_id"].isin(first["source_id"])]
        known = {row["source_id"]: row for row in listed.to_dict("records")}
    return {
        "n": len(doubts),
        "errors": int(doubts["is_error"].sum()),
        "headings": [*_HEADINGS, *(_OF_SOURCES if known else [])],
        "rows": [
            [
                str(known.get(row["source_id"], row).get("name", row["source_id"])),
                row["label"],
                row["suggested"],
                f"{100 * row['suggested_probability']:.0f} %",
                *(_of_source(known[row["source_id"]]) if known else []),
            ]
            for row in first.to_dict("records")
        ],
    }


def _of_source(source: Mapping[Any, Any]) -> list[str]:
    angle, error = source["opening_angle_deg"], source["opening_angle_error_deg"]
    return [
        "–" if pd.isna(angle) else f"{angle:.0f} ± {error:.0f}",
        source["second_opinion"] or "–",
        source["seen_as"] or "–",
    ]
