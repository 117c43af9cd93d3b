"""Votes of experts: one append-only table, in SQLite or PostgreSQL."""

from bentjets.review.votes.exchange import export_votes, import_votes
from bentjets.review.votes.store import VoteStore, no_votes
from bentjets.review.votes.vote import COLUMNS, Vote, VoteExistsError

__all__ = [
    "COLUMNS",
    "Vote",
    "VoteExistsError",
    "VoteStore",
    "export_votes",
    "import_votes",
    "no_votes",
]
