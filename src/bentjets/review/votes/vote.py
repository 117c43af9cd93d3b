"""What one expert said of one image."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Any

from bentjets.errors import InputError
from bentjets.review.consensus import AUTOMATIC

Click = tuple[float, float]

VERDICTS = ("accept", "reject", "unsure", "withdrawn")
MAX_WORDS = 200
_N_CLICKS = 3
_HALF_TURN_DEG = 180
_TEXTS = (
    *("vote_id", "source_id", "expert", "reason", "morphology"),
    *("image_sha256", "voted_at", "origin"),
)


class VoteExistsError(InputError):
    """A vote with the same ``vote_id`` is there already."""


@dataclass(frozen=True, kw_only=True)
class Vote:
    """One vote; a changed mind is another vote.

    Parameters
    ----------
    vote_id
        Made by whoever casts it, 32 hexadecimal digits: the same vote is never counted twice.
    source_id, expert
        The source, and who looked.
    round
        1: independent; 2: adjudication of conflicts.
    showing
        1: the first time that the expert saw the image; 2: the unmarked second time.
    verdict
        ``accept``, ``reject``, ``unsure``, or ``withdrawn``, which takes the last one back.
    reason
        Why: bad, small, confused, or other words.
    morphology
        The class that the expert sees; empty where nothing was said of it.
    clicks
        End, core and end of the tails: column and row of FITS pixels, from 0.
    opening_angle_deg, tail_1_arcsec, tail_2_arcsec
        What follows from the clicks, on the sky.
    seconds
        How long the expert looked.
    image_sha256
        Of the masked image that was seen; empty where it is not known.
    voted_at
        ISO 8601, UTC.
    origin
        ``page``, ``import``, ``panoptes``, or ``reviews.db`` (of version 0.1).

    Raises
    ------
    InputError
        If a value cannot be.
    """

    vote_id: str
    source_id: str
    expert: str
    round: int = 1
    showing: int = 1
    verdict: str
    reason: str = ""
    morphology: str = ""
    clicks: tuple[Click, ...] = ()
    opening_angle_deg: float | None = None
    tail_1_arcsec: float | None = None
    tail_2_arcsec: float | None = None
    seconds: float = 0.0
    image_sha256: str = ""
    voted_at: str
    origin: str = "page"

    def __post_init__(self) -> None:
        wrong = next(self._mistakes(), None)
        if wrong:
            name = ascii(self.vote_id)[1:-1] or "(without a vote_id)"
            raise InputError(f"vote {name}: {wrong}")

    def _mistakes(self) -> Iterator[str]:
        yield from self._mistakes_in_words()
        if self.verdict not in VERDICTS:
            yield f"verdict is {self.verdict!r}: choose from {', '.join(VERDICTS)}"
        if self.round not in (1, 2) or self.showing not in (1, 2):
            yield "round and showing are 1 or 2"
        if self.clicks and len(self.clicks) != _N_CLICKS:
            yield f"{len(self.clicks)} clicks: give end, core and end, or none"
        yield from self._mistakes_in_numbers()

    def _mistakes_in_words(self) -> Iterator[str]:
        for name in ("vote_id", "source_id", "expert", "voted_at"):
            if not getattr(self, name).strip():
                yield f"{name} is empty"
        for name in _TEXTS:
            if not _can_be_kept(getattr(self, name)):
                yield f"{name} has characters that are none"
        for name in ("expert", "reason", "morphology"):
            if len(getattr(self, name)) > MAX_WORDS:
                yield f"{name} has more than {MAX_WORDS} characters"
        if not (self.vote_id + self.expert).isprintable() or ";" in self.expert:
            yield "vote_id and expert: give letters that can be seen, and no semicolon"
        if self.expert == AUTOMATIC:
            yield f"{AUTOMATIC} is the checks' own name: give the expert another"

    def _mistakes_in_numbers(self) -> Iterator[str]:
        numbers = [self.opening_angle_deg, self.tail_1_arcsec, self.tail_2_arcsec, self.seconds]
        numbers += [value for click in self.clicks for value in click]
        if not all(math.isfinite(value) for value in numbers if value is not None):
            yield "numbers are finite"
        if not 0 <= (self.opening_angle_deg or 0) <= _HALF_TURN_DEG:
            yield f"opening_angle_deg is {self.opening_angle_deg:g}: it is from 0 to 180"
        for name in ("tail_1_arcsec", "tail_2_arcsec", "seconds"):
            if (getattr(self, name) or 0) < 0:
                yield f"{name} is {getattr(self, name):g}: it is at least 0"

    def to_row(self) -> dict[str, Any]:
        """Give the row of the table."""
        row = {name: getattr(self, name) for name in COLUMNS}
        clicks = [[float(x), float(y)] for x, y in self.clicks]
        return row | {"clicks": json.dumps(clicks) if clicks else ""}

    @classmethod
    def from_row(cls, row: Any) -> Vote:
        """Read a row of the table, or of a file.

        Raises
        ------
        InputError
            If a value is missing or cannot be.
        """
        given: dict[str, Any] = {name: row[name] for name in COLUMNS if name in row}
        try:
            clicks = json.loads(given.get("clicks") or "[]")
            given["clicks"] = tuple((float(x), float(y)) for x, y in clicks)
            for name in ("opening_angle_deg", "tail_1_arcsec", "tail_2_arcsec"):
                given[name] = None if given.get(name) in (None, "") else float(given[name])
            for name in ("round", "showing"):
                given[name] = int(given.get(name) or 1)
            given["seconds"] = float(given.get("seconds") or 0.0)
            return cls(**given)
        except (TypeError, ValueError) as error:
            raise InputError(f"not a vote: {' '.join(str(error).split())}") from error


def _can_be_kept(words: str) -> bool:
    """Tell whether databases and files take a text: no zero byte, no half of a character."""
    try:
        return b"\0" not in words.encode()
    except UnicodeEncodeError:
        return False


COLUMNS = tuple(field.name for field in fields(Vote))
"""Columns of the table of votes, in their order."""
