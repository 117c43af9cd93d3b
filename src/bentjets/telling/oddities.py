"""What is odd in a catalogue, told with names and with the file that lists all of it."""

from __future__ import annotations

import logging

import pandas as pd

logger = logging.getLogger(__name__)

_NAMED = 3
_WORDS = {
    "same position": ("pair of sources is at one position", "pairs of sources are at one position"),
    "overlap": ("pair of cutouts overlaps on the sky", "pairs of cutouts overlap on the sky"),
    "name": (
        "name prints another position than the catalogue gives",
        "names print other positions than the catalogue gives",
    ),
}


def tell_oddities(oddities: pd.DataFrame, path: str) -> None:
    """Warn of each kind of oddity once.

    Parameters
    ----------
    oddities
        One row for each: ``kind``, ``source_id``, and ``other_id`` where there are two sources.
    path
        Where the table is saved.
    """
    for kind, rows in oddities.groupby("kind", sort=False):
        one, many = _WORDS.get(str(kind), (str(kind), str(kind)))
        others = rows["other_id"].fillna("")
        named = [
            f"{source} and {other}" if other else str(source)
            for source, other in zip(rows["source_id"][:_NAMED], others[:_NAMED], strict=True)
        ]
        more = ", ..." if len(rows) > _NAMED else ""
        words = one if len(rows) == 1 else many
        logger.warning("%d %s (%s%s): see %s", len(rows), words, ", ".join(named), more, path)
