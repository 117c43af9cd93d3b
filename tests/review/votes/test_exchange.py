from __future__ import annotations

import csv
import json

import pytest

from bentjets.errors import InputError
from bentjets.review.votes import Vote, VoteStore, export_votes, import_votes


@pytest.fixture
def store(tmp_path):
    return VoteStore(str(tmp_path / "votes.db"))


def write(path, rows):
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


def test_there_and_back(store, tmp_path):
    reason = 'wide, "bent"\nand =SUM(A1)'
    votes = [
        Vote(vote_id="a" * 32, source_id="S1", expert="Ada, L.", verdict="reject", reason=reason,
             clicks=((1, 2), (3, 4), (5, 6)), opening_angle_deg=12.5, voted_at="2026"),
        Vote(vote_id="b" * 32, source_id="NA", expert="nan", verdict="accept", voted_at="2026"),
    ]  # fmt: skip
    store.append(votes)
    path = tmp_path / "votes.csv"
    assert export_votes(store, path) == 2
    other = VoteStore(str(tmp_path / "other.db"))
    assert import_votes(other, path) == 2
    assert other.read().equals(store.read())
    assert import_votes(other, path) == 0
    assert other.find("a" * 32) == votes[0]


def test_votes_typed_by_hand(store, tmp_path):
    rows = [
        {"source_id": "S1", "expert": "ada", "verdict": "accept"},
        {"source_id": "S2", "expert": "ada", "verdict": "reject"},
    ]
    path = write(tmp_path / "typed.csv", rows)
    assert import_votes(store, path) == 2
    assert import_votes(store, path) == 0
    assert set(store.read()["origin"]) == {"import"}


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ({"verdict": "maybe"}, "line 3: .*verdict is 'maybe'"),
        ({"expert": ""}, "line 3: not a vote: .*expert"),
        ({"seconds": "long"}, "line 3: not a vote: could not convert"),
    ],
)
def test_a_bad_row_is_named_and_nothing_is_added(store, tmp_path, row, words):
    good = {"source_id": "S1", "expert": "ada", "verdict": "accept", "seconds": "1"}
    path = write(tmp_path / "bad.csv", [good, good | {"source_id": "S2"} | row])
    with pytest.raises(InputError, match=words + ".*; nothing is added"):
        import_votes(store, path)
    assert store.read().empty


def test_a_table_of_something_else(store, tmp_path):
    path = write(tmp_path / "other.csv", [{"name": "x"}])
    with pytest.raises(InputError, match=r"other\.csv, line 1: it holds no votes: it needs the c"):
        import_votes(store, path)
    with pytest.raises(InputError, match=r"none\.csv cannot be read: No such file"):
        import_votes(store, tmp_path / "none.csv")


def classification(number, user, answers, facts):
    return {
        "classification_id": str(number),
        "user_name": user,
        "user_id": "",
        "workflow_id": "1",
        "created_at": "2026-03-01 12:00:00 UTC",
        "annotations": json.dumps(
            [{"task": f"T{n}", "value": answer} for n, answer in enumerate(answers)]
        ),
        "subject_data": json.dumps({"9001": {"retired": None, **facts}}),
        "subject_ids": "9001",
    }


def test_a_crowd_votes_through_panoptes(store, tmp_path):
    rows = [
        classification(1, "ada", ["Accept: a good image", []], {"source_id": "S1"}),
        classification(2, "not-logged-in-12ab", ["Reject", "too small "], {"#source_id": "S1"}),
        classification(3, "bo", ["Unsure"], {"name": "S2"}),
        classification(4, "bo", [["a drawing"], 3], {"source_id": "S3"}),
        classification(5, "bo", ["Yes"], {"source_id": "S3"}),
    ]
    path = write(tmp_path / "classifications.csv", rows)
    assert import_votes(store, path) == 4
    assert import_votes(store, path) == 0
    votes = store.read()
    assert votes[["source_id", "expert", "verdict", "reason"]].to_numpy().tolist() == [
        ["S1", "ada", "accept", ""],
        ["S1", "not-logged-in-12ab", "reject", "too small"],
        ["S2", "bo", "unsure", ""],
        ["S3", "bo", "accept", ""],
    ]
    assert set(votes["origin"]) == {"panoptes"}
    assert votes["voted_at"].iloc[0] == "2026-03-01T12:00:00Z"


def test_a_subject_without_a_name(store, tmp_path):
    path = write(tmp_path / "c.csv", [classification(1, "ada", ["Accept"], {})])
    with pytest.raises(InputError, match="line 2: the subject names no source: give it source_id"):
        import_votes(store, path)
