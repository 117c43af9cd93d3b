"""From votes to decisions: which sources are accepted, and why the others are not."""

from __future__ import annotations

import logging
from collections import Counter, defaultdict
from collections.abc import Mapping
from typing import NamedTuple

import pandas as pd

from bentjets.errors import InputError

logger = logging.getLogger(__name__)

AUTOMATIC = "automatic"
"""Name under which the quality checks vote; experts have other names."""

POLICIES = (AUTOMATIC, "experts")


class _Vote(NamedTuple):
    reviewer: str
    accepted: bool
    reason: str


def automatic_votes(quality: pd.DataFrame, image_sha256: Mapping[str, str]) -> pd.DataFrame:
    """Turn the quality checks into votes of the reviewer called ``automatic``.

    Parameters
    ----------
    quality
        Columns ``source_id``, ``accepted``, ``reason``.
    image_sha256
        The sha256 of each source's masked image.

    Returns
    -------
    pandas.DataFrame
        Columns ``source_id``, ``reviewer``, ``accepted``, ``reason``, ``reviewed_at`` (empty, so
        that the same data give the same table), ``image_sha256``.
    """
    # An empty reason may come back from a file as a missing value.
    votes = quality[["source_id", "accepted", "reason"]].fillna({"reason": ""})
    votes.insert(1, "reviewer", AUTOMATIC)
    shown = [image_sha256.get(source_id, "") for source_id in votes["source_id"]]
    return votes.assign(reviewed_at="", image_sha256=pd.Series(shown, votes.index, dtype="str"))


def decide(
    source_ids: pd.Series,
    votes: pd.DataFrame,
    *,
    image_sha256: Mapping[str, str],
    policy: str,
    min_reviewers: int,
) -> pd.DataFrame:
    """Accept a source where enough reviewers voted and all of them accept it.

    Hossain et al. 2025 (section 3) keep the images that two experts accept unanimously. A vote
    holds for the image that it was given on: where the masked image has changed since, it counts
    as missing, and the log says how many there are. A vote that does not tell its image (typed in
    by hand, or older than this column) counts: nobody's vote is lost.

    Parameters
    ----------
    source_ids
        The sources to decide on.
    votes
        Columns ``source_id``, ``reviewer``, ``accepted``, ``reason``, ``image_sha256``; votes on
        other sources are ignored.
    image_sha256
        The sha256 of each source's masked image as it is now.
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
        If the policy is unknown, or experts shall decide and no vote of theirs counts.
    """
    if policy not in POLICIES:
        raise InputError(
            f"curation.review.policy {policy!r} is unknown: choose from {', '.join(POLICIES)}"
        )
    by_machine = votes["reviewer"] == AUTOMATIC
    given = votes[by_machine if policy == AUTOMATIC else ~by_machine]
    given = given[given["source_id"].isin(source_ids)]
    outdated = _on_another_image(given, image_sha256)
    counted = given[~outdated]
    if counted.empty:
        others = f" ({len(given)} are on images that have changed since)" if len(given) else ""
        raise InputError(
            f"no {policy} votes on these {len(source_ids)} sources in the reviews table{others}: "
            "let the experts vote, or set curation.review.policy to automatic"
        )
    needed = 1 if policy == AUTOMATIC else min_reviewers
    said = counted.fillna({"reason": ""})
    # A table for each source would take more time and memory than all that is told in it.
    by_source: defaultdict[str, list[_Vote]] = defaultdict(list)
    for key, *vote in said[["source_id", *_Vote._fields]].itertuples(index=False, name=None):
        by_source[key].append(_Vote(*vote))
    changed = Counter(given.loc[outdated, "source_id"])
    rows = [
        {"source_id": key, **_verdict(by_source.get(key, []), needed, changed[key])}
        for key in source_ids
    ]
    return pd.DataFrame(rows)


def _on_another_image(votes: pd.DataFrame, image_sha256: Mapping[str, str]) -> pd.Series:
    unsaid = votes["image_sha256"] == ""
    outdated = ~unsaid & (votes["image_sha256"] != votes["source_id"].map(dict(image_sha256)))
    if outdated.any():
        logger.warning(
            "%d of %d votes were given on images that have changed since, and count as missing: "
            "%s is the first; let the experts vote again",
            outdated.sum(),
            len(votes),
            votes.loc[outdated, "source_id"].iloc[0],
        )
    if unsaid.any():
        logger.info(
            "%d of %d votes do not tell the image they were given on, and count",
            unsaid.sum(),
            len(votes),
        )
    return outdated


def _verdict(votes: list[_Vote], needed: int, outdated: int) -> dict[str, object]:
    names = ";".join(sorted(vote.reviewer for vote in votes))
    if len(votes) < needed:
        reason = f"reviewed by {len(votes)} of {needed}"
        if outdated:
            reason += f"; {outdated} voted on another image"
        return {"accepted": False, "reason": reason, "reviewers": names}
    against = [vote for vote in votes if not vote.accepted]
    return {
        "accepted": not against,
        "reason": "; ".join(sorted({vote.reason or "rejected" for vote in against})),
        "reviewers": names,
    }
