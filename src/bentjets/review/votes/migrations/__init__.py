"""Versions of the schema of votes, for Alembic."""
