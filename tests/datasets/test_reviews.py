from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
from kedro.io.core import DatasetError

from bentjets.datasets.reviews import ReviewsDataset
from bentjets.review.votes import COLUMNS, Vote
from bentjets.tables.curation import REVIEWS
from voting import table, vote


@pytest.fixture
def dataset(tmp_path):
    return ReviewsDataset(filepath=tmp_path / "primary" / "reviews.db")


def test_nobody_has_voted_yet(dataset, tmp_path):
    empty = dataset.load()
    assert not dataset.exists()
    assert list(empty.columns) == list(COLUMNS)
    assert REVIEWS.validate(empty).empty
    assert not list(tmp_path.iterdir())


def test_round_trip_in_the_order_of_casting(dataset):
    first = table(vote("S2", "ada"), vote("S1", "ada", "reject", reason="O'Dea says so"))
    dataset.save(first)
    dataset.save(table(vote("S1", "bo")))
    assert dataset.exists()
    loaded = REVIEWS.validate(dataset.load())
    assert loaded[["source_id", "expert", "verdict"]].to_numpy().tolist() == [
        ["S2", "ada", "accept"],
        ["S1", "ada", "reject"],
        ["S1", "bo", "accept"],
    ]


def test_saving_adds_and_never_replaces(dataset):
    votes = table(vote("S1", "ada"), vote("S2", "ada"))
    dataset.save(votes)
    dataset.save(votes.assign(verdict="reject"))
    assert dataset.load()["verdict"].tolist() == ["accept", "accept"]
    dataset.save(table())
    assert len(dataset.load()) == 2


def test_a_bad_vote_is_refused_and_nothing_is_added(dataset):
    with pytest.raises(DatasetError, match="verdict is 'maybe'"):
        dataset.save(table(vote("S1", "ada"), vote("S2", "ada", "maybe")))
    assert dataset.load().empty


@pytest.mark.parametrize("content", [b"", b"damaged" * 999])
def test_a_file_that_is_none(tmp_path, content):
    (tmp_path / "reviews.db").write_bytes(content)
    dataset = ReviewsDataset(filepath=str(tmp_path / "reviews.db"))
    if not content:
        assert dataset.load().empty
        return
    with pytest.raises(DatasetError, match=r"reviews.db cannot be used .* restore it from a copy"):
        dataset.load()


@pytest.mark.parametrize("path", ["s3://bucket/reviews.db", "postgresql://ada:s3cret@h/votes"])
def test_only_local_files_and_no_password_is_told(path):
    with pytest.raises(DatasetError, match=r"is not local; .* url in the entry's cred") as caught:
        ReviewsDataset(filepath=path)
    assert "s3cret" not in str(caught.value)


KILLED = """
import os, sqlite3, sys
old = sqlite3.connect(sys.argv[1])
old.execute("PRAGMA cache_spill = 1")
old.execute("BEGIN IMMEDIATE")
old.execute("INSERT INTO reviews VALUES ('J3', 'ada', 1, '', '2025')")
os.kill(os.getpid(), 9)
"""


def make_old(path):
    with sqlite3.connect(path) as old:
        old.execute(
            "CREATE TABLE reviews (source_id TEXT, reviewer TEXT, accepted INTEGER, reason TEXT, "
            "reviewed_at TEXT, PRIMARY KEY (source_id, reviewer))"
        )
        old.execute("INSERT INTO reviews VALUES ('J1', 'ada', 1, '', '2025')")
        old.execute("INSERT INTO reviews VALUES ('J1', 'automatic', 0, 'too faint', '')")
    old.close()


def test_votes_of_where_they_were_kept_before_are_taken_over_once(tmp_path, caplog):
    old, new = tmp_path / "data" / "reviews.db", tmp_path / "votes" / "reviews.db"
    old.parent.mkdir()
    make_old(old)
    subprocess.run([sys.executable, "-c", KILLED, str(old)], check=False)
    dataset = ReviewsDataset(filepath=new, formerly={"filepath": old})
    assert dataset.load()[["source_id", "expert"]].to_numpy().tolist() == [["J1", "ada"]]
    assert "were copied to" in caplog.text
    with sqlite3.connect(old) as there:
        assert there.execute("SELECT count(*) FROM reviews").fetchone() == (2,)
    dataset.save(table(vote("J2", "bo")))
    old.unlink()
    assert dataset.load()["expert"].tolist() == ["ada", "bo"]


def test_a_damaged_old_file_is_named(tmp_path):
    (tmp_path / "old.db").write_bytes(b"damaged" * 999)
    dataset = ReviewsDataset(
        filepath=tmp_path / "new.db", formerly={"filepath": tmp_path / "old.db"}
    )
    with pytest.raises(DatasetError, match=r"old.db cannot be used .* move it away to start anew"):
        dataset.load()
    assert not (tmp_path / "new.db").exists()


def test_the_store_is_that_of_the_review(dataset):
    store = dataset.open_store()
    store.append(
        [Vote(vote_id="c0ffee", source_id="S1", expert="ada", verdict="accept", voted_at="2026")]
    )
    assert dataset.load()["vote_id"].tolist() == ["c0ffee"]
    store.close()


def test_a_database_by_its_url_and_without_a_word_of_its_password(tmp_path):
    url = "postgresql://ada:s3cret@127.0.0.1:1/votes?connect_timeout=2"
    dataset = ReviewsDataset(filepath=tmp_path / "no.db", credentials={"url": url})
    assert "s3cret" not in str(dataset)
    with pytest.raises(DatasetError, match="cannot be used as the votes' database") as caught:
        dataset.load()
    assert "s3cret" not in str(caught.value)


def test_a_vote_cast_while_another_process_takes_over_stays(tmp_path, monkeypatch):
    """Both find no new file; the slower one comes when a vote has been cast in it."""
    old, new = tmp_path / "old.db", tmp_path / "votes" / "new.db"
    make_old(old)
    slow, quick = (ReviewsDataset(filepath=new, formerly={"filepath": old}) for _ in range(2))
    link = os.link

    def cast_before(source, target):
        monkeypatch.setattr(os, "link", link)
        quick.save(table(vote("J2", "bo")))
        link(source, target)

    monkeypatch.setattr(os, "link", cast_before)
    assert slow.load()["expert"].tolist() == ["ada", "bo"]
    assert not list(new.parent.glob(".*"))


def test_many_take_over_at_once(tmp_path):
    make_old(tmp_path / "old.db")
    dataset = ReviewsDataset(
        filepath=tmp_path / "votes" / "new.db", formerly={"filepath": tmp_path / "old.db"}
    )
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(dataset.save, [table(vote("J2", f"expert {number}")) for number in range(8)]))
    assert sorted(dataset.load()["expert"]) == ["ada", *(f"expert {n}" for n in range(8))]
