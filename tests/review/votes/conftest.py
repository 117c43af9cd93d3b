"""Databases of votes: an SQLite file, and a real PostgreSQL server where it is installed."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
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
    # A server outlives tests that are killed, unless the kernel tells it.
    before = ["setpriv", "--pdeathsig", "QUIT"]
    if os.geteuid() == 0:
        # It refuses to run as root.
        shutil.chown(folder, "postgres")
        before += ["--reuid", "postgres", "--regid", "postgres", "--init-groups"]
    data = str(folder / "data")
    initdb = [*before, SERVERS[-1] / "initdb", "-D", data, "-U", "tester"]
    subprocess.run([*initdb, "--auth=trust", "--no-sync"], check=True, capture_output=True,
                   cwd=folder)  # fmt: skip
    options = ["-c", "listen_addresses=", "-c", f"unix_socket_directories={folder}"]
    with (folder / "log").open("w") as log:
        server = subprocess.Popen([*before, SERVERS[-1] / "postgres", "-D", data, *options],
                                  stdout=log, stderr=log, cwd=folder)  # fmt: skip
    url = f"postgresql+psycopg://tester@/postgres?host={folder}"
    try:
        _wait_for(url, server, folder / "log")
        yield url
    finally:
        server.send_signal(signal.SIGQUIT)
        server.wait()
        shutil.rmtree(folder)


def _wait_for(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    engine, end = sa.create_engine(url), time.monotonic() + 60
    while True:
        try:
            engine.connect().close()
            break
        except sa.exc.OperationalError:
            assert server.poll() is None and time.monotonic() < end, log.read_text()
            time.sleep(0.05)
    engine.dispose()


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
