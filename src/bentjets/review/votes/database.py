"""Connections to a database of votes, and its schema brought up to date."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path
from sqlite3 import SQLITE_BUSY
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError
from tenacity import Retrying, retry_if_exception, stop_after_delay, wait_fixed

from bentjets.errors import InputError

HEAD = "0001"
_MIGRATIONS = Path(__file__).parent / "migrations"
_BUSY_S = 30
# Any number: whoever upgrades a database of PostgreSQL holds the lock of this name.
_LOCK = 7_310_551
_SECRET = ("password", "sslpassword")


def connect(url: str) -> sa.Engine:
    """Give an engine for a URL, or for the path of an SQLite file, whose folder is made.

    Raises
    ------
    InputError
        If it is no URL of a kind that is known.
    """
    try:
        parsed = sa.make_url(url) if "://" in url else sa.URL.create("sqlite", database=url)
        # Plain `postgresql` would mean an older driver.
        if parsed.drivername in ("postgresql", "postgres"):
            parsed = parsed.set(drivername="postgresql+psycopg")
        if parsed.get_backend_name() not in ("sqlite", "postgresql"):
            raise ValueError
        if not _is_sqlite(parsed):
            return sa.create_engine(parsed, pool_pre_ping=True)
    except (SQLAlchemyError, ImportError, ValueError):
        # Not from the error: it may quote the password.
        raise InputError(
            "the URL of the votes' database cannot be read: give sqlite:///PATH or "
            "postgresql://USER:PASSWORD@HOST/DATABASE"
        ) from None
    # A URI of SQLite's own (file:...) is no path, and names a file that is there.
    if parsed.database and "uri" not in parsed.query:
        _make_folder(Path(parsed.database).parent)
    engine = sa.create_engine(parsed, connect_args={"timeout": _BUSY_S})
    sa.event.listen(engine, "connect", _set_up_sqlite)
    sa.event.listen(engine, "begin", _begin_sqlite)
    return engine


def upgrade(engine: sa.Engine) -> None:
    """Make the tables where they are missing, and bring older ones up to date.

    Raises
    ------
    InputError
        If a newer version of bentjets made them.
    """
    if _version(engine) == HEAD:
        return
    from alembic import command
    from alembic.config import Config

    with writing(engine) as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(sa.text(f"SELECT pg_advisory_xact_lock({_LOCK})"))
        # Another process may have done it while this one waited.
        found = _read_version(connection)
        if found == HEAD:
            return
        if found is not None:
            raise InputError(
                f"{name_of(engine)} has votes of a newer version of bentjets (schema {found}, this "
                f"one knows {HEAD}): install the newer one"
            )
        config = Config()
        config.set_main_option("script_location", _MIGRATIONS.as_posix().replace("%", "%%"))
        config.attributes["connection"] = connection
        command.upgrade(config, HEAD)


def writing(engine: sa.Engine) -> AbstractContextManager[sa.Connection]:
    """Begin a transaction that will write."""
    return engine.execution_options(writes=True).begin()


def name_of(engine: sa.Engine) -> str:
    """Name a database for people: without its password."""
    if _is_sqlite(engine.url):
        return str(engine.url.database)
    return engine.url.difference_update_query(_SECRET).render_as_string(hide_password=True)


def _is_sqlite(url: sa.URL) -> bool:
    return url.get_backend_name() == "sqlite"


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(
            f"{folder} cannot be used as the votes' database's folder: {error.strerror}; "
            "name another one"
        ) from error


def _version(engine: sa.Engine) -> str | None:
    with engine.connect() as connection:
        return _read_version(connection)


def _read_version(connection: sa.Connection) -> str | None:
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    found = connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar()
    return None if found is None else str(found)


def _set_up_sqlite(connection: Any, _: Any) -> None:
    """Leave transactions to SQLAlchemy, let readers read on, and lose nothing that was said."""
    connection.isolation_level = None
    connection.execute("PRAGMA synchronous = FULL")
    for _attempt in Retrying(
        retry=retry_if_exception(_is_busy),
        wait=wait_fixed(0.05),
        stop=stop_after_delay(_BUSY_S),
        reraise=True,
    ):
        # SQLite does not wait here for another process that does the same.
        with _attempt:
            connection.execute("PRAGMA journal_mode = WAL")


def _is_busy(error: BaseException) -> bool:
    # The lower byte: the others say how.
    return getattr(error, "sqlite_errorcode", 0) & 0xFF == SQLITE_BUSY


def _begin_sqlite(connection: sa.Connection) -> None:
    """Wait for other writers at the beginning: later, SQLite would refuse instead."""
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
