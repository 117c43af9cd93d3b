from __future__ import annotations

import io
import logging
import tracemalloc
from collections import defaultdict

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

from bentjets.errors import InputError
from bentjets.review import AUTOMATIC, automatic_votes, decide

SOURCES = pd.Series(["C", "A", "B"], name="source_id")
EXPERTS = ("ada", "bo", "cy")
BALLOTS = st.dictionaries(
    st.tuples(st.sampled_from("ABCZ"), st.sampled_from((*EXPERTS, AUTOMATIC))), st.booleans()
)


IMAGES = {source: f"sha of {source}" for source in SOURCES}


def vote(
    ballots: dict[tuple[str, str], bool], reason: str = "", image: str = "now"
) -> pd.DataFrame:
    """Votes on the images as they are ``now``, on ``""`` (unsaid), or on another one."""
    rows = [
        (source, reviewer, vote, reason, IMAGES.get(source, "") if image == "now" else image)
        for (source, reviewer), vote in ballots.items()
    ]
    columns = ["source_id", "reviewer", "accepted", "reason", "image_sha256"]
    return pd.DataFrame(rows, columns=columns)


def decide_by(votes: pd.DataFrame, policy: str, min_reviewers: int = 2) -> pd.DataFrame:
    return decide(SOURCES, votes, image_sha256=IMAGES, policy=policy, min_reviewers=min_reviewers)


def experts_decide(votes: pd.DataFrame, min_reviewers: int = 2) -> pd.DataFrame:
    return decide_by(votes, "experts", min_reviewers)


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
    decisions = decide_by(votes, "automatic")
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
    votes = automatic_votes(pd.read_csv(io.StringIO(text)), {"A": IMAGES["A"], "C": IMAGES["C"]})
    assert list(votes) == [
        *("source_id", "reviewer", "accepted", "reason", "reviewed_at", "image_sha256")
    ]
    assert votes["image_sha256"].tolist() == ["sha of C", "sha of A", ""]
    assert not votes.isna().to_numpy().any()
    decisions = decide_by(votes, "automatic")
    expected = {
        "source_id": ["C", "A", "B"],
        "accepted": [True, False, True],
        "reason": ["", "too faint", ""],
        "reviewers": [AUTOMATIC] * 3,
    }
    assert_frame_equal(decisions, pd.DataFrame(expected))


def test_a_vote_on_an_image_that_has_changed_counts_as_missing(caplog) -> None:
    votes = pd.concat(
        [
            vote({("A", "ada"): True, ("B", "ada"): False, ("C", "ada"): True, ("C", "bo"): True}),
            vote({("A", "bo"): True, ("B", "bo"): True, ("B", "cy"): False}, image="sha before"),
        ]
    )
    with caplog.at_level(logging.INFO):
        decisions = experts_decide(votes).set_index("source_id")
    assert decisions["accepted"].to_dict() == {"C": True, "A": False, "B": False}
    assert decisions["reason"].to_dict() == {
        "C": "",
        "A": "reviewed by 1 of 2; 1 voted on another image",
        "B": "reviewed by 1 of 2; 2 voted on another image",
    }
    assert decisions["reviewers"].to_dict() == {"C": "ada;bo", "A": "ada", "B": "ada"}
    assert [record.getMessage() for record in caplog.records] == [
        "3 of 7 votes were given on images that have changed since, and count as missing: "
        "A is the first; let the experts vote again"
    ]


def test_votes_that_are_all_on_other_images_are_none() -> None:
    with pytest.raises(
        InputError, match=r"no experts votes .* \(2 are on images that have changed"
    ):
        experts_decide(vote({("A", "ada"): True, ("A", "bo"): True}, image="sha before"))


def test_a_vote_that_does_not_tell_its_image_counts(caplog) -> None:
    votes = pd.concat([vote({("A", "ada"): True}, image=""), vote({("A", "bo"): True})])
    with caplog.at_level(logging.INFO):
        decisions = experts_decide(votes).set_index("source_id")
    assert decisions.loc["A", "accepted"]
    assert [record.getMessage() for record in caplog.records] == [
        "1 of 2 votes do not tell the image they were given on, and count"
    ]


@given(BALLOTS, st.sampled_from(["automatic", "experts"]))
def test_outdated_votes_decide_as_no_votes_do(ballots, policy) -> None:
    valid = vote({("A", "ada"): True, ("A", AUTOMATIC): True})
    others = {key: value for key, value in ballots.items() if key[0] != "A"}
    decisions = decide_by(pd.concat([valid, vote(others, image="sha before")]), policy)
    expected = decide_by(valid, policy)
    assert_frame_equal(decisions.drop(columns="reason"), expected.drop(columns="reason"))


def test_unknown_policy_is_refused_with_the_choices() -> None:
    with pytest.raises(InputError, match="'oracle' is unknown: choose from automatic, experts"):
        decide_by(vote({("A", "ada"): True}), "oracle")


def test_experts_who_did_not_vote_are_asked_to() -> None:
    with pytest.raises(InputError, match="let the experts vote, or set curation"):
        experts_decide(vote({("A", AUTOMATIC): True, ("Z", "ada"): True}))


def test_many_sources_take_little_memory() -> None:
    names = [f"S{number:06d}" for number in range(2000)]
    votes = automatic_votes(
        pd.DataFrame({"source_id": names, "accepted": True, "reason": ""}), dict.fromkeys(names, "")
    )
    options = {"image_sha256": {}, "policy": AUTOMATIC, "min_reviewers": 1}
    decide(votes["source_id"], votes, **options)
    tracemalloc.start()
    decisions = decide(votes["source_id"], votes, **options)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert decisions["accepted"].all()
    assert peak / len(names) < 2000
