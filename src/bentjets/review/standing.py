"""Which votes stand: the last of each expert on a source, unless it was taken back."""

from __future__ import annotations

import logging
from collections.abc import Mapping

import pandas as pd

logger = logging.getLogger(__name__)

WITHDRAWN = "withdrawn"
_OF_ONE = ["source_id", "expert", "round", "showing"]


def standing_votes(votes: pd.DataFrame) -> pd.DataFrame:
    """Keep the last vote of each expert on a source, in a round and at a showing.

    Parameters
    ----------
    votes
        The table of votes in the order in which they were cast: at least ``source_id``,
        ``expert``, ``round``, ``showing`` and ``verdict``.

    Returns
    -------
    pandas.DataFrame
        The rows that stand; where the last one takes back what was said, there is none.
    """
    last = votes.drop_duplicates(_OF_ONE, keep="last")
    return last[last["verdict"] != WITHDRAWN]


def find_stale(votes: pd.DataFrame, image_sha256: Mapping[str, str]) -> pd.Series:
    """Tell which votes were given on another image than the source has now.

    A vote that does not tell its image (typed in by hand, or older than this column) is not stale.

    Parameters
    ----------
    votes
        Columns ``source_id`` and ``image_sha256``.
    image_sha256
        The sha256 of each source's masked image as it is now.

    Returns
    -------
    pandas.Series
        bool, with the index of `votes`.
    """
    unsaid = votes["image_sha256"] == ""
    stale = ~unsaid & (votes["image_sha256"] != votes["source_id"].map(dict(image_sha256)))
    if stale.any():
        logger.warning(
            "%d of %d votes were given on images that have changed since: %s is the first; "
            "curation.review.stale says whether they count, kedro review shows them",
            stale.sum(),
            len(votes),
            votes.loc[stale, "source_id"].iloc[0],
        )
    if unsaid.any():
        logger.info(
            "%d of %d votes do not tell the image they were given on, and count",
            unsaid.sum(),
            len(votes),
        )
    return stale
