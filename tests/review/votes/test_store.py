from __future__ import annotations

import sqlite3
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa

from bentjets.errors import InputError
from bentjets.review import standing_votes
from bentjets.review.votes import COLUMNS, Vote, VoteExistsError, VoteStore, no_votes
from bentjets.tables.curation import REVIEWS


def cast(source_id="S1", expert="ada", verdict="accept", **others) -> Vote:
    options = {"vote_id": uuid.uuid4().hex, "voted_at": "2026-01-01T00:00:00.5Z"} | others
    return Vote(source_id=source_id, expert=expert, verdict=verdict, **options)


FULL = cast(
    round=2, showing=2, reason="a single jet; O'Dea says „so“ <b>\U0001f4a1</b>", morphology="NAT",
    clicks=((1.5, 2.0), (75.0, 75.25), (100.0, 3.0)), opening_angle_deg=74.5, tail_1_arcsec=20.0,
    tail_2_arcsec=33.3, seconds=4.2, image_sha256="ab" * 32, origin="import",
)  # fmt: skip


@pytest.fixture
def store(url):
    store = VoteStore(url)
    yield store
    store.close()


def test_nobody_has_voted_yet(store):
    assert store.read().equals(no_votes())
    assert store.latest().empty
    assert store.count("ada", 1) == 0
    assert store.find("0" * 32) is None


def test_a_vote_comes_back_as_it_was_cast(store, url):
    store.append([FULL])
    again = VoteStore(url)
    assert again.find(FULL.vote_id) == FULL
    (row,) = again.read().to_dict(orient="records")
    assert Vote.from_row(row) == FULL
    assert list(again.read()) == list(COLUMNS)
    assert again.read().dtypes.equals(no_votes().dtypes)
    again.close()


def test_all_votes_of_a_call_are_added_or_none(store):
    store.append([first := cast()])
    with pytest.raises(VoteExistsError, match=r"one of 2 votes is in .* already: none was added"):
        store.append([cast("S2"), first])
    assert store.read()["source_id"].tolist() == ["S1"]


@pytest.mark.parametrize("words", ["UPDATE votes SET verdict = 'reject'", "DELETE FROM votes"])
def test_nobody_can_change_what_was_said(store, url, words):
    store.append([cast()])
    engine = sa.create_engine(url)
    with pytest.raises(sa.exc.DBAPIError, match="kept for ever"), engine.begin() as connection:
        connection.execute(sa.text(words))
    engine.dispose()
    assert store.read()["verdict"].tolist() == ["accept"]


def test_what_stands(store):
    store.append([cast("A"), cast("A", verdict="reject"), cast("B", "bo"), cast("C", round=2)])
    store.append([cast("A", showing=2), cast("B", verdict="unsure"), cast("D")])
    store.append([cast("D", verdict="withdrawn"), cast("E", verdict="withdrawn"), cast("E")])
    latest = store.latest()
    assert latest[["source_id", "expert", "showing", "verdict"]].to_numpy().tolist() == [
        ["A", "ada", 1, "reject"], ["B", "bo", 1, "accept"], ["A", "ada", 2, "accept"],
        ["B", "ada", 1, "unsure"], ["E", "ada", 1, "accept"],
    ]  # fmt: skip
    everything = standing_votes(store.read())
    assert everything[everything["round"] == 1]["vote_id"].tolist() == latest["vote_id"].tolist()
    assert store.latest("bo")["source_id"].tolist() == ["B"]
    assert store.latest(source_ids=["A", "Z"])["showing"].tolist() == [1, 2]
    assert store.latest(source_ids=[]).empty
    assert store.latest(round=2)["source_id"].tolist() == ["C"]
    assert (store.count("ada", 1), store.count("ada", 2), store.count("bo", 1)) == (8, 1, 1)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"verdict": "maybe"}, "verdict is 'maybe': choose from accept, reject"),
        ({"expert": ""}, "expert is empty"),
        ({"round": 3}, "round and showing are 1 or 2"),
        ({"reason": "x" * 201}, "reason has more than 200 characters"),
        ({"clicks": ((1.0, 2.0),)}, "1 clicks: give end, core and end, or none"),
        ({"opening_angle_deg": float("inf")}, "numbers are finite"),
        ({"opening_angle_deg": 180.5}, "opening_angle_deg is 180.5: it is from 0 to 180"),
        ({"tail_2_arcsec": -3.0}, "tail_2_arcsec is -3: it is at least 0"),
        ({"seconds": -1.0}, "seconds is -1: it is at least 0"),
        ({"expert": " "}, "expert is empty"),
        ({"expert": "ada;bo"}, "letters that can be seen, and no semicolon"),
        ({"expert": "\nada"}, "letters that can be seen, and no semicolon"),
        ({"expert": "automatic"}, "automatic is the checks' own name: give the expert another"),
    ],
)
def test_a_vote_that_cannot_be(wrong, words):
    with pytest.raises(InputError, match=words):
        cast(**wrong)


