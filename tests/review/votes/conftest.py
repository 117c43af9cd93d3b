"""Databases of votes: an SQLite file, and a real PostgreSQL server where it is installed."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

SERVERS = sorted(Path("/usr/lib/postgresql").glob("*/bin"))


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """URL of a PostgreSQL server of the tests' own, on a socket in a temporary folder."""
    if not SERVERS:
        pytest.skip("PostgreSQL is not installed (Debian's package postgresql)")
    # A path of pytest's own is too long for a socket.
    folder = Path(tempfile.mkdtemp(prefix="votes"))
    as_somebody: list[str] = []
    if os.geteuid() == 0:
        # The server refuses to run as root.
        shutil.chown(folder, "postgres")
        as_somebody = ["runuser", "-u", "postgres", "--"]

    def call(*words: str) -> None:
        subprocess.run([*as_somebody, SERVERS[-1] / words[0], *words[1:]], check=True,
                       stdout=subprocess.DEVNULL, cwd=folder)  # fmt: skip

    data = str(folder / "data")
    call("initdb", "-D", data, "-U", "tester", "--auth=trust", "--no-sync")
    options = f"-c listen_addresses='' -c unix_socket_directories='{folder}'"
    call("pg_ctl", "-D", data, "-w", "-l", str(folder / "log"), "-o", options, "start")
    try:
        yield f"postgresql+psycopg://tester@/postgres?host={folder}"
    finally:
        call("pg_ctl", "-D", data, "-m", "immediate", "stop")
        shutil.rmtree(folder)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """URL of an empty database."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'votes' / 'reviews.db'}"
        return
    server = sa.make_url(request.getfixturevalue("postgresql"))
    name = f"votes_{uuid.uuid4().hex}"
    engine = sa.create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(sa.text(f"CREATE DATABASE {name}"))
    engine.dispose()
    yield server.set(database=name).render_as_string(hide_password=False)
