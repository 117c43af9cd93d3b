"""Second opinions on the classes of a catalogue, and how the words of one are read."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, BaseModel, Field


def _check_pattern(pattern: str) -> str:
    try:
        re.compile(pattern)
    except re.error as error:
        raise ValueError(f"{pattern!r} is no regular expression: {error}") from error
    return pattern


Pattern = Annotated[str, AfterValidator(_check_pattern)]
"""A regular expression; capitals or not makes no difference."""


class Opinions(BaseModel):
    """What the entry of a catalogue says of opinions besides its own, and of its own words."""

    second_opinions: list[str] = Field(
        default_factory=list,
        description="entries of catalogues that name classes of the same sources; a table without "
        "a path is none",
    )
    words: dict[Pattern, str] = Field(
        default_factory=dict,
        description="as a second opinion: which of its words (a regular expression) mean which "
        "class, the first that fits; empty: the names of the classes",
    )
    doubtful: Pattern = Field(
        default=r"\?",
        description="as a second opinion: which of its words (a regular expression) mark a doubt; "
        "words of two classes do so, too",
    )
