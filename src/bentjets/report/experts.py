"""How far experts agree, as rows of a table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Row = list[str]


def describe_agreement(agreement: Mapping[str, Any]) -> list[Row]:
    """Say how far experts agree, with 95 % intervals.

    Parameters
    ----------
    agreement
        As `bentjets.review.measure_agreement` gives it.

    Returns
    -------
    list
        Pairs of a name and words; none where nobody voted.
    """
    if not agreement.get("experts"):
        return []
    people = len(agreement["experts"])
    votes = f"{agreement['n_votes']} by {people} {'expert' if people == 1 else 'experts'}"
    if agreement["n_stale"]:
        votes += f", {agreement['n_stale']} of them on images that have changed since"
    ceiling = agreement["human_ceiling"]
    measured = [
        ("Two experts say the same", agreement["percent_agreement"], True),
        ("Cohen's kappa", agreement["cohen_kappa"], False),
        ("Fleiss' kappa", agreement["fleiss_kappa"], False),
        ("One expert names the class that another names", ceiling["morphology"], True),
        *(
            (f"{name} says the same of an image shown twice", one, True)
            for name, one in sorted(agreement["consistency"].items())
        ),
    ]
    rows = [["Votes", votes]]
    rows += [[name, _words(one, as_share)] for name, one, as_share in measured if one is not None]
    if agreement["rejected"]:
        reasons = ", ".join(f"{reason} ({n})" for reason, n in agreement["rejected"].items())
        rows.append(["Not accepted, by votes", reasons])
    return rows


def _words(estimate: Mapping[str, float], as_share: bool) -> str:
    values = [estimate[name] for name in ("value", "low", "high")]
    if as_share:
        value, low, high = (f"{100 * one:.1f}" for one in values)
        return f"{value} % [{low}, {high}] of {estimate['n']}"
    value, low, high = (f"{one:.2f}" for one in values)
    return f"{value} [{low}, {high}], {estimate['n']} sources"
