"""What experts said: how far they agree, why they reject, and what that means for networks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from bentjets.report.reviewing.estimates import Row, estimate_texts

_LISTED = 20
CEILINGS = {
    "morphology": "one expert by another: class",
    "verdict": "one expert by another: acceptance",
}
"""Rows of Table 2: how often one expert predicts what another says."""


def describe_agreement(agreement: Mapping[str, Any]) -> list[Row]:
    """Say how far experts agree.

    Parameters
    ----------
    agreement
        As `bentjets.review.measure_agreement` gives it.

    Returns
    -------
    list
        Rows of a table: what was measured, its value, its 95 % interval, and on how many images;
        none where nobody voted.
    """
    if not agreement["experts"]:
        return []
    measured = [
        ("Two experts say the same", agreement["percent_agreement"], True),
        ("Cohen's kappa", agreement["cohen_kappa"], False),
        ("Fleiss' kappa", agreement["fleiss_kappa"], False),
        (
            "One expert names the class that another names",
            agreement["human_ceiling"]["morphology"],
            True,
        ),
        *(
            (f"{name} says the same of an image shown twice", one, True)
            for name, one in sorted(agreement["consistency"].items())
        ),
    ]
    return [
        [name, *estimate_texts(one, as_share)]
        for name, one, as_share in measured
        if one is not None
    ]


def count_votes(agreement: Mapping[str, Any]) -> str:
    """Say in a sentence how many votes there are; empty where nobody voted."""
    people = len(agreement["experts"])
    if not people:
        return ""
    n_votes, n_stale = agreement["n_votes"], agreement["n_stale"]
    stale = f", {n_stale:,} of them on images that have changed since" if n_stale else ""
    return (
        f"{n_votes:,} {'vote' if n_votes == 1 else 'votes'} by {people} "
        f"{'expert' if people == 1 else 'experts'}{stale}."
    )


def list_objections(agreement: Mapping[str, Any]) -> list[Row]:
    """List why experts did not accept: reasons and votes, the most frequent first, at most 20."""
    reasons = list(agreement.get("rejected", {}).items())
    rows = [[str(reason), f"{n:,}"] for reason, n in reasons[:_LISTED]]
    rest = reasons[_LISTED:]
    return [*rows, [f"{len(rest)} other reasons", f"{sum(n for _, n in rest):,}"]] if rest else rows


def list_ceilings(agreement: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Give the human ceilings that are known: the name of the row, and its estimate."""
    known = agreement.get("human_ceiling", {})
    for name, title in CEILINGS.items():
        if known.get(name) is not None:
            yield title, known[name]
