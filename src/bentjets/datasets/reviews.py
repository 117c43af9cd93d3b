"""``ReviewsDataset`` loads and saves the reviewers' votes, a table in an SQLite file."""

from __future__ import annotations

import contextlib
import logging
import os
import sqlite3
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pandas as pd
from kedro.io.core import AbstractDataset, DatasetError, get_protocol_and_path
from kedro_datasets._typing import TablePreview

from bentjets.datasets._files import LOCAL_PROTOCOL, temporary_path

logger = logging.getLogger(__name__)

COLUMNS = ("source_id", "reviewer", "accepted", "reason", "reviewed_at", "image_sha256")
_KEY = ["source_id", "reviewer"]
_MAY_LACK = ("reason", "image_sha256")
_REQUIRED = ("source_id", "reviewer", "accepted", "reviewed_at")
_PREVIEW_ROWS = 20
_BUSY_TIMEOUT_S = 30.0

_CREATE = """
CREATE TABLE IF NOT EXISTS reviews (
    source_id TEXT NOT NULL,
    reviewer TEXT NOT NULL,
    accepted INTEGER NOT NULL CHECK (accepted IN (0, 1)),
    reason TEXT NOT NULL DEFAULT '',
    reviewed_at TEXT NOT NULL,
    image_sha256 TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (source_id, reviewer)
)
"""
# Files of version 0.1 lack this column.
_ADD_IMAGE = "ALTER TABLE reviews ADD COLUMN image_sha256 TEXT NOT NULL DEFAULT ''"
_COLUMNS_THERE = "SELECT name FROM pragma_table_info('reviews')"
_INSERT = f"INSERT INTO reviews ({', '.join(COLUMNS)}) VALUES (?, ?, ?, ?, ?, ?)"


