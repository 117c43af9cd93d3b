import contextlib
import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pandas as pd
import pytest
from kedro.io.core import DatasetError

from bentjets.datasets.reviews import ReviewsDataset

COLUMNS = ["source_id", "reviewer", "accepted", "reason", "reviewed_at", "image_sha256"]
OLD_TABLE = """
CREATE TABLE reviews (source_id TEXT NOT NULL, reviewer TEXT NOT NULL,
accepted INTEGER NOT NULL CHECK (accepted IN (0, 1)), reason TEXT NOT NULL DEFAULT '',
reviewed_at TEXT NOT NULL, PRIMARY KEY (source_id, reviewer))
"""


def votes(*rows):
    return pd.DataFrame([(*row, "5ca1e") for row in rows], columns=COLUMNS)


AUTOMATIC = votes(
    ("J0900+5056", "automatic", False, "confused", "2025-01-01T00:00:00Z"),
    ("J0020+0004", "automatic", True, "", "2025-01-01T00:00:00Z"),
)
EXPERT = votes(("J0020+0004", "ada", False, "a single jet; O'Dea says so", "2025-02-01T00:00:00Z"))


@pytest.fixture
def dataset(tmp_path):
    return ReviewsDataset(filepath=tmp_path / "primary" / "reviews.db")


def test_nobody_has_voted_yet(dataset, tmp_path):
    empty = dataset.load()
    assert not dataset.exists()
    assert list(empty.columns) == COLUMNS
    assert empty.dtypes["accepted"].kind == "b"
    assert empty.empty
    assert not list(tmp_path.iterdir())


def test_a_file_without_the_table_is_empty(tmp_path):
    (tmp_path / "reviews.db").touch()
    assert ReviewsDataset(filepath=str(tmp_path / "reviews.db")).load().empty


def test_round_trip_sorted_and_typed(dataset):
    dataset.save(AUTOMATIC)
    dataset.save(EXPERT)
    assert dataset.exists()
    loaded = dataset.load()
    assert loaded[["source_id", "reviewer"]].to_numpy().tolist() == [
        ["J0020+0004", "ada"],
        ["J0020+0004", "automatic"],
        ["J0900+5056", "automatic"],
    ]
    assert loaded["accepted"].tolist() == [False, True, False]
    assert loaded.dtypes["accepted"].kind == "b"
    assert loaded["reason"][0] == EXPERT["reason"][0]
    dataset.save(loaded)
    pd.testing.assert_frame_equal(dataset.load(), loaded)


def test_saving_replaces_only_the_reviewers_given(dataset):
    dataset.save(AUTOMATIC)
    dataset.save(EXPERT)
    dataset.save(AUTOMATIC.iloc[:1].assign(accepted=True))
    loaded = dataset.load()
    assert loaded["reviewer"].tolist() == ["ada", "automatic"]
    assert loaded["source_id"].tolist() == ["J0020+0004", "J0900+5056"]
    assert loaded["accepted"].tolist() == [False, True]


def test_no_votes_change_nothing(dataset):
    dataset.save(EXPERT)
    dataset.save(EXPERT.iloc[:0])
    assert len(dataset.load()) == 1


def test_reason_and_image_may_be_left_out(dataset):
    dataset.save(AUTOMATIC.drop(columns=["reason", "image_sha256"]).assign(quality="good"))
    assert dataset.load()["reason"].tolist() == ["", ""]
    assert dataset.load()["image_sha256"].tolist() == ["", ""]


@pytest.fixture
def old_file(tmp_path):
    """A file of version 0.1, with a vote on an image that it does not tell."""
    path = tmp_path / "data" / "reviews.db"
    path.parent.mkdir()
    with contextlib.closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(OLD_TABLE)
        connection.execute("INSERT INTO reviews VALUES ('J1', 'bo', 1, 'fine', '2025-01-01')")
    return path


def test_an_old_file_is_read_and_gets_the_column_at_the_first_save(old_file):
    dataset = ReviewsDataset(filepath=old_file)
    old = ["J1", "bo", True, "fine", "2025-01-01", ""]
    assert dataset.load().to_numpy().tolist() == [old]
    for _ in range(2):
        dataset.save(EXPERT)
    assert dataset.load().to_numpy().tolist() == [EXPERT.iloc[0].tolist(), old]


def test_a_vote_typed_in_by_hand_needs_no_image(dataset, tmp_path):
    dataset.save(AUTOMATIC)
    path = tmp_path / "primary" / "reviews.db"
    with contextlib.closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(
            "INSERT INTO reviews (source_id, reviewer, accepted, reason, reviewed_at) "
            "VALUES ('J1', 'bo', 1, '', '2025-01-01')"
        )
    assert dataset.load()["image_sha256"].tolist() == ["5ca1e", "5ca1e", ""]


@pytest.mark.parametrize("first", ["load", "save"])
def test_votes_are_taken_over_from_where_they_were_kept_before(old_file, tmp_path, caplog, first):
    before = old_file.read_bytes()
    path = tmp_path / "votes" / "reviews.db"
    dataset = ReviewsDataset(filepath=path, formerly={"filepath": old_file})
    assert dataset.load()["reviewer"].tolist() == ["bo"] if first == "load" else True
    dataset.save(EXPERT)
    assert dataset.load()["reviewer"].tolist() == ["ada", "bo"]
    assert old_file.read_bytes() == before
    (line,) = [record.getMessage() for record in caplog.records]
    assert line.startswith(f"The votes in {old_file} were copied to {path}")
    assert list(path.parent.iterdir()) == [path]