def test_many_threads_write_and_read(store):
    def write(number):
        store.append([cast(f"S{number}")])
        return len(store.latest(source_ids=[f"S{number}"]))

    with ThreadPoolExecutor(12) as pool:
        assert list(pool.map(write, range(100))) == [1] * 100
    assert len(store.read()) == 100


def test_a_newer_schema_is_refused(store, url):
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '0999'"))
    engine.dispose()
    with pytest.raises(InputError, match=r"newer version of bentjets \(schema 0999, this one kno"):
        VoteStore(url)


def test_a_password_is_told_to_nobody():
    url = "postgresql://ada:s3cret@127.0.0.1:1/votes?connect_timeout=2"
    with pytest.raises(InputError, match="cannot be used as the votes' database") as caught:
        VoteStore(url)
    assert "s3cret" not in str(caught.value)
    assert "127.0.0.1" in str(caught.value)


@pytest.mark.parametrize("url", ["nonsense://", "postgresql+unknown://a/b", "://"])
def test_a_url_of_another_kind(url):
    with pytest.raises(InputError, match="cannot be read: give sqlite:///PATH or postgresql"):
        VoteStore(url)


def test_a_file_of_another_kind(tmp_path):
    (tmp_path / "votes.db").write_bytes(b"not a database at all" * 100)
    with pytest.raises(InputError, match=r"votes.db cannot be used .* not a database"):
        VoteStore(str(tmp_path / "votes.db"))


@pytest.mark.parametrize("has_images", [True, False])
def test_votes_of_version_0_1_are_taken_over_once(tmp_path, has_images):
    path = tmp_path / "reviews.db"
    image = ", image_sha256 TEXT NOT NULL DEFAULT ''" if has_images else ""
    with sqlite3.connect(path) as old:
        old.execute(
            "CREATE TABLE reviews (source_id TEXT, reviewer TEXT, accepted INTEGER, reason TEXT, "
            f"reviewed_at TEXT{image}, PRIMARY KEY (source_id, reviewer))"
        )
        sha256 = ("5ca1e",) if has_images else ()
        for row in [
            ("J1", "ada", 1, "", "2025-01-01T00:00:00Z"),
            ("J1", "automatic", 0, "too faint", ""),
            ("J2", "ada", 0, "small", "2025-01-02T00:00:00Z"),
            ("J3", "\n", 1, "", "2025-01-03T00:00:00Z"),
        ]:
            marks = ", ".join("?" * len(row + sha256))
            old.execute(f"INSERT INTO reviews VALUES ({marks})", row + sha256)
    old.close()
    for _ in range(2):
        votes = VoteStore(str(path)).read()
        assert votes[["source_id", "expert", "verdict", "reason"]].to_numpy().tolist() == [
            ["J1", "ada", "accept", ""],
            ["J2", "ada", "reject", "small"],
            ["J3", "unnamed", "accept", ""],
        ]
        REVIEWS.validate(votes)
        assert set(votes["origin"]) == {"reviews.db"}
        assert set(votes["image_sha256"]) == {"5ca1e" if has_images else ""}
