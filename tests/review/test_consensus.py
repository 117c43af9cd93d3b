from __future__ import annotations

import logging
import tracemalloc

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

from bentjets.errors import InputError
from bentjets.review import AUTOMATIC, decide
from voting import table, vote

IDS = ["C", "A", "B"]
CHECKED = pd.DataFrame(
    {
        "source_id": IDS,
        "accepted": [True, False, True],
        "reason": ["", "too faint", None],
        "image_sha256": [f"sha of {key}" for key in IDS],
    }
)
PEOPLE = ["unanimous", "majority", "weighted"]
VERDICTS = st.sampled_from(["accept", "reject", "unsure"])
BALLOTS = st.dictionaries(
    st.tuples(st.sampled_from("ABCZ"), st.sampled_from(("ada", "bo", "cy"))), VERDICTS, min_size=1
).filter(lambda ballots: any(source != "Z" for source, _ in ballots))


def votes_of(ballots, **others):
    return [vote(source, expert, said, **others) for (source, expert), said in ballots.items()]


def by(policy, *votes, needed=2, stale="ignore"):
    decisions = decide(CHECKED, table(*votes), policy=policy, min_reviewers=needed, stale=stale)
    assert decisions["source_id"].tolist() == IDS
    return decisions.set_index("source_id")


def said_of(ballots, key):
    return {expert: said for (source, expert), said in ballots.items() if source == key}


@given(BALLOTS, st.integers(1, 3))
def test_unanimous_if_enough_voted_and_all_accept(ballots, needed):
    for row in by("unanimous", *votes_of(ballots), needed=needed).itertuples():
        theirs = said_of(ballots, row.Index)
        assert row.accepted == (len(theirs) >= needed and {*theirs.values()} == {"accept"})
        assert row.reviewers == ";".join(sorted(theirs))
        assert (row.reason == "") == row.accepted


@given(BALLOTS, st.integers(1, 3))
def test_majority_if_enough_voted_and_more_than_half_accept(ballots, needed):
    for row in by("majority", *votes_of(ballots), needed=needed).itertuples():
        said = [*said_of(ballots, row.Index).values()]
        assert row.accepted == (len(said) >= needed and 2 * said.count("accept") > len(said))
        assert (row.reason == "") == row.accepted


@settings(max_examples=30)
@given(BALLOTS, st.sampled_from(PEOPLE), st.randoms())
def test_the_order_of_experts_is_nothing(ballots, policy, random):
    votes = votes_of(ballots)
    shuffled = random.sample(votes, len(votes))
    assert_frame_equal(by(policy, *votes), by(policy, *shuffled))


def test_the_order_of_experts_is_nothing_where_they_are_even():
    said = {
        **{("A", "ada"): "accept", ("A", "bo"): "reject", ("A", "cy"): "accept"},
        **{("B", "ada"): "accept", ("B", "bo"): "reject", ("B", "cy"): "reject"},
        **{("C", "ada"): "accept", ("C", "bo"): "reject"},
    }
    votes = votes_of(said)
    first = by("weighted", *votes)
    for _ in range(len(votes)):
        votes = [*votes[1:], votes[0]]
        assert_frame_equal(by("weighted", *votes), first)
        assert_frame_equal(by("weighted", *reversed(votes)), first)


@given(BALLOTS, st.sampled_from(["unanimous", "majority"]))
def test_one_more_approval_never_loses_a_source(ballots, policy):
    before = by(policy, *votes_of(ballots), needed=1)["accepted"]
    more = [vote(key, "dee") for key in IDS]
    after = by(policy, *votes_of(ballots), *more, needed=1)["accepted"]
    assert (after >= before).all()


def test_an_unreliable_expert_weighs_less():
    keys = [f"S{number}" for number in range(40)]
    checked = pd.DataFrame({"source_id": keys, "accepted": True, "reason": "", "image_sha256": ""})
    good = {key: "accept" if number % 2 else "reject" for number, key in enumerate(keys)}
    votes = [vote(key, name, said) for key, said in good.items() for name in ("ada", "bo")]
    votes += [vote(key, "dice", "accept" if n % 3 else "reject") for n, key in enumerate(keys)]
    # On the last source only one of the good ones is left, against the dice.
    votes = [one for one in votes if (one["source_id"], one["expert"]) != ("S39", "bo")]
    votes = [one | {"verdict": "reject"} if one["source_id"] == "S39" and one["expert"] == "dice"
             else one for one in votes]  # fmt: skip
    options = {"min_reviewers": 2}
    weighted = decide(checked, table(*votes), policy="weighted", **options)
    assert weighted["accepted"].tolist() == [number % 2 == 1 for number in range(40)]
    assert not decide(checked, table(*votes), policy="majority", **options)["accepted"].iloc[-1]


