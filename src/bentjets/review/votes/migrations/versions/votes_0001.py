"""The table of votes, to which rows can be added only, and the votes of version 0.1."""

from __future__ import annotations

import uuid

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_FORBIDDEN = "votes are kept for ever: add another one"
_SQLITE = """
CREATE TRIGGER votes_no_{what} BEFORE {what} ON votes
BEGIN SELECT RAISE(ABORT, '{words}'); END
"""
# SQLite deletes what it replaces without asking the trigger against DELETE.
_SQLITE_REPLACE = """
CREATE TRIGGER votes_no_replace BEFORE INSERT ON votes
WHEN EXISTS (SELECT 1 FROM votes WHERE vote_id = NEW.vote_id)
OR EXISTS (SELECT 1 FROM votes WHERE sequence = NEW.sequence)
BEGIN SELECT RAISE(ABORT, '{words}'); END
"""
_FUNCTION = """
CREATE FUNCTION votes_are_kept() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION '{words}'; END $$
"""
_POSTGRESQL = """
CREATE TRIGGER votes_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON votes
FOR EACH STATEMENT EXECUTE FUNCTION votes_are_kept()
"""
_OLD = sa.table(
    "reviews",
    *(sa.column(name) for name in ("source_id", "reviewer", "accepted", "reason", "reviewed_at")),
    sa.column("image_sha256"),
)
_NAMESPACE = uuid.UUID("6b0a4a0e-8d53-4c8e-9f3e-2f5c1f3b7d11")


def upgrade() -> None:
    """Make the table, and take over what there is."""
    votes = op.create_table(
        "votes",
        sa.Column("sequence", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("vote_id", sa.Text, nullable=False, unique=True),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("source_id", "expert")),
        *(sa.Column(name, sa.Integer, nullable=False) for name in ("round", "showing")),
        *(
            sa.Column(name, sa.Text, nullable=False)
            for name in ("verdict", "reason", "morphology", "clicks")
        ),
        *(sa.Column(name, sa.Float) for name in ("opening_angle_deg", "tail_1_arcsec")),
        sa.Column("tail_2_arcsec", sa.Float),
        sa.Column("seconds", sa.Float, nullable=False),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("image_sha256", "voted_at")),
        sa.Column("origin", sa.Text, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("votes_of_source", "votes", ["source_id"])
    op.create_index("votes_of_expert", "votes", ["expert", "round"])
    _take_over(votes)
    if op.get_bind().dialect.name == "sqlite":
        for what in ("UPDATE", "DELETE"):
            op.execute(_SQLITE.format(what=what, words=_FORBIDDEN))
        op.execute(_SQLITE_REPLACE.format(words=_FORBIDDEN))
    else:
        op.execute(_FUNCTION.format(words=_FORBIDDEN))
        op.execute(_POSTGRESQL)


def _take_over(votes: sa.Table) -> None:
    """Copy the votes of people from the table of version 0.1, which stays as it is."""
    connection = op.get_bind()
    inspector = sa.inspect(connection)
    if not inspector.has_table("reviews"):
        return
    there = {column["name"] for column in inspector.get_columns("reviews")}
    columns = [_OLD.c[name] for name in _OLD.c.keys() if name in there]  # noqa: SIM118
    old = connection.execute(sa.select(*columns).where(_OLD.c.reviewer != "automatic")).mappings()
    rows = [
        {
            "vote_id": uuid.uuid5(_NAMESPACE, f"{row['reviewer']}\n{row['source_id']}").hex,
            "source_id": row["source_id"],
            # Typed by hand; what the table of votes may not hold could never be mended there.
            "expert": " ".join(row["reviewer"].split()) or "unnamed",
            "round": 1,
            "showing": 1,
            "verdict": "accept" if row["accepted"] else "reject",
            "reason": row["reason"],
            "morphology": "",
            "clicks": "",
            "seconds": 0.0,
            "image_sha256": row.get("image_sha256", ""),
            "voted_at": row["reviewed_at"],
            "origin": "reviews.db",
        }
        for row in old
    ]
    if rows:
        connection.execute(sa.insert(votes), rows)
