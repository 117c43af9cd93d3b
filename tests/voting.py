"""Votes for tests: short rows made into the table that `ReviewsDataset` loads."""

from __future__ import annotations

import uuid
from typing import Any

import pandas as pd

COLUMNS = {
    "vote_id": "", "source_id": "", "expert": "", "round": 1, "showing": 1, "verdict": "accept",
    "reason": "", "morphology": "", "clicks": "", "opening_angle_deg": float("nan"),
    "tail_1_arcsec": float("nan"), "tail_2_arcsec": float("nan"), "seconds": 2.0,
    "image_sha256": "", "voted_at": "2026-01-01T00:00:00Z", "origin": "page",
}  # fmt: skip


def vote(source_id: str, expert: str, verdict: str = "accept", **others: Any) -> dict[str, Any]:
    """Give one row; what is not said is as in most votes."""
    said = {"source_id": source_id, "expert": expert, "verdict": verdict, **others}
    return COLUMNS | {"vote_id": uuid.uuid4().hex} | said


def table(*votes: dict[str, Any]) -> pd.DataFrame:
    """Give the table of votes, in the order in which they were cast."""
    return pd.DataFrame(votes, columns=list(COLUMNS))
