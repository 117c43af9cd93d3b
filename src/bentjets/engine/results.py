"""Finished results on disk: one SQLite file for each step and share, read without running anything.

A result is made of plain values (msgpack), never a pickle, so that a cache which several people
share cannot harm them. Only the driver of a run writes; the shares of a cluster have a file each,
and read those of the others.
"""

from __future__ import annotations

import contextlib
import logging
import sqlite3
import time
import zlib
from collections.abc import Iterator
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
_CREATE = (
    "CREATE TABLE IF NOT EXISTS results"
    " (key BLOB PRIMARY KEY, made REAL NOT NULL, used REAL NOT NULL, content BLOB NOT NULL)"
)
# Keys come in no order: of a large file, the pages of its index should stay in memory (32 MB).
_PAGES = "PRAGMA cache_size = -32000"
_KEEP = "INSERT OR REPLACE INTO results VALUES (?, ?, ?, ?)"


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
        self._kept: list[tuple[bytes, float, float, bytes]] = []
        self._used: dict[sqlite3.Connection, list[tuple[float, bytes]]] = {}
        self._committed = time.monotonic()
        own = folder / f"{recipe.step}{share}{SUFFIX}"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._own = _open(own)
        except (OSError, sqlite3.Error) as error:
            raise InputError(
                f"engine.cache {folder} cannot be written ({error}): make room or make it writable,"
                " or set BENTJETS_CACHE to another folder"
            ) from error
        others = sorted(set(folder.glob(f"{recipe.step}*{SUFFIX}")) - {own})
        self._files = [self._own, *(_open(path) for path in others if _is_of(path, recipe.step))]

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
            self._commit()
        finally:
            for file in self._files:
                file.close()

    def key(self, *arguments: Any) -> bytes:
        """Give the key of the result for these arguments."""
        return self._recipe.key(*arguments)

    def get(self, key: bytes) -> Any:
        """Return a result, or `MISSING`; a damaged one is missing."""
        for file in self._files:
            with contextlib.suppress(sqlite3.Error, ValueError, zlib.error):
                row = file.execute("SELECT content FROM results WHERE key = ?", (key,)).fetchone()
                if row is not None:
                    result = _decode(row[0])
                    self._used.setdefault(file, []).append((self._started, key))
                    self._commit_in_time()
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
        self._kept.append((key, time.time(), self._started, _encode(result)))
        self._commit_in_time()

    def _commit_in_time(self) -> None:
        if time.monotonic() - self._committed > _COMMIT_S:
            self._commit()

    def _commit(self) -> None:
        try:
            with self._own:
                self._own.executemany(_KEEP, self._kept)
            for file, used in self._used.items():
                with file:
                    file.executemany("UPDATE results SET used = ? WHERE key = ?", used)
        except sqlite3.Error as error:
            raise InputError(
                f"engine.cache: results of {self._recipe.step} cannot be kept ({error}): make "
                "room, or set BENTJETS_CACHE to another folder"
            ) from error
        self._kept.clear()
        self._used.clear()
        self._committed = time.monotonic()


def _open(path: Path) -> sqlite3.Connection:
    """Open a file of results; one that is damaged is put away, and its results are made anew."""
    for attempt in (1, 2):
        file = sqlite3.connect(path, timeout=_BUSY_S)
        try:
            with file:
                file.execute(_PAGES)
                file.execute(_CREATE)
                file.execute("SELECT key FROM results LIMIT 1").fetchone()
        except sqlite3.DatabaseError as error:
            file.close()
            is_damaged = not isinstance(error, sqlite3.OperationalError)
            if attempt == 1 and is_damaged:
                path.unlink()
                logger.warning("%s is damaged (%s): its results are made anew", path, error)
                continue
            raise
        return file
    raise AssertionError("unreachable")


def _is_of(path: Path, step: str) -> bool:
    """Tell whether a file holds results of this step, and not of one whose name begins alike."""
    name = path.name.removesuffix(SUFFIX)
    return name == step or name.startswith(f"{step}-share")


def _encode(result: Any) -> bytes:
    import msgpack

    return zlib.compress(msgpack.packb(result, strict_types=True), _COMPRESSION)


def _decode(content: bytes) -> Any:
    import msgpack

    return msgpack.unpackb(zlib.decompress(content), strict_map_key=False)


def list_results(cache: Path) -> Iterator[dict[str, Any]]:
    """Say what the files of results hold.

    Parameters
    ----------
    cache
        The folder of the cache.

    Yields
    ------
    dict
        ``file`` (path), ``results`` (number), ``bytes`` of the file, ``unused``: results that the
        latest run of the step did not use.
    """
    for path in sorted((cache / "results").glob(f"*{SUFFIX}")):
        with contextlib.closing(_open(path)) as file:
            total, unused = file.execute(
                "SELECT count(*), sum(used < (SELECT max(used) FROM results)) FROM results"
            ).fetchone()
        yield {
            "file": path,
            "results": total,
            "bytes": path.stat().st_size,
            "unused": unused or 0,
        }


def drop_unused(cache: Path) -> int:
    """Drop the results that the latest run of their step did not use, and return their number."""
    dropped = 0
    for path in sorted((cache / "results").glob(f"*{SUFFIX}")):
        with contextlib.closing(_open(path)) as file:
            with file:
                dropped += file.execute(
                    "DELETE FROM results WHERE used < (SELECT max(used) FROM results)"
                ).rowcount
            file.execute("VACUUM")
    return dropped
