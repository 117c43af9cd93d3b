"""A vote as the page sends it, and why one may not be written."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

_DAY_S = 86400.0
_TAG = re.compile(r"<[a-z/!?]", re.IGNORECASE)


def plain_text(text: str) -> str:
    """Take text as people type it: no control characters, nothing that looks like markup.

    Raises
    ------
    ValueError
        If it is anything else.
    """
    if _TAG.search(text):
        raise ValueError("looks like markup: write it without <")
    if any(not (character.isprintable()) for character in text):
        raise ValueError("holds characters that cannot be printed")
    return text.strip()


PlainText = Annotated[str, AfterValidator(plain_text)]


class NewVote(BaseModel):
    """A vote as the page sends it."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)

    vote_id: str = Field(pattern="^[0-9a-f]{32}$")
    place: int = Field(ge=0)
    verdict: Literal["accept", "reject", "unsure", "withdrawn"]
    reason: PlainText = Field(default="", max_length=200)
    morphology: PlainText = Field(default="", max_length=50)
    clicks: list[Annotated[list[float], Field(min_length=2, max_length=2)]] = Field(
        default=[], max_length=3
    )
    seconds: float = Field(ge=0, le=_DAY_S)
    image_sha256: str = Field(pattern="^[0-9a-f]{64}$")


class VoteRefusedError(Exception):
    """A vote that is not written.

    Parameters
    ----------
    detail
        Why.
    kept
        Whether it is in the store already: the page may take it as confirmed.
    """

    def __init__(self, detail: str, *, kept: bool) -> None:
        super().__init__(detail)
        self.kept = kept
