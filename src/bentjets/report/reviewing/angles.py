"""Opening angles that experts measured by hand, beside those of the automatic ruler."""

from __future__ import annotations

import pandas as pd

ENOUGH = 10
"""Angles below which no figure is shown."""

# Of a normal distribution, the median distance from the median is this share of its deviation.
_MAD_OF_DEVIATION = 0.6745
_BETWEEN = "one expert from another"
_ALL = "all experts"


def compare_angles(votes: pd.DataFrame, quality: pd.DataFrame) -> pd.DataFrame:
    """Put the angles that were measured by hand beside those of the ruler.

    Parameters
    ----------
    votes : DataFrame
        The votes that stand: ``source_id``, ``expert``, ``opening_angle_deg`` (missing without
        clicks), in the order in which they were cast.
    quality : DataFrame
        ``source_id``, ``opening_angle_deg`` and ``opening_angle_error_deg`` of the ruler.

    Returns
    -------
    DataFrame
        A row for each source and expert, of which the last angle counts: ``source_id``,
        ``expert``, ``hand_deg``, and ``ruler_deg`` and ``ruler_error_deg``, which are missing
        where the ruler could not tell.
    """
    by_hand = votes.loc[votes["opening_angle_deg"].notna()]
    by_hand = by_hand.drop_duplicates(["source_id", "expert"], keep="last")
    by_hand = by_hand[["source_id", "expert", "opening_angle_deg"]].rename(
        columns={"opening_angle_deg": "hand_deg"}
    )
    ruler = quality[["source_id", "opening_angle_deg", "opening_angle_error_deg"]]
    ruler = ruler.set_axis(["source_id", "ruler_deg", "ruler_error_deg"], axis="columns")
    return by_hand.merge(ruler, on="source_id").reset_index(drop=True)


def summarise_angles(angles: pd.DataFrame) -> list[list[str]]:
    """Say how far angles by hand are from those of the ruler, and from each other.

    Parameters
    ----------
    angles : DataFrame
        What `compare_angles` gives.

    Returns
    -------
    list
        Rows of a table: whose angles, how many, the median difference (hand less ruler, deg) and
        the scatter (median distance from that median over 0.6745, which for normal differences is
        the standard deviation; deg). Two experts are compared on the sources that both measured.
    """
    both = angles[angles["ruler_deg"].notna()]
    differences = both["hand_deg"] - both["ruler_deg"]
    rows = [
        _summary(str(expert), differences[mine.index])
        for expert, mine in both.groupby("expert", sort=True)
    ]
    if len(rows) > 1:
        rows.append(_summary(_ALL, differences))
    between = _between_experts(angles)
    return [*rows, _summary(_BETWEEN, between)] if len(between) else rows


def _between_experts(angles: pd.DataFrame) -> pd.Series:
    """Give the differences of all pairs of experts on a source, the first in the alphabet first."""
    pairs = angles.merge(angles, on="source_id", suffixes=("", "_other"))
    pairs = pairs[pairs["expert"] < pairs["expert_other"]]
    return pairs["hand_deg"] - pairs["hand_deg_other"]


def _summary(who: str, differences: pd.Series) -> list[str]:
    middle = float(differences.median())
    scatter = float((differences - middle).abs().median()) / _MAD_OF_DEVIATION
    return [who, f"{len(differences):,}", f"{middle:+.1f}".replace("-", "−"), f"{scatter:.1f}"]
