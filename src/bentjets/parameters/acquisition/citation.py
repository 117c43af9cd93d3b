"""Whom to cite for a catalogue or a survey."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

Citation = Annotated[str, Field(description="whom to cite, where this was used")]
"""What the report and the card of the release name; empty where nobody stated it."""
