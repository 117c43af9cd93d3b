"""``ReviewsDataset`` loads the experts' votes from their database, and adds to them."""

from __future__ import annotations

import contextlib
import logging
import os
import sqlite3
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
from kedro.io.core import AbstractDataset, DatasetError, get_protocol_and_path
from kedro_datasets._typing import TablePreview

from bentjets.datasets._files import LOCAL_PROTOCOL, temporary_path
from bentjets.errors import InputError
from bentjets.review.votes import Vote, VoteStore, no_votes

logger = logging.getLogger(__name__)

_PREVIEW_ROWS = 20
_BUSY_TIMEOUT_S = 30.0


class ReviewsDataset(AbstractDataset[pd.DataFrame, pd.DataFrame]):
    """``ReviewsDataset`` keeps votes in a table to which rows can be added only.

    Loading gives a table with one row for each vote, in the order in which they were cast; its
    columns are those of `bentjets.review.votes.Vote`. Where no file is, it is empty: nobody has
    voted yet, and no file is made. Votes of version 0.1 in the file are taken over.

    Saving adds the votes that are not there yet, by their ``vote_id``, and changes no other.

    Parameters
    ----------
    filepath : str or os.PathLike
        An SQLite file, on a local disk; not used where `credentials` name a database.
    formerly : dict, optional
        The ``filepath`` at which the votes were kept before. Where it is there and the file is
        not, the votes in it are copied, and stay there too.
    credentials : dict, optional
        The ``url`` of a PostgreSQL database, such as ``postgresql://USER:PASSWORD@HOST/NAME``.
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
    >>> vote = {"vote_id": "c0ffee", "source_id": "J0020+0004", "expert": "Ada"}
    >>> vote |= {"verdict": "accept", "voted_at": "2026-05-25T12:00:00Z"}
    >>> dataset.save(pd.DataFrame([vote]))
    >>> dataset.load()["verdict"].tolist()
    ['accept']
    """

    def __init__(
        self,
        *,
        filepath: str | os.PathLike[str],
        formerly: Mapping[str, str | os.PathLike[str]] | None = None,
        credentials: Mapping[str, str] | None = None,
        metadata: dict[str, Any] | None = None,
    ) -> None:
        protocol, path = get_protocol_and_path(filepath)
        if protocol != LOCAL_PROTOCOL:
            # Not the whole: it may hold a password.
            raise DatasetError(
                f"the votes' filepath begins with {protocol}:// and is not local; SQLite needs a "
                "file on a local disk, another database the url in the entry's credentials"
            )
        self._filepath = Path(path)
        self._formerly = Path(formerly["filepath"]) if formerly else None
        self._url = credentials["url"] if credentials else None
        self.metadata = metadata

    def open_store(self) -> VoteStore:
        """Open the database, which is made where there is none.

        Raises
        ------
        InputError
            If it cannot be opened.
        """
        if self._url is not None:
            return VoteStore(self._url)
        self._take_over()
        return VoteStore(str(self._filepath))

    def load(self) -> pd.DataFrame:
        """Read all votes.

        Raises
        ------
        DatasetError
            If the database, or the one that is taken over, is damaged or cannot be reached.
        """
        if not (self._exists() or (self._formerly and self._formerly.exists())):
            return no_votes()
        with self._in_kedros_words(), contextlib.closing(self.open_store()) as store:
            return store.read()

    def save(self, data: pd.DataFrame) -> None:
        """Add votes that are not there yet.

        Parameters
        ----------
        data : pandas.DataFrame
            Columns of `bentjets.review.votes.Vote`; those with a default may lack.

        Raises
        ------
        DatasetError
            If a vote cannot be; nothing is added then.
        """
        with self._in_kedros_words(), contextlib.closing(self.open_store()) as store:
            rows = data.astype(object).where(data.notna(), None).to_dict(orient="records")
            votes = [Vote.from_row(row) for row in rows]
            known = store.list_ids()
            store.append(vote for vote in votes if vote.vote_id not in known)

    def preview(self) -> TablePreview:
        """Give the first 20 votes for Kedro-Viz."""
        return TablePreview(self.load().head(_PREVIEW_ROWS).to_dict(orient="split"))

    def _describe(self) -> dict[str, Any]:
        if self._url is not None:
            return {"database": "by the URL in its credentials"}
        return {"filepath": self._filepath.as_posix()}

    def _exists(self) -> bool:
        return self._url is not None or self._filepath.exists()

    @contextlib.contextmanager
    def _in_kedros_words(self) -> Any:
        try:
            yield
        except InputError as error:
            raise DatasetError(str(error)) from error

    def _take_over(self) -> None:
        """Copy the votes from where they were kept before."""
        if self._formerly is None or self._filepath.exists() or not self._formerly.exists():
            return
        self._filepath.parent.mkdir(parents=True, exist_ok=True)
        temporary = Path(temporary_path(self._filepath.as_posix()))
        try:
            # SQLite copies: what a killed writer left half done is beside the file, not in it.
            with (
                contextlib.closing(sqlite3.connect(temporary)) as new,
                contextlib.closing(_open(self._formerly)) as old,
            ):
                old.backup(new)
            # A renamed copy would replace the file of another process, and the votes cast in it.
            with contextlib.suppress(FileExistsError):
                os.link(temporary, self._filepath)
        except (sqlite3.Error, OSError) as error:
            raise InputError(
                f"{self._formerly} cannot be used as the reviews' database: {error}; "
                "restore it from a copy, or move it away to start anew"
            ) from error
        finally:
            temporary.unlink(missing_ok=True)
        logger.warning(
            "The votes in %s were copied to %s, where they are kept from now on; the old file is "
            "no longer used",
            self._formerly,
            self._filepath,
        )


def _open(path: Path) -> sqlite3.Connection:
    """Open a file that is there; the first after a crash rolls back what was half done."""
    uri = f"{path.absolute().as_uri()}?mode=rw"
    return sqlite3.connect(uri, uri=True, timeout=_BUSY_TIMEOUT_S)
