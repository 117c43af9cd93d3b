"""The ledger of contamination: which sources two image sets share."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bentjets.learning.across.views import VIEWS, turn_image
from bentjets.learning.data import (
    EQUAL_IMAGES,
    NEAR_BITS,
    NEAR_CORRELATION,
    NEAR_IMAGES,
    SAME_NAME,
    correlate_content,
    describe_bits,
)

SAME_POSITION = "same position"
KINDS = (SAME_POSITION, SAME_NAME, EQUAL_IMAGES, NEAR_IMAGES)
"""What sources of two sets may have in common; the order is that of how sure it is."""

Read = Callable[[str], NDArray[np.uint8]]

_COLUMNS = ["kind", "source_id", "other_id", "detail"]
_ARCSEC_PER_RAD = 3600.0 * 180.0 / np.pi
_BANDS, _WORDS = 16, 4
_TOGETHER = 512
# What numbers images, and names no source: 0012, image_12, data_batch_1_00012, galaxy-3.
_NUMBERED = re.compile(
    r"(?:(?:data|batch|train(?:ing)?|valid(?:ation)?|test|all|image|img|im|cutout|source|galaxy"
    r"|sample|picture|of|\d+)[ _.-]*)*\d+"
)


def relate_sets(
    ours: pd.DataFrame,
    theirs: pd.DataFrame,
    *,
    match_arcsec: float,
    read_ours: Read,
    read_theirs: Read,
) -> pd.DataFrame:
    """Pair the images of two sets that show one source.

    Parameters
    ----------
    ours : DataFrame
        The set that was learnt from: ``source_id``, ``name``, ``ra_deg``, ``dec_deg`` (NaN where
        not known), ``sha256``, ``phash``.
    theirs : DataFrame
        The set that tests, likewise, and ``views`` as `examine_views` gives them.
    match_arcsec : float
        Up to how far apart two positions are of one source.
    read_ours, read_theirs : callable
        Give the grey levels of an image by its ``source_id``: nearly equal hashes count only where
        the pixels correlate by `NEAR_CORRELATION` at least.

    Returns
    -------
    DataFrame
        ``kind`` (one of `KINDS`), ``source_id`` (of theirs), ``other_id`` (of ours), ``detail``;
        one row for each pair and kind, in the order of theirs.
    """
    equal = _pair(ours, theirs, ours["sha256"], theirs["sha256"]).assign(
        kind=EQUAL_IMAGES, detail="the same pixels"
    )
    near = _find_near(ours, theirs, read_ours, read_theirs)
    pairs = [
        _find_positions(ours, theirs, match_arcsec),
        _find_names(ours, theirs),
        equal,
        near[~_in(near, equal)],
    ]
    ledger = pd.concat([some[_COLUMNS] for some in pairs if len(some)] or [near[_COLUMNS]])
    place = {key: row for row, key in enumerate(theirs["source_id"])}
    order = ledger["source_id"].map(place).to_numpy(np.int64)
    return ledger.iloc[np.argsort(order, kind="stable")].reset_index(drop=True)


def _find_positions(ours: pd.DataFrame, theirs: pd.DataFrame, radius: float) -> pd.DataFrame:
    """Pair positions within a radius (arcsec) on the sphere."""
    from scipy.spatial import KDTree

    one, other = (some[some["ra_deg"].notna() & some["dec_deg"].notna()] for some in (ours, theirs))
    rows: list[tuple[int, int]] = []
    on_sphere = [_unit_vectors(some) for some in (one, other)]
    if len(one) and len(other):
        chord = 2.0 * np.sin(radius / _ARCSEC_PER_RAD / 2.0)
        found = KDTree(on_sphere[0]).query_ball_point(on_sphere[1], chord)
        rows = [(mine, yours) for yours, near in enumerate(found) for mine in sorted(near)]
    left, right = np.array(rows, dtype=np.int64).reshape(-1, 2).T
    apart = np.linalg.norm(on_sphere[0][left] - on_sphere[1][right], axis=1)
    arcsec = 2.0 * np.arcsin(apart / 2.0) * _ARCSEC_PER_RAD
    return pd.DataFrame(
        {
            "kind": SAME_POSITION,
            "source_id": other["source_id"].to_numpy()[right],
            "other_id": one["source_id"].to_numpy()[left],
            "detail": [f"{one:.1f} arcsec apart" for one in arcsec],
        }
    )


def _unit_vectors(table: pd.DataFrame) -> NDArray[np.float64]:
    ra, dec = (np.radians(table[name].to_numpy(np.float64)) for name in ("ra_deg", "dec_deg"))
    return np.stack([np.cos(dec) * np.cos(ra), np.cos(dec) * np.sin(ra), np.sin(dec)], axis=1)


def _find_names(ours: pd.DataFrame, theirs: pd.DataFrame) -> pd.DataFrame:
    keys = [some["name"].map(_name_key) for some in (ours, theirs)]
    pairs = _pair(ours, theirs, *keys)
    return pairs.assign(kind=SAME_NAME, detail=pairs["value"])


def _name_key(name: str) -> str:
    """Give a name without case and blanks; none where it only numbers an image."""
    key = re.sub(r"[\s_]+", "", name).casefold()
    return "" if _NUMBERED.fullmatch(name.casefold()) else key


def _pair(
    ours: pd.DataFrame, theirs: pd.DataFrame, one: pd.Series[str], other: pd.Series[str]
) -> pd.DataFrame:
    """Pair the images of which a value is the same, and not empty."""
    left = pd.DataFrame({"source_id": theirs["source_id"], "value": other})
    right = pd.DataFrame({"other_id": ours["source_id"], "value": one})
    return left[left["value"] != ""].merge(right, on="value")


def _in(pairs: pd.DataFrame, others: pd.DataFrame) -> NDArray[np.bool_]:
    known = {*zip(others["source_id"], others["other_id"], strict=True)}
    ends = zip(pairs["source_id"], pairs["other_id"], strict=True)
    return np.array([pair in known for pair in ends], dtype=bool)


def _find_near(
    ours: pd.DataFrame, theirs: pd.DataFrame, read_ours: Read, read_theirs: Read
) -> pd.DataFrame:
    """Pair nearly equal images: of each pair in the view in which the fewest bits differ."""
    mine = _as_words(ours["phash"].to_list())
    best: dict[tuple[int, int], tuple[int, int]] = {}
    for start in range(0, len(theirs), _TOGETHER):
        some = theirs["views"].iloc[start : start + _TOGETHER]
        hashes = _as_words([one for views in some for one in views.split()])
        for row, place, bits in _near_rows(mine, hashes):
            pair = (start + place // len(VIEWS), row)
            best[pair] = min(best.get(pair, (NEAR_BITS + 1, 0)), (bits, place % len(VIEWS)))
    rows = []
    for (their, our), (bits, view) in sorted(best.items()):
        source_id, other_id = theirs["source_id"].iloc[their], ours["source_id"].iloc[our]
        turned = turn_image(read_theirs(source_id), view)
        correlation = correlate_content(read_ours(other_id), turned)
        if correlation >= NEAR_CORRELATION:
            detail = f"{VIEWS[view]}: {describe_bits(bits)}, pixels correlate by {correlation:.2f}"
            rows.append((NEAR_IMAGES, source_id, other_id, detail))
    return pd.DataFrame(rows, columns=_COLUMNS)


def _as_words(hashes: list[str]) -> NDArray[np.uint64]:
    return np.frombuffer(bytes.fromhex("".join(hashes)), dtype=np.uint64).reshape(-1, _WORDS)


def _near_rows(
    one: NDArray[np.uint64], other: NDArray[np.uint64]
) -> Iterator[tuple[int, int, int]]:
    """Give the rows of hashes that are near, and in how many bits they differ.

    As in `bentjets.learning.data.find_duplicates`, hashes that differ in fewer than 16 bits agree
    in one of 16 bands of 16 bits at least.
    """
    bands = [hashes.view(np.uint16).reshape(len(hashes), _BANDS).T for hashes in (one, other)]
    for ours, theirs in zip(*bands, strict=True):
        order = np.argsort(ours, kind="stable")
        first, last = (np.searchsorted(ours[order], theirs, side) for side in ("left", "right"))
        counts = last - first
        places = np.repeat(np.arange(len(theirs)), counts)
        within = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
        rows = order[np.repeat(first, counts) + within]
        bits = np.bitwise_count(one[rows] ^ other[places]).sum(axis=1, dtype=np.int64)
        near = bits <= NEAR_BITS
        yield from zip(rows[near].tolist(), places[near].tolist(), bits[near].tolist(), strict=True)