class ReviewsDataset(AbstractDataset[pd.DataFrame, pd.DataFrame]):
    """``ReviewsDataset`` keeps one vote per source and reviewer in an SQLite file.

    Loading gives a table with the columns source_id, reviewer, accepted (bool), reason,
    reviewed_at and image_sha256 (of the image that the vote is on; empty where it is not known),
    sorted; where no file is, an empty one: nobody has voted yet.

    Saving replaces all votes of the reviewers that the given table names, in one transaction, and
    leaves every other reviewer's votes alone. A pipeline run refreshes the automatic reviewer that
    way, and can never lose the vote of an expert who reviews in the browser meanwhile.

    Parameters
    ----------
    filepath : str or os.PathLike
        The SQLite file, on a local disk.
    formerly : dict, optional
        The ``filepath`` at which the votes were kept before. Where it is there and the file is
        not, the votes in it are copied, and stay there too.
    metadata : dict, optional
        Anything; Kedro ignores it, plugins may read it.

    Raises
    ------
    DatasetError
        If the path is not local.

    Examples
    --------
    Using the YAML API:

    .. code-block:: yaml

        reviews:
          type: bentjets.datasets.reviews.ReviewsDataset
          filepath: votes/base-reviews.db
          formerly: {filepath: data/03_primary/reviews.db}

    Using the Python API:

    >>> import pandas as pd
    >>> dataset = ReviewsDataset(filepath=tmp_path / "reviews.db")
    >>> vote = {"source_id": "J0020+0004", "reviewer": "automatic", "accepted": True}
    >>> dataset.save(pd.DataFrame([{**vote, "reviewed_at": "2025-05-25T12:00:00Z"}]))
    >>> dataset.load()["accepted"].tolist()
    [True]
    """

    def __init__(
        self,
        *,
        filepath: str | os.PathLike[str],
        formerly: Mapping[str, str | os.PathLike[str]] | None = None,
        metadata: dict[str, Any] | None = None,
    ) -> None:
        protocol, path = get_protocol_and_path(filepath)
        if protocol != LOCAL_PROTOCOL:
            raise DatasetError(f"{filepath} is not local; SQLite needs a file on a local disk")
        self._filepath = Path(path)
        self._formerly = Path(formerly["filepath"]) if formerly else None
        self.metadata = metadata

    def load(self) -> pd.DataFrame:
        """Read all votes.

        Raises
        ------
        DatasetError
            If the file, or the one that they are taken over from, is damaged or not an SQLite file.
        """
        self._take_over()
        votes = pd.DataFrame(self._read(), columns=list(COLUMNS))
        return votes.astype({name: "str" for name in COLUMNS} | {"accepted": "bool"})

    def save(self, data: pd.DataFrame) -> None:
        """Replace all votes of the reviewers in `data`, and nobody else's.

        Parameters
        ----------
        data : pandas.DataFrame
            Columns source_id, reviewer, accepted (bool or 0/1), reviewed_at (ISO 8601 text) and,
            if there are any, reason and image_sha256.

        Raises
        ------
        DatasetError
            If a column or a value is missing, a vote is given twice, or the file is damaged.
        """
        votes = self._check(data)
        self._take_over()
        self._filepath.parent.mkdir(parents=True, exist_ok=True)
        with _connect(self._filepath, "rwc") as connection, connection:
            connection.execute("BEGIN IMMEDIATE")
            connection.execute(_CREATE)
            if "image_sha256" not in _columns_there(connection):
                connection.execute(_ADD_IMAGE)
            connection.executemany(
                "DELETE FROM reviews WHERE reviewer = ?",
                [(reviewer,) for reviewer in votes["reviewer"].unique()],
            )
            connection.executemany(_INSERT, votes.itertuples(index=False, name=None))

    def preview(self) -> TablePreview:
        """Give the first 20 votes for Kedro-Viz."""
        return TablePreview(self.load().head(_PREVIEW_ROWS).to_dict(orient="split"))

    def _describe(self) -> dict[str, Any]:
        return {"filepath": self._filepath.as_posix()}

    def _exists(self) -> bool:
        return self._filepath.exists()

    def _read(self) -> list[tuple[Any, ...]]:
        if not self._filepath.exists():
            return []
        # Not read-only: the first to open the file after a crash must roll back what was half done.
        with _connect(self._filepath, "rw") as connection:
            there = _columns_there(connection)
            if not there:
                return []
            columns = [name if name in there else f"'' AS {name}" for name in COLUMNS]
            return connection.execute(
                f"SELECT {', '.join(columns)} FROM reviews ORDER BY source_id, reviewer"
            ).fetchall()

    def _take_over(self) -> None:
        """Copy the votes from where they were kept before."""
        if self._formerly is None or self._filepath.exists() or not self._formerly.exists():
            return
        self._filepath.parent.mkdir(parents=True, exist_ok=True)
        temporary = Path(temporary_path(self._filepath.as_posix()))
        try:
            # SQLite copies: what a killed writer left half done is beside the file, not in it.
            with _connect(temporary, "rwc") as new, _connect(self._formerly, "rw") as old:
                old.backup(new)
            temporary.rename(self._filepath)
        finally:
            temporary.unlink(missing_ok=True)
        logger.warning(
            "The votes in %s were copied to %s, where they are kept from now on; the old file is "
            "no longer used",
            self._formerly,
            self._filepath,
        )

    def _check(self, data: pd.DataFrame) -> pd.DataFrame:
        absent = [name for name in _REQUIRED if name not in data.columns]
        if absent:
            raise DatasetError(f"{self._filepath}: the votes lack the columns {absent}; add them")
        votes = data.assign(**{name: "" for name in _MAY_LACK if name not in data.columns})
        votes = votes[list(COLUMNS)]
        empty = [name for name in COLUMNS if votes[name].isna().any()]
        if empty:
            raise DatasetError(f"{self._filepath}: votes without a value in {empty}; fill them in")
        twice = votes.loc[votes.duplicated(_KEY), "source_id"]
        if len(twice):
            raise DatasetError(
                f"{self._filepath}: two votes of one reviewer on {twice.iloc[0]}; keep one"
            )
        if not votes["accepted"].isin([False, True]).all():
            raise DatasetError(f"{self._filepath}: accepted must be true or false in every vote")
        return votes.astype({name: "str" for name in COLUMNS}).assign(
            accepted=votes["accepted"].astype(int).astype(object)
        )


@contextlib.contextmanager
def _connect(path: Path, mode: str) -> Iterator[sqlite3.Connection]:
    """Open a file, without the implicit transactions of `sqlite3`, and close it again."""
    uri = f"{path.absolute().as_uri()}?mode={mode}"
    try:
        with contextlib.closing(
            sqlite3.connect(uri, uri=True, timeout=_BUSY_TIMEOUT_S, isolation_level=None)
        ) as connection:
            yield connection
    except sqlite3.Error as exc:
        raise DatasetError(
            f"{path} cannot be used as the reviews' database: {exc}; "
            "restore it from a copy, or move it away to start anew"
        ) from exc


def _columns_there(connection: sqlite3.Connection) -> set[str]:
    return {name for (name,) in connection.execute(_COLUMNS_THERE)}
