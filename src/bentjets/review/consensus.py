"""From votes to decisions: which sources are accepted, and why the others are not."""

from __future__ import annotations

import pandas as pd

from bentjets.errors import InputError

AUTOMATIC = "automatic"
"""Name under which the quality checks vote; experts have other names."""

POLICIES = (AUTOMATIC, "experts")


def automatic_votes(quality: pd.DataFrame) -> pd.DataFrame:
    """Turn the quality checks into votes of the reviewer called ``automatic``.

    Parameters
    ----------
    quality
        Columns ``source_id``, ``accepted``, ``reason``.

    Returns
    -------
    pandas.DataFrame
        Columns ``source_id``, ``reviewer``, ``accepted``, ``reason``, ``reviewed_at`` (empty, so
        that the same data give the same table).
    """
    # An empty reason comes back from a CSV file as a missing value.
    votes = quality[["source_id", "accepted", "reason"]].fillna({"reason": ""})
    return votes.assign(reviewer=AUTOMATIC, reviewed_at="")[
        ["source_id", "reviewer", "accepted", "reason", "reviewed_at"]
    ]


def decide(
    source_ids: pd.Series, votes: pd.DataFrame, *, policy: str, min_reviewers: int
) -> pd.DataFrame:
    """Accept a source where enough reviewers voted and all of them accept it.

    Hossain et al. 2025 (section 3) keep the images that two experts accept unanimously.

    Parameters
    ----------
    source_ids
        The sources to decide on.
    votes
        Columns ``source_id``, ``reviewer``, ``accepted``, ``reason``; votes on other sources are
        ignored.
    policy
        ``automatic``: the quality checks alone decide. ``experts``: only people do.
    min_reviewers
        How many experts must have voted on a source.

    Returns
    -------
    pandas.DataFrame
        Columns ``source_id``, ``accepted``, ``reason`` (empty where accepted), ``reviewers``
        (names, joined by semicolons), in the order of ``source_ids``.

    Raises
    ------
    InputError
        If the policy is unknown, or experts shall decide and none of them has voted.
    """
    if policy not in POLICIES:
        raise InputError(
            f"curation.review.policy {policy!r} is unknown: choose from {', '.join(POLICIES)}"
        )
    by_machine = votes["reviewer"] == AUTOMATIC
    counted = votes[by_machine if policy == AUTOMATIC else ~by_machine]
    counted = counted[counted["source_id"].isin(source_ids)]
    if counted.empty:
        raise InputError(
            f"no {policy} votes on these {len(source_ids)} sources in the reviews table: "
            "let the experts vote, or set curation.review.policy to automatic"
        )
    needed = 1 if policy == AUTOMATIC else min_reviewers
    groups = dict(tuple(counted.groupby("source_id")))
    rows = [{"source_id": key, **_verdict(groups.get(key), needed)} for key in source_ids]
    return pd.DataFrame(rows)


def _verdict(votes: pd.DataFrame | None, needed: int) -> dict[str, object]:
    if votes is None or len(votes) < needed:
        count = 0 if votes is None else len(votes)
        names = "" if votes is None else ";".join(sorted(votes["reviewer"]))
        reason = f"reviewed by {count} of {needed}"
        return {"accepted": False, "reason": reason, "reviewers": names}
    against = votes[~votes["accepted"].astype(bool)]
    reasons = sorted({reason or "rejected" for reason in against["reason"].fillna("")})
    return {
        "accepted": against.empty,
        "reason": "; ".join(reasons),
        "reviewers": ";".join(sorted(votes["reviewer"])),
    }