# More pages than SQLite may hold in memory: it writes into the file before the transaction ends.
DIES_AS_IT_WRITES = """
import os, sqlite3, sys

connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("PRAGMA cache_size = 1")
connection.execute("BEGIN IMMEDIATE")
connection.execute("UPDATE reviews SET accepted = 0, reason = replace(reason, 'fine', 'half')")
os._exit(0)
"""


def test_what_was_half_done_is_not_taken_over(old_file, tmp_path):
    with contextlib.closing(sqlite3.connect(old_file)) as connection, connection:
        connection.executemany(
            "INSERT INTO reviews VALUES (?, 'ada', 1, ?, '2025-01-01')",
            ((f"J{number}", "fine" * 250) for number in range(500)),
        )
    subprocess.run([sys.executable, "-c", DIES_AS_IT_WRITES, str(old_file)], check=True)
    assert b"halfhalf" in old_file.read_bytes()
    path = tmp_path / "votes" / "reviews.db"
    taken_over = ReviewsDataset(filepath=path, formerly={"filepath": old_file}).load()
    assert len(taken_over) == 501
    assert taken_over["accepted"].all()
    assert not taken_over["reason"].str.contains("half").any()


def test_an_old_file_that_is_damaged_is_named_and_leaves_nothing(tmp_path):
    old_file = tmp_path / "old.db"
    old_file.write_bytes(b"not a database" * 100)
    path = tmp_path / "votes" / "reviews.db"
    with pytest.raises(DatasetError, match=r"old\.db cannot be used as the reviews' database"):
        ReviewsDataset(filepath=path, formerly={"filepath": old_file}).load()
    assert not list(path.parent.iterdir())


def test_votes_are_not_taken_over_where_there_are_some(dataset, old_file):
    dataset.save(EXPERT)
    again = ReviewsDataset(filepath=dataset._filepath, formerly={"filepath": old_file})
    assert again.load()["reviewer"].tolist() == ["ada"]


def test_without_an_earlier_file_nothing_is_taken_over(tmp_path):
    elsewhere = {"filepath": tmp_path / "nothing.db"}
    dataset = ReviewsDataset(filepath=tmp_path / "reviews.db", formerly=elsewhere)
    assert dataset.load().empty
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("column", ["source_id", "reviewer", "accepted", "reviewed_at"])
def test_incomplete_votes(dataset, column):
    with pytest.raises(DatasetError, match=rf"lack the columns \['{column}'\]"):
        dataset.save(AUTOMATIC.drop(columns=column))
    with pytest.raises(DatasetError, match=rf"without a value in \['{column}'\]"):
        dataset.save(AUTOMATIC.astype(object).assign(**{column: [None, AUTOMATIC[column][1]]}))


def test_impossible_votes(dataset):
    dataset.save(EXPERT)
    with pytest.raises(DatasetError, match=r"two votes of one reviewer on J0020\+0004"):
        dataset.save(pd.concat([AUTOMATIC, AUTOMATIC.iloc[1:]]))
    with pytest.raises(DatasetError, match="accepted must be true or false"):
        dataset.save(AUTOMATIC.assign(accepted=2))
    assert len(dataset.load()) == 1


def test_a_failed_save_keeps_the_old_votes(dataset, tmp_path):
    dataset.save(AUTOMATIC)
    with sqlite3.connect(tmp_path / "primary" / "reviews.db") as connection:
        connection.execute(
            "CREATE TRIGGER full BEFORE INSERT ON reviews WHEN NEW.source_id = 'J0020+0004' "
            "BEGIN SELECT RAISE(ABORT, 'disk full'); END"
        )
    connection.close()
    with pytest.raises(DatasetError, match=r"reviews\.db cannot be used .*: disk full"):
        dataset.save(AUTOMATIC.assign(accepted=True))
    assert dataset.load()["accepted"].tolist() == [True, False]
    assert [path.name for path in (tmp_path / "primary").iterdir()] == ["reviews.db"]


def test_reviewers_who_save_at_once_lose_nothing(dataset):
    experts = [EXPERT.assign(reviewer=f"expert {number}") for number in range(12)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(dataset.save, experts))
    assert dataset.load()["reviewer"].nunique() == 12


def test_the_table_guards_itself(dataset, tmp_path):
    dataset.save(AUTOMATIC)
    connection = sqlite3.connect(tmp_path / "primary" / "reviews.db")
    with pytest.raises(sqlite3.IntegrityError):
        connection.execute("UPDATE reviews SET accepted = 2")
    connection.close()


def test_corrupt_file(tmp_path):
    (tmp_path / "reviews.db").write_bytes(b"not a database" * 100)
    dataset = ReviewsDataset(filepath=tmp_path / "reviews.db")
    for action in (dataset.load, lambda: dataset.save(EXPERT)):
        with pytest.raises(
            DatasetError, match=r"reviews\.db cannot be used .*; restore it"
        ) as error:
            action()
        assert "\n" not in str(error.value)


def test_only_local_files():
    with pytest.raises(DatasetError, match=r"s3://bucket/reviews\.db is not local"):
        ReviewsDataset(filepath="s3://bucket/reviews.db")


def test_preview(dataset):
    dataset.save(
        votes(*[(f"J{number:04d}", "ada", True, "", "2025-01-01") for number in range(30)])
    )
    preview = dataset.preview()
    assert preview["columns"] == COLUMNS
    assert len(preview["data"]) == 20
    assert preview["data"][0] == ["J0000", "ada", True, "", "2025-01-01", "5ca1e"]
    assert dataset._describe()["filepath"].endswith("reviews.db")
