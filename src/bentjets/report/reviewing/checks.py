"""What the automatic checks found: flags counted by kind, and the kinds of reasons."""

from __future__ import annotations

import pandas as pd

from bentjets.radio.measuring import CHECKS, QualityLimits

_TITLES = {check.title for check in CHECKS}


def count_flags(quality: pd.DataFrame, limits: QualityLimits) -> list[list[str]]:
    """Count the sources that fail each check.

    Parameters
    ----------
    quality : DataFrame
        ``flags``: names of the checks that a source fails, joined by semicolons.
    limits : QualityLimits
        The limits that they failed, and which checks reject.

    Returns
    -------
    list
        Rows of a table: what is wrong, the number in quality.csv, its limit, whether the check
        rejects or warns, and how many sources fail it; checks that none fails come last.
    """
    failed = quality["flags"].fillna("").str.split(";").explode().value_counts()
    rows = []
    for check in CHECKS:
        bound = "at most" if check.limit.startswith("max_") else "at least"
        rows.append(
            [
                check.title,
                check.name,
                f"{bound} {getattr(limits, check.limit):g}",
                "rejects" if check.name in limits.rejecting else "warns",
                f"{int(failed.get(check.name, 0)):,}",
            ]
        )
    return sorted(rows, key=lambda row: row[-1] == "0")


def shorten_reasons(reasons: pd.Series) -> pd.Series:
    """Leave the numbers out of the reasons of checks, so that those of one kind are alike."""
    kinds = reasons.fillna("").str.split(":", n=1).str[0]
    return reasons.where(~kinds.isin(_TITLES), kinds)
