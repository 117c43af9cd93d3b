"""What another catalogue says of the same sources: read from its words, matched on the sky."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from astropy import units as u
from astropy.coordinates import SkyCoord, match_coordinates_sky

OPINION_COLUMNS = [
    "source_id",
    "catalogue",
    "their_name",
    "separation_arcsec",
    "comment",
    "their_morphology",
    "doubtful",
    "agrees",
]


def read_comments(
    comments: pd.Series,
    *,
    classes: Sequence[str],
    words: Mapping[str, str] | None = None,
    doubtful: str = r"\?",
) -> pd.DataFrame:
    r"""Read classes out of free text, such as ``nat?`` or ``nat/wat dd?``.

    Parameters
    ----------
    comments
        What a catalogue says of each source.
    classes
        The declared classes.
    words
        Which regular expression means which class, capitals or not; where several fit, the first
        of the mapping counts. None or empty: the names of the classes as whole words.
    doubtful
        Regular expression of what marks a doubt.

    Returns
    -------
    pandas.DataFrame
        Same index: ``their_morphology``, empty where nothing fits; and ``doubtful``, true where
        the text has such a mark, or words of more than one class.
    """
    meanings = words or {rf"\b{re.escape(name)}\b": name for name in classes}
    named = pd.DataFrame(
        {
            pattern: comments.str.contains(pattern, flags=re.IGNORECASE).astype(bool)
            for pattern in meanings
        },
        index=comments.index,
    )
    said = [[meanings[str(name)] for name in named.columns[row]] for row in named.to_numpy(bool)]
    marked = comments.str.contains(doubtful, flags=re.IGNORECASE).astype(bool)
    return pd.DataFrame(
        {
            "their_morphology": [found[0] if found else "" for found in said],
            "doubtful": marked | np.array([len(set(found)) > 1 for found in said], dtype=bool),
        },
        index=comments.index,
    )


def match_opinion(
    catalogue: pd.DataFrame, other: pd.DataFrame, *, name: str, radius_arcsec: float
) -> pd.DataFrame:
    """Find what another catalogue says of each source: its nearest entry within a radius.

    Parameters
    ----------
    catalogue
        ``source_id``, ``ra_deg``, ``dec_deg``, ``morphology``.
    other
        ``name``, ``ra_deg``, ``dec_deg``, ``comment`` and what `read_comments` gives.
    name
        What to call the other catalogue.
    radius_arcsec
        How far apart two positions of one source may be.

    Returns
    -------
    pandas.DataFrame
        Columns `OPINION_COLUMNS`, a row for each source that has such an entry, in the order of
        the catalogue. ``agrees`` is false where they name no class.
    """
    ours = catalogue[catalogue["ra_deg"].notna()].reset_index(drop=True)
    theirs = other[other["ra_deg"].notna()].reset_index(drop=True)
    if ours.empty or theirs.empty:
        return pd.DataFrame(columns=OPINION_COLUMNS)
    nearest, separation, _ = match_coordinates_sky(_sky(ours), _sky(theirs))
    near = np.flatnonzero(separation <= radius_arcsec * u.arcsec)
    found = theirs.iloc[nearest[near]].reset_index(drop=True)
    ours = ours.iloc[near].reset_index(drop=True)
    return pd.DataFrame(
        {
            "source_id": ours["source_id"],
            "catalogue": name,
            "their_name": found["name"],
            "separation_arcsec": separation[near].arcsec.round(2),
            "comment": found["comment"],
            "their_morphology": found["their_morphology"],
            "doubtful": found["doubtful"],
            "agrees": found["their_morphology"] == ours["morphology"],
        },
        columns=OPINION_COLUMNS,
    )


def _sky(table: pd.DataFrame) -> SkyCoord:
    return SkyCoord(table["ra_deg"].to_numpy(), table["dec_deg"].to_numpy(), unit="deg")
