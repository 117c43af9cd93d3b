from __future__ import annotations

import io
from collections import defaultdict

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

from bentjets.errors import InputError
from bentjets.review.consensus import AUTOMATIC, automatic_votes, decide

SOURCES = pd.Series(["C", "A", "B"], name="source_id")
EXPERTS = ("ada", "bo", "cy")
BALLOTS = st.dictionaries(
    st.tuples(st.sampled_from("ABCZ"), st.sampled_from((*EXPERTS, AUTOMATIC))), st.booleans()
)


def vote(ballots: dict[tuple[str, str], bool], reason: str = "") -> pd.DataFrame:
    rows = [(source, reviewer, vote, reason) for (source, reviewer), vote in ballots.items()]
    return pd.DataFrame(rows, columns=["source_id", "reviewer", "accepted", "reason"])


def experts_decide(votes: pd.DataFrame, min_reviewers: int = 2) -> pd.DataFrame:
    return decide(SOURCES, votes, policy="experts", min_reviewers=min_reviewers)


@given(BALLOTS, st.integers(1, 3))
def test_accepted_if_and_only_if_enough_experts_voted_and_all_accept(ballots, needed) -> None:
    by_source = defaultdict(dict)
    for (source, reviewer), accepts in ballots.items():
        if reviewer != AUTOMATIC and source in set(SOURCES):
            by_source[source][reviewer] = accepts
    if not by_source:
        with pytest.raises(InputError, match="no experts votes on these 3 sources"):
            experts_decide(vote(ballots), needed)
        return
    decisions = experts_decide(vote(ballots), needed)
    assert decisions["source_id"].tolist() == SOURCES.tolist()
    for row in decisions.itertuples():
        theirs = by_source[row.source_id]
        assert row.accepted == (len(theirs) >= needed and all(theirs.values()))
        assert row.reviewers == ";".join(sorted(theirs))
        assert (row.reason == "") == row.accepted


@given(BALLOTS)
def test_automatic_policy_hears_the_checks_alone(ballots) -> None:
    checks = {source: ok for (source, name), ok in ballots.items() if name == AUTOMATIC}
    votes = vote(ballots | {("C", AUTOMATIC): True})
    decisions = decide(SOURCES, votes, policy="automatic", min_reviewers=2)
    accepted = dict(zip(decisions["source_id"], decisions["accepted"], strict=True))
    assert accepted == {"C": True} | {key: checks.get(key, False) for key in "AB"}


def test_reasons_say_who_is_missing_and_what_was_wrong() -> None:
    votes = pd.concat(
        [
            vote({("A", "ada"): True, ("A", AUTOMATIC): True}),
            vote({("B", "ada"): False}, reason="not bent"),
            vote({("B", "bo"): False}, reason="blended"),
            vote({("B", "cy"): True}, reason="lovely"),
        ]
    )
    reasons = experts_decide(votes)["reason"].tolist()
    assert reasons == ["reviewed by 0 of 2", "reviewed by 1 of 2", "blended; not bent"]


@pytest.mark.parametrize("reason", ["", None])
def test_a_rejection_without_a_reason_still_has_one(reason) -> None:
    votes = vote({("A", "ada"): False, ("A", "bo"): True}, reason=reason)
    decisions = experts_decide(votes).set_index("source_id")
    assert decisions.loc["A", "reason"] == "rejected"


def test_checks_become_votes_that_decide() -> None:
    text = "source_id,accepted,reason,snr\nC,True,,9\nA,False,too faint,2\nB,True,,8\n"
    votes = automatic_votes(pd.read_csv(io.StringIO(text)))
    assert list(votes) == ["source_id", "reviewer", "accepted", "reason", "reviewed_at"]
    assert not votes.isna().to_numpy().any()
    decisions = decide(SOURCES, votes, policy="automatic", min_reviewers=2)
    expected = {
        "source_id": ["C", "A", "B"],
        "accepted": [True, False, True],
        "reason": ["", "too faint", ""],
        "reviewers": [AUTOMATIC] * 3,
    }
    assert_frame_equal(decisions, pd.DataFrame(expected))


def test_unknown_policy_is_refused_with_the_choices() -> None:
    with pytest.raises(InputError, match="'oracle' is unknown: choose from automatic, experts"):
        decide(SOURCES, vote({("A", "ada"): True}), policy="oracle", min_reviewers=2)


def test_experts_who_did_not_vote_are_asked_to() -> None:
    with pytest.raises(InputError, match="let the experts vote, or set curation"):
        experts_decide(vote({("A", AUTOMATIC): True, ("Z", "ada"): True}))
