"""Finished results on disk: one SQLite file for each step and share, read without running anything.

A result is made of plain values (msgpack), never a pickle, so that a cache which several people
share cannot harm them. Only the driver of a run writes; the shares of a cluster have a file each,
and only read those of the others.
"""

from __future__ import annotations

import contextlib
import logging
import sqlite3
import time
import zlib
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any, Self

from bentjets.engine.recipe import Recipe
from bentjets.engine.settings import EngineSettings
from bentjets.errors import InputError

logger = logging.getLogger(__name__)

MISSING = object()
"""What `ResultCache.get` gives where there is no result."""

SUFFIX = ".results.sqlite"
# Masks and backgrounds are mostly constant.
_COMPRESSION = 1
_BUSY_S = 60.0
# What a killed run loses at most, besides what was under way.
_COMMIT_S = 1.0
_CREATE = """
CREATE TABLE IF NOT EXISTS results
  (key BLOB PRIMARY KEY, made REAL NOT NULL, content BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS uses (key BLOB PRIMARY KEY, used REAL NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS finished (id INTEGER PRIMARY KEY, started REAL NOT NULL);
"""
_KEEP = "INSERT OR REPLACE INTO results VALUES (?, ?, ?)"
_USE = "INSERT OR REPLACE INTO uses VALUES (?, ?)"
_FINISH = "INSERT OR REPLACE INTO finished VALUES (0, ?)"
_FIND = "SELECT content FROM results WHERE key = ?"
# Keys come in no order: of a large file, the pages of its index should stay in memory (8 MB).
_PAGES = "PRAGMA cache_size = -8000"
# Results that the latest run which went all the way did not use.
_UNUSED = (
    "FROM results WHERE key NOT IN "
    "(SELECT key FROM uses WHERE used >= (SELECT started FROM finished)) "
    "AND EXISTS (SELECT 1 FROM finished)"
)


class ResultCache:
    """The finished results of one step.

    As a context manager it keeps what was put into it when it is left, however that happens.

    Parameters
    ----------
    folder
        Where the files of results lie.
    recipe
        What the results depend on.
    share
        Name of this run's share of the work; empty where it does all of it.

    Raises
    ------
    InputError
        If the folder cannot be written.
    """

    def __init__(self, folder: Path, recipe: Recipe, share: str = "") -> None:
        self._recipe = recipe
        self._started = time.time()
        self._kept: list[tuple[bytes, float, bytes]] = []
        self._used: list[tuple[bytes, float]] = []
        self._committed = time.monotonic()
        self._path = folder / f"{recipe.step}{share}{SUFFIX}"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._own = _open(self._path)
        except (OSError, sqlite3.Error) as error:
            raise self._not_kept(error) from error
        others = sorted(set(folder.glob(f"{recipe.step}*{SUFFIX}")) - {self._path})
        self._others = [_open_to_read(path) for path in others if _step_of(path) == recipe.step]

    @classmethod
    def of(cls, engine: EngineSettings, recipe: Recipe) -> Self | None:
        """Open the results of a step as the engine is set; None where it keeps none."""
        if engine.cache is None:
            return None
        share = f"-share{engine.shard}of{engine.shards}" if engine.is_share else ""
        return cls(engine.cache / "results", recipe, share)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        try:
            self._commit(finished=kind is None)
        except InputError:
            # What ended the step is told, rather than what came of it.
            if kind is None:
                raise
        finally:
            for file in (self._own, *self._others):
                file.close()

    def key(self, *arguments: Any) -> bytes:
        """Give the key of the result for these arguments."""
        return self._recipe.key(*arguments)

    def get(self, key: bytes) -> Any:
        """Return a result, or `MISSING`; a damaged one is missing.

        What another share has made is taken over: its file may go.
        """
        for file in (self._own, *self._others):
            with contextlib.suppress(sqlite3.Error, ValueError, zlib.error):
                row = file.execute(_FIND, (key,)).fetchone()
                if row is not None:
                    result = _decode(row[0])
                    if file is not self._own:
                        self._kept.append((key, time.time(), row[0]))
                    self._use(key)
                    return result
        return MISSING

    def put(self, key: bytes, result: Any) -> None:
        """Keep a result; it is on disk within a second or two, or when the step ends.

        Raises
        ------
        TypeError
            If the result is not made of plain values.
        InputError
            If the disk is full.
        """
        self._kept.append((key, time.time(), _encode(result)))
        self._use(key)

    def _use(self, key: bytes) -> None:
        self._used.append((key, self._started))
        if time.monotonic() - self._committed > _COMMIT_S:
            self._commit()

    def _commit(self, *, finished: bool = False) -> None:
        try:
            self._write(finished=finished)
        except sqlite3.OperationalError as error:
            raise self._not_kept(error) from error
        except sqlite3.DatabaseError as error:
            # Damage shows in a page that nobody looked at before.
            self._own.close()
            self._own = _open_anew(self._path, error)
            self._write(finished=finished)
        self._kept.clear()
        self._used.clear()
        self._committed = time.monotonic()

    def _write(self, *, finished: bool) -> None:
        with self._own as file:
            file.executemany(_KEEP, self._kept)
            file.executemany(_USE, self._used)
            if finished:
                file.execute(_FINISH, (self._started,))

    def _not_kept(self, error: Exception) -> InputError:
        return InputError(
            f"engine.cache {self._path.parent} cannot be written ({error}): make room or make it "
            "writable, or set BENTJETS_CACHE to another folder"
        )


