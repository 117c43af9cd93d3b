"""Before the vote the server tells nothing that could lead it."""

from __future__ import annotations

import json

import pandas as pd
import pytest

from review.asking import Client, rows_of

OPINIONS = ("WAT", "NAT", "bob", "small_cnn", "angle_against_class")


def told(client: Client, place: int) -> dict:
    return client.get(f"/api/places/{place}")


@pytest.fixture(scope="module")
def two(start):
    server = start(experts=("ann", "bob"), with_tokens=True, repeat_share=0.2)
    ann, bob = Client(server), Client(server, "bob")
    for place in range(bob.get("/api/state")["total"]):
        bob.vote(place, verdict="reject", reason="confused", morphology="NAT?")
    return ann, bob


def test_no_answer_before_the_vote_holds_an_opinion(two) -> None:
    ann, _ = two
    total = ann.get("/api/state")["total"]
    truth = pd.read_csv(ann.server.folder / "catalogue.csv").set_index("source_id")
    addresses = [f"/api/places?filter={name}&count=100" for name in ("all", "open", "flagged")]
    for address in [*addresses, *(f"/api/places/{place}" for place in range(total))]:
        answer = ann.ask("GET", address)
        text = answer.body.decode()
        assert not [word for word in OPINIONS if word in text], address
        if "source_id" in (content := json.loads(text)):
            assert f"{truth.loc[content['source_id'], 'opening_angle_deg']:.6g}" not in [
                value for _, value in content["catalogue"]
            ]
            assert content["revealed"] is None
            assert content["opening_angle_deg"] is None


def test_what_others_say_is_told_with_the_answer_to_ones_own_vote(two) -> None:
    ann, _ = two
    place = ann.get("/api/state")["first_open"]
    source_id = told(ann, place)["source_id"]
    revealed = ann.vote(place)["revealed"]
    label = pd.read_csv(ann.server.folder / "catalogue.csv").set_index("source_id")["morphology"]
    assert revealed["morphology"] == label[source_id]
    assert [(one["expert"], one["verdict"]) for one in revealed["votes"]] == [("bob", "reject")]
    assert [one["model"] for one in revealed["networks"]] == ["small_cnn"]
    assert 0.5 <= revealed["networks"][0]["probability"] <= 1
    after = told(ann, place)
    assert after["revealed"] == revealed
    assert after["opening_angle_deg"] is not None
    assert "opening_angle_deg" in [name for name, _ in after["catalogue"]]


def test_a_repeat_looks_like_any_other_place_and_is_blind_again(start) -> None:
    client = Client(start(repeat_share=0.2))
    total = client.get("/api/state")["total"]
    shown = [told(client, place) for place in range(total)]
    names = [one["source_id"] for one in shown]
    twice = sorted({name for name in names if names.count(name) == 2})
    assert (total, len(twice)) == (24, 4)
    assert len({tuple(sorted(one)) for one in shown}) == 1
    assert "showing" not in json.dumps(shown)
    first, second = (place for place, name in enumerate(names) if name == twice[0])
    client.vote(first, verdict="accept")
    repeat = told(client, second)
    assert (repeat["vote"], repeat["revealed"]) == (None, None)
    assert {**repeat, "place": 0} == {**shown[first], "place": 0}
    client.vote(second, verdict="reject", reason="small")
    assert told(client, first)["vote"]["verdict"] == "accept"
    showings = [(row["showing"], row["verdict"]) for row in rows_of(client.server.votes)]
    assert showings == [(1, "accept"), (2, "reject")]


def test_a_setting_shows_them(start) -> None:
    client = Client(start(shows=True))
    assert client.get("/api/state")["shows"]
    assert told(client, 0)["revealed"]["morphology"] in ("WAT", "NAT")


def test_adjudication_shows_conflicts_only_and_both_votes_side_by_side(start, two) -> None:
    ann, bob = two
    agreed, disputed = 3, 6
    by_source = {told(bob, place)["source_id"]: place for place in range(20)}
    ids = [told(ann, place)["source_id"] for place in (agreed, disputed)]
    ann.vote(agreed, verdict="reject", reason="bad", morphology="NAT?")
    ann.vote(disputed, verdict="accept")
    assert by_source
    second = start(ann.server.folder, experts=("cho", "bob"), with_tokens=True, round_number=2)
    cho = Client(second, "cho")
    state = cho.get("/api/state")
    places = [told(cho, place) for place in range(state["total"])]
    names = [one["source_id"] for one in places]
    assert (state["round"], ids[0] in names, ids[1] in names) == (2, False, True)
    one = places[names.index(ids[1])]
    said = {(vote["expert"], vote["verdict"], vote["reason"]) for vote in one["conflict"]}
    assert said == {("ann", "accept", ""), ("bob", "reject", "confused")}
    assert "network" not in json.dumps(one)
    cho.vote(names.index(ids[1]), verdict="accept")
    last = rows_of(second.votes)[-1]
    assert (last["round"], last["expert"], last["source_id"]) == (2, "cho", ids[1])
    # The first round is as it was.
    assert told(ann, disputed)["vote"]["verdict"] == "accept"
