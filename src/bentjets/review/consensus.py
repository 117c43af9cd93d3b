"""From votes to decisions: which sources are accepted, and why the others are not."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from typing import Literal, NamedTuple, get_args

import pandas as pd

from bentjets.errors import InputError
from bentjets.review.standing import find_stale, standing_votes

AUTOMATIC = "automatic"
"""Name of the quality checks where they decide; experts have other names."""

Policy = Literal["automatic", "unanimous", "majority", "weighted"]
Stale = Literal["count", "ignore"]

_ACCEPT = "accept"
_ADJUDICATION = 2
_EVEN = 0.5


class _Vote(NamedTuple):
    source_id: str
    expert: str
    verdict: str
    reason: str


def decide(
    checked: pd.DataFrame,
    votes: pd.DataFrame,
    *,
    policy: Policy,
    min_reviewers: int,
    stale: Stale = "ignore",
) -> pd.DataFrame:
    """Accept or reject every source.

    Hossain et al. 2025 (section 3) keep the images that two experts accept unanimously. A vote of
    the second round, on sources on which the first disagreed, decides over those of the first.
    Only the first showing of an image counts; ``unsure`` is no approval.

    Parameters
    ----------
    checked
        The sources to decide on, and what the quality checks say: ``source_id``, ``accepted``,
        ``reason``, ``image_sha256`` (of the image as it is now).
    votes
        The table of votes, in the order in which they were cast; other sources are ignored.
    policy
        ``automatic``: the quality checks alone decide. ``unanimous``: everyone who voted accepts.
        ``majority``: more than half of them do. ``weighted``: experts count by their reliability,
        which is estimated from all votes (Dawid and Skene 1979, Applied Statistics 28, 20).
    min_reviewers
        How many experts must have voted on a source.
    stale
        What a vote on an image that has changed since is worth: ``ignore``: it counts as missing;
        ``count``: as any other.

    Returns
    -------
    pandas.DataFrame
        Columns ``source_id``, ``accepted``, ``reason`` (empty where accepted), ``reviewers``
        (names, joined by semicolons), ``stale`` (number of votes on another image), in the order
        of ``checked``.

    Raises
    ------
    InputError
        If the policy is unknown, or experts shall decide and no vote of theirs counts.
    """
    if policy not in get_args(Policy):
        raise InputError(
            f"curation.review.policy {policy!r} is unknown: choose from "
            f"{', '.join(get_args(Policy))}"
        )
    ids = checked["source_id"]
    if policy == AUTOMATIC:
        # An empty reason may come back from a file as a missing value.
        said = checked[["source_id", "accepted", "reason"]].fillna({"reason": ""})
        return said.reset_index(drop=True).assign(reviewers=AUTOMATIC, stale=0)
    given = standing_votes(votes)
    given = given[given["source_id"].isin(ids) & (given["showing"] == 1)]
    images = dict(zip(ids, checked["image_sha256"].fillna(""), strict=True))
    outdated = find_stale(given, images)
    counted = given[~outdated] if stale == "ignore" else given
    if counted.empty:
        others = f" ({len(given)} are on images that have changed since)" if len(given) else ""
        raise InputError(
            f"no votes of experts on these {len(ids)} sources{others}: let them vote (kedro review "
            f"--expert NAME), or set curation.review.policy to {AUTOMATIC}"
        )
    first = _by_source(counted[counted["round"] != _ADJUDICATION])
    second = _by_source(counted[counted["round"] == _ADJUDICATION])
    n_stale = Counter(given.loc[outdated, "source_id"])
    accepts = _RULES[policy](first)
    rows = [
        {
            "source_id": key,
            **_verdict(first[key], second[key], accepts(key), min_reviewers, n_stale[key]),
            "stale": n_stale[key],
        }
        for key in ids
    ]
    return pd.DataFrame(rows)


_Ballots = Mapping[str, list[_Vote]]


def _by_source(votes: pd.DataFrame) -> defaultdict[str, list[_Vote]]:
    # A table for each source would take more time and memory than all that is told in it.
    by_source: defaultdict[str, list[_Vote]] = defaultdict(list)
    said = votes.fillna({"reason": ""})[list(_Vote._fields)]
    for row in said.itertuples(index=False, name=None):
        vote = _Vote(*row)
        by_source[vote.source_id].append(vote)
    return by_source


def _unanimous(ballots: _Ballots) -> Callable[[str], bool]:
    return lambda key: all(vote.verdict == _ACCEPT for vote in ballots[key])


def _majority(ballots: _Ballots) -> Callable[[str], bool]:
    def accepts(key: str) -> bool:
        votes = ballots[key]
        return sum(vote.verdict == _ACCEPT for vote in votes) > _EVEN * len(votes)

    return accepts


def _weighted(ballots: _Ballots) -> Callable[[str], bool]:
    from crowdkit.aggregation import DawidSkene

    said = [
        (vote.source_id, vote.expert, vote.verdict == _ACCEPT)
        for votes in ballots.values()
        for vote in votes
    ]
    if not said:
        return lambda key: False
    # In one order, as sums depend on it: the last bit of one decides where two experts differ.
    table = pd.DataFrame(sorted(said), columns=["task", "worker", "label"])
    likely = DawidSkene(n_iter=100, tol=1e-6).fit_predict_proba(table)
    accepted = likely[True] if True in likely else pd.Series(dtype=float)
    return lambda key: bool(accepted.get(key, 0.0) > _EVEN)


_RULES: dict[str, Callable[[_Ballots], Callable[[str], bool]]] = {
    "unanimous": _unanimous,
    "majority": _majority,
    "weighted": _weighted,
}


def _verdict(
    first: list[_Vote], second: list[_Vote], accepted: bool, needed: int, outdated: int
) -> dict[str, object]:
    votes = second or first
    names = ";".join(sorted({vote.expert for vote in votes}))
    if second:
        accepted = all(vote.verdict == _ACCEPT for vote in second)
    elif len(first) < needed:
        reason = f"reviewed by {len(first)} of {needed}"
        if outdated:
            reason += f"; {outdated} voted on another image"
        return {"accepted": False, "reason": reason, "reviewers": names}
    against = {_objection(vote) for vote in votes if vote.verdict != _ACCEPT}
    reason = "" if accepted else "; ".join(sorted(against)) or "not reliably accepted"
    return {"accepted": accepted, "reason": reason, "reviewers": names}


def _objection(vote: _Vote) -> str:
    return vote.reason or ("unsure" if vote.verdict == "unsure" else "rejected")