def _open(path: Path) -> sqlite3.Connection:
    """Open a file of results; one that is damaged is put away, and its results are made anew."""
    try:
        return _connect(path)
    except sqlite3.OperationalError:
        raise
    except sqlite3.DatabaseError as error:
        return _open_anew(path, error)


def _connect(path: Path) -> sqlite3.Connection:
    file = sqlite3.connect(path, timeout=_BUSY_S)
    try:
        file.execute(_PAGES)
        file.executescript(_CREATE)
        file.execute("SELECT key FROM results LIMIT 1").fetchone()
    except sqlite3.Error:
        file.close()
        raise
    return file


def _open_anew(path: Path, error: Exception) -> sqlite3.Connection:
    logger.warning("%s is damaged (%s): its results are made anew", path, error)
    path.unlink()
    # A journal that is left behind would be rolled back into the new file.
    Path(f"{path}-journal").unlink(missing_ok=True)
    return _connect(path)


def _open_to_read(path: Path) -> sqlite3.Connection:
    """Open the file of another share, which may be at work on it, or somebody else's."""
    address = f"{path.absolute().as_uri()}?mode=ro"
    return sqlite3.connect(address, uri=True, timeout=_BUSY_S)


def _step_of(path: Path) -> str:
    """Name the step whose results a file holds."""
    return path.name.removesuffix(SUFFIX).partition("-share")[0]


def _is_share(path: Path) -> bool:
    return "-share" in path.name


def _encode(result: Any) -> bytes:
    import msgpack

    return zlib.compress(msgpack.packb(result, strict_types=True), _COMPRESSION)


def _decode(content: bytes) -> Any:
    import msgpack

    return msgpack.unpackb(zlib.decompress(content), strict_map_key=False)


def list_results(cache: Path, steps: Collection[str]) -> Iterator[dict[str, Any]]:
    """Say what the files of results hold.

    Parameters
    ----------
    cache
        The folder of the cache.
    steps
        Names of the steps that there are.

    Yields
    ------
    dict
        ``file`` (path), ``results`` (number), ``bytes`` of the file, ``unused``: results that the
        latest run of the step which went all the way did not use; all of them, if there is no such
        step any more, or that run has taken them over from a share.
    """
    for path in sorted((cache / "results").glob(f"*{SUFFIX}")):
        with contextlib.closing(_open(path)) as file:
            total = file.execute("SELECT count(*) FROM results").fetchone()[0]
            unused = file.execute(f"SELECT count(*) {_UNUSED}").fetchone()[0]
        yield {
            "file": path,
            "results": total,
            "bytes": path.stat().st_size,
            "unused": total if _is_left_over(path, steps) else unused,
        }


def drop_unused(cache: Path, steps: Collection[str]) -> int:
    """Drop what `list_results` calls unused, and return how many results that were."""
    dropped = 0
    for row in list(list_results(cache, steps)):
        dropped += row["unused"]
        if _is_left_over(row["file"], steps):
            row["file"].unlink()
            continue
        with contextlib.closing(_open(row["file"])) as file:
            with file:
                file.execute(f"DELETE {_UNUSED}")
            file.execute("VACUUM")
    return dropped


def _is_left_over(path: Path, steps: Collection[str]) -> bool:
    """Tell whether a file is that of a step that is gone, or of a share that is taken over."""
    if _step_of(path) not in steps:
        return True
    whole = path.with_name(f"{_step_of(path)}{SUFFIX}")
    if not _is_share(path) or not whole.exists():
        return False
    with contextlib.closing(_open(whole)) as file:
        row = file.execute("SELECT started FROM finished").fetchone()
    return row is not None and path.stat().st_mtime < row[0]