def test_reasons_say_who_is_missing_and_what_was_wrong():
    found = by(
        "unanimous",
        vote("A", "ada"),
        vote("B", "ada", "reject", reason="not bent"),
        vote("B", "bo", "reject", reason="blended"),
        vote("B", "cy"),
        vote("B", "dee", "unsure"),
        vote("B", "eve", "reject"),
    )
    assert found["reason"].to_dict() == {
        "C": "reviewed by 0 of 2",
        "A": "reviewed by 1 of 2",
        "B": "blended; not bent; rejected; unsure",
    }


def test_the_checks_decide_where_the_policy_says_so():
    found = by(AUTOMATIC, vote("A", "ada"), vote("C", "ada", "reject"))
    assert found["accepted"].to_dict() == {"C": True, "A": False, "B": True}
    assert found["reason"].to_dict() == {"C": "", "A": "too faint", "B": ""}
    assert {*found["reviewers"]} == {AUTOMATIC}


def test_the_last_vote_of_an_expert_counts_and_undo_takes_it_back():
    found = by(
        "unanimous",
        vote("A", "ada", "reject"), vote("A", "ada"), vote("A", "bo"),
        vote("B", "ada"), vote("B", "bo"), vote("B", "bo", "withdrawn"),
    )  # fmt: skip
    assert found["accepted"].to_dict() == {"C": False, "A": True, "B": False}
    assert found.loc["B", "reason"] == "reviewed by 1 of 2"


def test_an_image_shown_again_is_no_second_vote():
    found = by("unanimous", vote("A", "ada"), vote("A", "ada", "reject", showing=2), needed=1)
    assert found.loc["A", "accepted"]
    assert not by("unanimous", vote("A", "ada"), vote("A", "ada", showing=2)).loc["A", "accepted"]


@pytest.mark.parametrize("policy", PEOPLE)
def test_the_second_round_decides_over_the_first(policy):
    first = [vote("A", "ada"), vote("A", "bo", "reject", reason="bad")]
    first += [vote("B", "ada"), vote("B", "bo")]
    found = by(policy, *first, vote("A", "cy", round=2), vote("B", "cy", "reject", round=2))
    assert found["accepted"].to_dict() == {"C": False, "A": True, "B": False}
    assert found["reviewers"].to_dict() == {"C": "", "A": "cy", "B": "cy"}


def test_a_vote_on_an_image_that_has_changed_counts_as_the_policy_says(caplog):
    now = [vote(key, "ada", image_sha256=f"sha of {key}") for key in "AC"]
    before = [vote(key, "bo", image_sha256="sha before") for key in "AC"]
    with caplog.at_level(logging.INFO):
        found = by("unanimous", *now, *before)
    assert not found["accepted"].any()
    assert found["stale"].to_dict() == {"C": 1, "A": 1, "B": 0}
    assert found.loc["A", "reason"] == "reviewed by 1 of 2; 1 voted on another image"
    assert "2 of 4 votes were given on images that have changed since" in caplog.text
    counted = by("unanimous", *now, *before, stale="count")
    assert counted["accepted"].to_dict() == {"C": True, "A": True, "B": False}
    assert counted["stale"].to_dict() == {"C": 1, "A": 1, "B": 0}


def test_votes_that_are_all_on_other_images_are_none():
    with pytest.raises(InputError, match=r"no votes of experts .* \(2 are on images that have"):
        by("unanimous", *(vote("A", name, image_sha256="before") for name in ("ada", "bo")))


def test_a_vote_that_does_not_tell_its_image_counts(caplog):
    with caplog.at_level(logging.INFO):
        found = by("unanimous", vote("A", "ada"), vote("A", "bo", image_sha256="sha of A"))
    assert found.loc["A", "accepted"]
    assert "1 of 2 votes do not tell the image they were given on" in caplog.text


def test_unknown_policy_is_refused_with_the_choices():
    with pytest.raises(InputError, match="'experts' is unknown: choose from automatic, unanimous"):
        by("experts", vote("A", "ada"))


def test_experts_who_did_not_vote_are_asked_to():
    with pytest.raises(InputError, match=r"let them vote .kedro review --expert NAME., or set"):
        by("unanimous", vote("Z", "ada"))


def test_many_sources_take_little_memory():
    names = [f"S{number:06d}" for number in range(2000)]
    checked = pd.DataFrame({"source_id": names, "accepted": True, "reason": "", "image_sha256": ""})
    votes = table(*(vote(name, "ada") for name in names))
    options = {"policy": "unanimous", "min_reviewers": 1}
    decide(checked, votes, **options)
    tracemalloc.start()
    decisions = decide(checked, votes, **options)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert decisions["accepted"].all()
    assert peak / len(names) < 2500
