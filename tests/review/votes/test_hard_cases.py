"""What a careful person, or a careless one, might do to the votes."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import sqlalchemy as sa
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bentjets.errors import InputError
from bentjets.review import standing_votes
from bentjets.review.votes import COLUMNS, Vote, VoteStore, export_votes, import_votes
from bentjets.tables.curation import REVIEWS
from review.votes.casting import cast

_CLICK = st.tuples(*[st.floats(-0.5, 300)] * 2)
_SAID = st.builds(
    cast,
    st.sampled_from(["J1", "J2"]),
    st.sampled_from(["Ann", "Bo"]),
    round=st.sampled_from([1, 2]),
    showing=st.sampled_from([1, 2]),
    verdict=st.sampled_from(["accept", "reject", "unsure", "withdrawn"]),
    reason=st.text(st.sampled_from("a Ü\n\r\t\"',;=🔭\u2028"), max_size=6),
    clicks=st.one_of(st.just(()), st.tuples(_CLICK, _CLICK, _CLICK)),
    tail_1_arcsec=st.one_of(st.none(), st.floats(0, 1e9)),
)
_SEVERAL = st.lists(_SAID, max_size=8)


@pytest.fixture
def store(url: str):
    """A store on it."""
    opened = VoteStore(url)
    yield opened
    opened.close()


@given(votes=_SEVERAL, round=st.sampled_from([1, 2]))
@settings(max_examples=30)
def test_the_database_and_the_table_agree_on_what_stands(votes: list[Vote], round: int) -> None:
    store = VoteStore("sqlite://")
    store.append(votes)
    table = store.read()
    expected = standing_votes(table[table["round"] == round]).reset_index(drop=True)
    pd.testing.assert_frame_equal(store.latest(round=round), expected)
    store.close()


@given(votes=_SEVERAL)
@settings(max_examples=30)
def test_any_votes_come_back_from_a_csv(votes: list[Vote], tmp_path_factory) -> None:
    path = tmp_path_factory.getbasetemp() / "votes.csv"
    store, other = VoteStore("sqlite://"), VoteStore("sqlite://")
    store.append(votes)
    assert export_votes(store, path) == import_votes(other, path) == len(votes)
    pd.testing.assert_frame_equal(other.read(), store.read())
    assert [other.find(vote.vote_id) for vote in votes] == votes
    store.close()
    other.close()


_ANY = st.one_of(st.none(), st.floats())
_NAME = st.text(st.sampled_from("aÜ \n\r\t;\u2028🔭"), max_size=4)


@given(
    others=st.fixed_dictionaries(
        {"vote_id": _NAME, "seconds": st.floats(), "opening_angle_deg": _ANY, "voted_at": _NAME}
        | dict.fromkeys(["tail_1_arcsec", "tail_2_arcsec"], _ANY)
        | dict.fromkeys(["expert", "source_id", "reason"], _NAME)
    )
)
@settings(max_examples=200)
@example(others={"seconds": -1.0})
@example(others={"opening_angle_deg": 200.0})
@example(others={"expert": "\nada"})
@example(others={"vote_id": "\n1"})
def test_what_the_database_takes_the_catalog_reads(others: dict[str, Any]) -> None:
    """Else one bad row, which nobody could ever change, would end every run."""
    try:
        vote = cast(**others)
    except InputError:
        return
    store = VoteStore("sqlite://")
    store.append([vote])
    REVIEWS.validate(store.read())
    store.close()


def test_any_number_of_sources_may_be_asked_for(store: VoteStore) -> None:
    """More than SQLite (32766) and PostgreSQL (65535) take as parameters of one query."""
    store.append([cast("J69999"), cast("J1", verdict="withdrawn"), cast("elsewhere"), cast("J2")])
    found = store.latest(source_ids=[f"J{number}" for number in range(70_000)])
    assert found["source_id"].tolist() == ["J69999", "J2"]


def test_a_source_is_found_without_reading_all(tmp_path: Path) -> None:
    store = VoteStore(str(tmp_path / "votes.db"))
    asked: list[tuple[str, tuple[object, ...]]] = []
    sa.event.listen(
        store._engine, "before_cursor_execute", lambda *given: asked.append((given[2], given[3]))
    )
    store.latest("Ann", source_ids=["J7"])
    store.find("v1")
    store.count("Ann", 1)
    plans = []
    with store._engine.connect() as connection:
        for query, values in list(asked):
            if "votes" in query:
                plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {query}", values).all()
                plans.append([step[-1] for step in plan])
    store.close()
    assert len(plans) == 3
    assert not [step for plan in plans for step in plan if "SCAN votes" in step], plans


@pytest.mark.parametrize("number", ["", "sequence, "])
def test_no_vote_is_replaced(store: VoteStore, url: str, number: str) -> None:
    """SQLite deletes what it replaces without asking the trigger against DELETE."""
    vote = cast(vote_id="v1", verdict="reject")
    store.append([vote])
    names = ", ".join(COLUMNS)
    other = names.replace("verdict", "'accept'")
    if number:
        other = other.replace("vote_id", "'v2'")
    words = f"INTO votes ({number}{names}) SELECT {number}{other} FROM votes WHERE true"
    _refuses(url, f"INSERT OR REPLACE {words}" if url.startswith("sqlite") else "TRUNCATE votes")
    on = number.strip(" ,") or "vote_id"
    _refuses(url, f"INSERT {words} ON CONFLICT ({on}) DO UPDATE SET verdict = 'accept'")
    assert store.find("v1") == vote
    assert len(store.read()) == 1


def _refuses(url: str, statement: str) -> None:
    engine = sa.create_engine(url)
    with pytest.raises(sa.exc.DBAPIError, match="votes are kept"), engine.begin() as connection:
        connection.exec_driver_sql(statement)
    engine.dispose()


@pytest.mark.parametrize("words", ["nul \x00", "half a letter \ud83d"])
@pytest.mark.parametrize("name", ["source_id", "expert", "reason", "morphology"])
def test_letters_that_no_database_takes_are_refused(name: str, words: str) -> None:
    with pytest.raises(InputError, match="has characters that are none") as error:
        cast(**{name: words})
    assert str(error.value).isprintable()


@pytest.mark.parametrize(
    "text",
    [
        "source_id,expert,verdict\nJ1,Ann,accept\nJ2,Ann,accept,reject\n",
        "source_id,expert,verdict\nJ1,Ann,accept\nJ2,Ann\n",
        "source_id,expert,verdict,clicks\nJ1,Ann,accept,\nJ2,Ann,accept,5\n",
        "source_id,expert,verdict,clicks\nJ1,Ann,accept,\nJ2,Ann,accept,{\n",
        "source_id,expert,verdict,round\nJ1,Ann,accept,1\nJ2,Ann,accept,1.5\n",
        "source_id,expert,verdict,reason\nJ1,Ann,accept,\nJ2,Ann,accept,\x00\n",
    ],
)
def test_a_row_that_is_none_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "votes.csv").write_text(text)
    store = VoteStore("sqlite://")
    with pytest.raises(InputError, match=r"votes\.csv, line 3: .*; nothing is added$") as error:
        import_votes(store, tmp_path / "votes.csv")
    assert "\n" not in str(error.value)
    assert store.read().empty
    store.close()


def test_a_file_that_is_no_text_is_named(tmp_path: Path) -> None:
    (tmp_path / "votes.csv").write_bytes(b"source_id,expert,verdict\nJ1,\xff\xfe,accept\n")
    store = VoteStore("sqlite://")
    with pytest.raises(InputError, match=r"votes\.csv"):
        import_votes(store, tmp_path / "votes.csv")
    with pytest.raises(InputError, match="cannot be read"):
        import_votes(store, tmp_path)
    store.close()


def test_an_export_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    store = VoteStore("sqlite://")
    (tmp_path / "folder.csv").mkdir()
    for path in (tmp_path / "none" / "votes.csv", tmp_path / "folder.csv"):
        with pytest.raises(InputError, match=rf"{path.name} cannot be written: .*; name another"):
            export_votes(store, path)
    store.close()


def _classification(number: int, **others: object) -> dict[str, object]:
    said = [{"task": "T0", "task_label": "Is it bent?", "value": "Reject"}]
    return {
        "classification_id": number, "user_name": "ada", "user_id": 7, "user_ip": "1f2e3d",
        "workflow_id": 3, "created_at": "2026-03-01 12:00:00 UTC", "gold_standard": "",
        "expert": "", "metadata": json.dumps({"session": "5e55", "source": "api"}),
        "annotations": json.dumps(said), "subject_ids": 9001,
        "subject_data": json.dumps({"9001": {"retired": None, "source_id": "J1"}}),
    } | others  # fmt: skip


def _import(folder: Path, *rows: dict[str, object]) -> pd.DataFrame:
    with (folder / "crowd.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    store = VoteStore("sqlite://")
    import_votes(store, folder / "crowd.csv")
    return store.read()


def test_who_does_not_log_in_is_told_apart(tmp_path: Path) -> None:
    rows = [
        _classification(1, user_name="not-logged-in-12ab"),
        _classification(2, user_name=""),
        _classification(3, user_name="", user_ip=""),
    ]
    votes = _import(tmp_path, *rows)
    assert votes["expert"].tolist() == [
        "not-logged-in-12ab",
        "not-logged-in-1f2e3d",
        "not-logged-in-5e55",
    ]


def test_a_long_comment_of_the_crowd_is_cut(tmp_path: Path) -> None:
    said = [{"task": "T0", "value": "Reject"}, {"task": "T1", "value": "too long " * 100}]
    votes = _import(tmp_path, _classification(1, annotations=json.dumps(said)))
    assert votes["reason"].str.len().tolist() == [200]


@pytest.mark.parametrize(
    "others",
    [
        {"annotations": "[1]"},
        {"annotations": "{}"},
        {"subject_data": "[]"},
        {"subject_data": '{"9001": 5}'},
        {"subject_data": ""},
        {"user_name": "", "user_ip": "", "metadata": "[]"},
    ],
)
def test_a_damaged_classification_is_named(tmp_path: Path, others: dict[str, object]) -> None:
    with pytest.raises(InputError, match=r"crowd\.csv, line 3: .*; nothing is added$") as error:
        _import(tmp_path, _classification(1), _classification(2, **others))
    assert "\n" not in str(error.value)
