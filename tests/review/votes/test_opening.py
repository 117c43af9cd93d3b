"""Opening a database of votes: quick, whole, quiet, and clear about what is wrong."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest
import sqlalchemy as sa

from bentjets.errors import InputError
from bentjets.review.votes import VoteStore
from review.votes.casting import cast


def test_an_old_hand_opens_it_without_the_tool_for_upgrades(tmp_path: Path) -> None:
    path = tmp_path / "votes.db"
    VoteStore(str(path)).close()
    code = (
        "import sys; from bentjets.review.votes import VoteStore; VoteStore(sys.argv[1]); "
        "sys.exit('alembic' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code, str(path)], check=True)


def test_sqlite_writes_to_the_disk_before_it_confirms(tmp_path: Path) -> None:
    store = VoteStore(str(tmp_path / "votes.db"))
    with store._engine.connect() as one, store._engine.connect() as two:
        for connection in (one, two):
            assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
            assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2
            assert connection.exec_driver_sql("PRAGMA busy_timeout").scalar() == 30_000
    store.close()


@pytest.mark.parametrize("name", ["a b.db", "100%.db", "what?.db", "one#two.db", "ü&x=1.db"])
def test_a_path_is_a_path(tmp_path: Path, name: str) -> None:
    store = VoteStore(str(tmp_path / name))
    store.append([cast()])
    store.close()
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_a_path_that_cannot_be_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for path in (tmp_path / "file" / "votes.db", tmp_path / "file" / "a" / "b.db", tmp_path):
        with pytest.raises(InputError, match="cannot be used as the votes' database") as error:
            VoteStore(str(path))
        assert "\n" not in str(error.value)


def test_a_file_that_may_not_be_written_is_told_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    sqlite3.connect(tmp_path / "votes.db").execute("CREATE TABLE t (x)").connection.close()
    begin = time.monotonic()
    with pytest.raises(InputError, match="readonly"):
        VoteStore(f"sqlite:///file:{tmp_path / 'votes.db'}?mode=ro&uri=true")
    assert time.monotonic() - begin < 10
    assert [path.name for path in tmp_path.iterdir()] == ["votes.db"]


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://ann:s3cret@127.0.0.1:1/votes",
        "postgres://ann:s3cret@127.0.0.1:1/votes",
        "postgresql://127.0.0.1:1/votes?user=ann&password=s3cret",
        "postgresql://ann:s3cret@127.0.0.1:port/votes",
        "postgresql://ann:s3cret@127.0.0.1:1/votes?no_such_option=1",
        "mysql://ann:s3cret@127.0.0.1/votes",
    ],
)
def test_a_password_is_told_to_nobody(url: str, capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(InputError) as caught:
        VoteStore(url)
    told = [str(error) for error in _chain(caught.value)]
    assert not [words for words in told if "s3cret" in words]
    assert "\n" not in told[0]
    assert "s3cret" not in "".join(capfd.readouterr())


def _chain(error: BaseException | None):
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def test_a_password_is_not_in_what_a_store_tells_of_itself(postgresql: str) -> None:
    url = sa.make_url(postgresql).set(password="s3cret")
    for written in (url, url.set(password=None).update_query_dict({"password": "s3cret"})):
        store = VoteStore(written.render_as_string(hide_password=False))
        assert "s3cret" not in repr(store)
        store.close()


def test_another_program_may_hold_a_new_file_for_a_while(tmp_path: Path) -> None:
    path = tmp_path / "votes.db"
    code = (
        "import sqlite3, sys, time; c = sqlite3.connect(sys.argv[1], isolation_level=None); "
        "c.execute('BEGIN EXCLUSIVE'); print('held', flush=True); time.sleep(1.5); "
        "c.execute('COMMIT')"
    )
    with subprocess.Popen([sys.executable, "-c", code, str(path)], stdout=subprocess.PIPE) as held:
        assert held.stdout is not None
        held.stdout.readline()
        store = VoteStore(str(path))
    store.append([cast()])
    store.close()
    assert os.path.getsize(path)


def test_a_server_that_was_started_anew_is_asked_again(postgresql: str, url: str) -> None:
    """Its connections are gone, as after a restart."""
    store = VoteStore(url)
    store.append([cast()])
    if url.startswith("postgresql"):
        server = sa.create_engine(postgresql, isolation_level="AUTOCOMMIT")
        name = sa.make_url(url).database
        with server.connect() as connection:
            ended = connection.execute(
                sa.text(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :n"
                ),
                {"n": name},
            ).all()
        server.dispose()
        assert ended
    store.append([cast()])
    assert len(store.read()) == 2
    store.close()
