"""Votes as CSV files, to be moved from one database to another."""

from __future__ import annotations

import csv
import uuid
from collections.abc import Callable, Collection, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bentjets.errors import InputError
from bentjets.files import write_whole
from bentjets.review.votes.panoptes import is_panoptes, read_classification
from bentjets.review.votes.store import VoteStore
from bentjets.review.votes.vote import Vote

_NEEDED = {"source_id", "expert", "verdict"}
_NAMESPACE = uuid.UUID("0d9b9d2b-6c0e-4f0a-8a3b-5f0d7b8f1a90")


def export_votes(store: VoteStore, path: Path) -> int:
    """Write all votes of a database to a CSV file, whole or not at all.

    Returns
    -------
    int
        How many.

    Raises
    ------
    InputError
        If the file cannot be written.
    """
    votes = store.read()
    try:
        # Every text in quotes: a bare carriage return would end the row for whoever reads it.
        write_whole(path, votes.to_csv(index=False, quoting=csv.QUOTE_NONNUMERIC))
    except OSError as error:
        raise InputError(
            f"{path} cannot be written: {error.strerror}; name another file"
        ) from error
    return len(votes)


def import_votes(store: VoteStore, path: Path) -> int:
    """Add the votes of a CSV file that are not there yet: all of them, or none.

    Parameters
    ----------
    store
        Where they go.
    path
        A file of `export_votes`, one with the columns ``source_id``, ``expert`` and ``verdict``
        (and others of the table), or an export of classifications of Panoptes (Zooniverse).

    Returns
    -------
    int
        How many were added.

    Raises
    ------
    InputError
        If the file is no such table; the row is named.
    """
    known = store.list_ids()
    new: dict[str, Vote] = {}
    for vote in _read_votes(path):
        if vote.vote_id not in known:
            new[vote.vote_id] = vote
    store.append(new.values())
    return len(new)


def _read_votes(path: Path) -> Iterator[Vote]:
    try:
        file = path.open(encoding="utf-8-sig", newline="")
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}") from error
    with file:
        rows = csv.DictReader(file)
        try:
            read = _find_reader(rows.fieldnames or ())
            for row in rows:
                if None in row:
                    raise InputError("more cells than the file has columns")
                vote = read(row)
                if vote is not None:
                    yield vote
        except UnicodeDecodeError as error:
            raise InputError(f"{path} is no text in UTF-8; nothing is added") from error
        except (InputError, csv.Error) as error:
            raise InputError(f"{path}, line {rows.line_num}: {error}; nothing is added") from error


def _find_reader(columns: Collection[str]) -> Callable[[dict[str, Any]], Vote | None]:
    if is_panoptes(columns):
        return read_classification
    if set(columns) >= _NEEDED:
        return _read_row
    raise InputError(
        "it holds no votes: it needs the columns source_id, expert and verdict, or those of an "
        "export of Panoptes"
    )


def _read_row(row: dict[str, Any]) -> Vote:
    """Read a vote; one typed by hand gets a name that its words make."""
    given = {name: value for name, value in row.items() if value not in (None, "")}
    words = "\n".join(str(given.get(name, "")) for name in sorted(given))
    given.setdefault("vote_id", uuid.uuid5(_NAMESPACE, words).hex)
    given.setdefault("voted_at", datetime.now(UTC).isoformat().replace("+00:00", "Z"))
    given.setdefault("origin", "import")
    return Vote.from_row(given)
