"""How wide figures are printed: the columns of journals."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

_MM_PER_IN = 25.4

JournalName = Literal["aas", "aa"]


@dataclass(frozen=True)
class Journal:
    """The widths that a journal prints figures at.

    Parameters
    ----------
    column_in
        Width of a column, in inches.
    text_in
        Width of the text over both columns, in inches.
    """

    column_in: float
    text_in: float


AAS = Journal(column_in=3.5, text_in=7.1)
"""ApJ, AJ: the AAS journals' guide for graphics."""

JOURNALS: dict[JournalName, Journal] = {
    "aas": AAS,
    # Astronomy & Astrophysics, author's guide, section on figures: 88 and 180 mm.
    "aa": Journal(column_in=88 / _MM_PER_IN, text_in=180 / _MM_PER_IN),
}
