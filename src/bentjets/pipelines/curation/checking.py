"""From measures to the table of quality: what each source fails, alone or beside its neighbours."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from astropy.coordinates import SkyCoord, match_coordinates_sky

from bentjets.radio.catalogues import find_oddities
from bentjets.radio.measuring import QualityLimits, angle_against_class, judge
from bentjets.tables.curation import MORPHOLOGY, QUALITY

_ITSELF_AND_NEXT = 2


def judge_sources(
    measured: Iterable[Mapping[str, Any]], neighbours: pd.DataFrame, limits: QualityLimits
) -> pd.DataFrame:
    """Make the table of quality.

    Parameters
    ----------
    measured
        For each source its ``source_id`` and ``morphology``, and what was measured, or the
        ``reason`` why nothing could be.
    neighbours
        What `find_neighbours` gives, in the same order.
    limits
        What is acceptable.
    """
    beside: list[dict[Any, Any]] = neighbours.to_dict("records")
    rows = [
        _judge_one({**found, **around}, limits)
        for found, around in zip(measured, beside, strict=True)
    ]
    table = pd.DataFrame(rows, columns=list(QUALITY.schema.columns))
    return table.astype({"accepted": bool})


def tabulate_morphology(measured: Sequence[dict[str, Any]]) -> pd.DataFrame:
    """Make the table of morphology.

    Parameters
    ----------
    measured
        For each source its ``source_id`` and what was measured, or in ``angle_reason`` why nothing
        could be.
    """
    table = pd.DataFrame(measured, columns=list(MORPHOLOGY.schema.columns))
    words = ["source_id", "angle_reason"]
    return table.astype({name: str if name in words else float for name in table})


def find_neighbours(
    sources: pd.DataFrame, *, cutout_arcsec: float, same_arcsec: float
) -> pd.DataFrame:
    """Look for other sources of the catalogue beside each source.

    Parameters
    ----------
    sources
        Rows of the catalogue; those without a position have no neighbours.
    cutout_arcsec
        Side of the cutouts; 0 where it is not known.
    same_arcsec
        Sources at most this far apart are at one position.

    Returns
    -------
    DataFrame
        With the rows of `sources`: ``nearest_source_arcsec`` (NaN without another one),
        ``duplicate_of`` (of the sources at one position, the first one; empty for itself) and
        ``overlaps`` (how many sources have cutouts that share sky with this one's).
    """
    ids = sources["source_id"]
    pairs = find_oddities(sources, cutout_arcsec=cutout_arcsec, same_arcsec=same_arcsec)
    pairs = pairs[pairs["other_id"] != ""]
    place = pd.Series(np.arange(len(ids)), index=ids)
    both = [place[pairs[name]].to_numpy(dtype=int) for name in ("source_id", "other_id")]
    overlaps = np.bincount(np.concatenate(both), minlength=len(ids))
    order = np.arange(len(ids))
    first = order.copy()
    same = (pairs["kind"] == "same position").to_numpy()
    np.minimum.at(first, np.maximum(*both)[same], np.minimum(*both)[same])
    return pd.DataFrame(
        {
            "nearest_source_arcsec": _nearest_arcsec(sources).to_numpy(),
            "duplicate_of": np.where(first < order, ids.to_numpy(dtype=object)[first], ""),
            "overlaps": overlaps,
        },
        index=sources.index,
    )


def _nearest_arcsec(sources: pd.DataFrame) -> pd.Series:
    placed = sources[sources["ra_deg"].notna()]
    if len(placed) < _ITSELF_AND_NEXT:
        return pd.Series(np.nan, index=sources.index)
    sky = SkyCoord(placed["ra_deg"].to_numpy(), placed["dec_deg"].to_numpy(), unit="deg")
    _, separation, _ = match_coordinates_sky(sky, sky, nthneighbor=_ITSELF_AND_NEXT)
    return pd.Series(separation.arcsec, index=placed.index).reindex(sources.index)


def _judge_one(found: dict[str, Any], limits: QualityLimits) -> dict[str, Any]:
    if "mask_pixels" not in found:
        return found | {"accepted": False, "flags": "", "image_sha256": ""}
    against = angle_against_class(
        found["opening_angle_deg"],
        found["opening_angle_error_deg"],
        limits.class_angles.get(found["morphology"]),
    )
    found |= {"angle_against_class": against}
    judged = judge(found, limits)
    return found | judged | {"flags": ";".join(judged["flags"])}
