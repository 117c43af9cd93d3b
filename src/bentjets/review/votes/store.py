"""Where votes are kept: to be added to, and never changed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

import pandas as pd
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from bentjets.errors import InputError
from bentjets.review.votes.database import connect, name_of, upgrade, writing
from bentjets.review.votes.table import VOTES
from bentjets.review.votes.vote import COLUMNS, Vote, VoteExistsError

_COLUMNS = [VOTES.c[name] for name in COLUMNS]
# SQLite takes 32766 values in a query, PostgreSQL 65535.
_MAX_VALUES = 30_000
_OF_ONE = (VOTES.c.source_id, VOTES.c.expert, VOTES.c.showing)
_KINDS = {
    **dict.fromkeys(COLUMNS, "str"),
    **dict.fromkeys(("round", "showing"), "int64"),
    **dict.fromkeys(("opening_angle_deg", "tail_1_arcsec", "tail_2_arcsec", "seconds"), "float64"),
}


def no_votes() -> pd.DataFrame:
    """Give the table of votes without a row."""
    return pd.DataFrame(columns=list(COLUMNS)).astype(_KINDS)


class VoteStore:
    """The votes in a database, which is made or brought up to date when it is opened.

    It may be used by several threads, and the database by several processes, at once. A vote that
    `append` has returned from is on the disk.

    Parameters
    ----------
    url
        ``sqlite:///PATH``, a path, or ``postgresql://USER:PASSWORD@HOST/DATABASE``.

    Raises
    ------
    InputError
        If the database cannot be opened, or a newer version of bentjets made it.
    """

    def __init__(self, url: str) -> None:
        self._engine = connect(url)
        with self._in_one_line():
            upgrade(self._engine)

    def __repr__(self) -> str:
        return f"VoteStore({name_of(self._engine)})"

    def append(self, votes: Iterable[Vote]) -> None:
        """Add votes: all of them, or none.

        Raises
        ------
        VoteExistsError
            If one of them is there already.
        InputError
            If the database does not take them.
        """
        rows = [vote.to_row() for vote in votes]
        if not rows:
            return
        with self._in_one_line():
            try:
                with writing(self._engine) as connection:
                    connection.execute(sa.insert(VOTES), rows)
            except IntegrityError as error:
                raise VoteExistsError(
                    f"one of {len(rows)} votes is in {name_of(self._engine)} already: none was "
                    "added"
                ) from error

    def read(self) -> pd.DataFrame:
        """Give all votes in the order in which they were cast."""
        return self._read(sa.select(*_COLUMNS).order_by(VOTES.c.sequence))

    def latest(
        self,
        expert: str | None = None,
        round: int = 1,
        source_ids: Sequence[str] | None = None,
    ) -> pd.DataFrame:
        """Give the votes of a round that stand: the last of each expert, source and showing.

        Parameters
        ----------
        expert
            Only theirs; None: everyone's.
        round
            1 or 2.
        source_ids
            Only on these; None: on all.
        """
        wanted = [VOTES.c.round == round]
        if expert is not None:
            wanted.append(VOTES.c.expert == expert)
        few = source_ids is not None and len(source_ids) <= _MAX_VALUES
        if source_ids is not None and few:
            wanted.append(VOTES.c.source_id.in_(list(source_ids)))
        last = sa.select(sa.func.max(VOTES.c.sequence)).where(*wanted).group_by(*_OF_ONE)
        stands = VOTES.c.verdict != "withdrawn"
        query = sa.select(*_COLUMNS).where(VOTES.c.sequence.in_(last), stands)
        votes = self._read(query.order_by(VOTES.c.sequence))
        if source_ids is None or few:
            return votes
        return votes[votes["source_id"].isin(source_ids)].reset_index(drop=True)

    def find(self, vote_id: str) -> Vote | None:
        """Give the vote of this name, if there is one."""
        query = sa.select(*_COLUMNS).where(VOTES.c.vote_id == vote_id)
        with self._in_one_line(), self._engine.connect() as connection:
            row = connection.execute(query).mappings().first()
        return None if row is None else Vote.from_row(row)

    def list_ids(self) -> set[str]:
        """Give the names of all votes."""
        with self._in_one_line(), self._engine.connect() as connection:
            return set(connection.execute(sa.select(VOTES.c.vote_id)).scalars())

    def count(self, expert: str, round: int) -> int:
        """Count what an expert said in a round, changed minds and undone votes included."""
        mine = (VOTES.c.expert == expert, VOTES.c.round == round)
        query = sa.select(sa.func.count()).select_from(VOTES).where(*mine)
        with self._in_one_line(), self._engine.connect() as connection:
            return int(connection.execute(query).scalar_one())

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()

    def _read(self, query: sa.Select[tuple[object, ...]]) -> pd.DataFrame:
        with self._in_one_line(), self._engine.connect() as connection:
            rows = connection.execute(query).all()
        return pd.DataFrame(rows, columns=list(COLUMNS)).astype(_KINDS)

    @contextmanager
    def _in_one_line(self) -> Iterator[None]:
        """Say what is wrong with a database in one line, without its password."""
        try:
            yield
        except SQLAlchemyError as error:
            said = getattr(error, "orig", None) or error
            raise InputError(
                f"{name_of(self._engine)} cannot be used as the votes' database: "
                f"{' '.join(str(said).split())}; restore it from a copy, or name another one"
            ) from error
