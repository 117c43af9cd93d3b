"""The table of votes, as SQLAlchemy knows it; the migrations make it."""

from __future__ import annotations

from sqlalchemy import Column, Float, Integer, MetaData, Table, Text

METADATA = MetaData()

VOTES = Table(
    "votes",
    METADATA,
    Column("sequence", Integer, primary_key=True, autoincrement=True),
    Column("vote_id", Text, nullable=False, unique=True),
    Column("source_id", Text, nullable=False),
    Column("expert", Text, nullable=False),
    Column("round", Integer, nullable=False),
    Column("showing", Integer, nullable=False),
    Column("verdict", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("morphology", Text, nullable=False),
    Column("clicks", Text, nullable=False),
    Column("opening_angle_deg", Float),
    Column("tail_1_arcsec", Float),
    Column("tail_2_arcsec", Float),
    Column("seconds", Float, nullable=False),
    Column("image_sha256", Text, nullable=False),
    Column("voted_at", Text, nullable=False),
    Column("origin", Text, nullable=False),
)
