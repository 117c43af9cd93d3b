"""Oddities of a catalogue that is valid all the same: what somebody should look at."""

from __future__ import annotations

import numpy as np
import pandas as pd
from astropy import units as u
from astropy.coordinates import SkyCoord, search_around_sky
from numpy.typing import NDArray

COLUMNS = ["kind", "source_id", "other_id", "separation_arcsec", "detail"]
KINDS = ["same position", "overlap", "name"]
SAME_POSITION_ARCSEC = 5.4
"""Beam of FIRST: sources that are closer cannot be told apart there."""

OTHER_POINT_ARCSEC = 30.0
"""About half the length of a bent source: the name may have been made from another point of it."""

_ARCSEC_PER_DEG = 3600.0
_DEG_PER_HOUR = 15.0
_HOURS = 24.0
_MAX_DEC_DEG = 90.0
# A position with five decimals may have been rounded across the border of the printed digits.
_ROUNDING_ARCSEC = 0.04
_DIGITS = (
    r"(?P<{0}>\d{{2}})(?P<{0}_minutes>\d{{2}}){1}(?P<{0}_seconds>\d{{2}})?(?P<{0}_rest>\.\d+)?"
)
_J_NAME = rf"J{_DIGITS.format('ra', '')}(?P<sign>[+−–-]){_DIGITS.format('dec', '?')}(?!\d)"


def find_oddities(
    catalogue: pd.DataFrame,
    *,
    cutout_arcsec: float,
    same_arcsec: float = SAME_POSITION_ARCSEC,
    name_arcsec: float = OTHER_POINT_ARCSEC,
) -> pd.DataFrame:
    """List sources at the same position, cutouts that overlap, and names that belong elsewhere.

    A name like J1217+0336, whatever stands before the J, prints right ascension (hhmm or hhmmss)
    and declination (dd, ddmm or ddmmss), with or without decimals of the last field. Catalogues
    cut the digits off or round them, so the digits allow every position from half a unit of the
    last one below what they print, up to a whole unit above it. In Sasmal et al. 2022 seven names
    of 717 break that rule. Three do so by 12 to 22 arcsec, where the median source is 70 arcsec
    long: such a name may tell another point of the same source, and is no misprint. Hence a name
    is an oddity only where it also lies more than `name_arcsec` off, which leaves four, by 0.3 to
    44 deg: J0034+1140, J1001+4902, J1007+2904, J1114+3625. Names of another form are not judged.

    Parameters
    ----------
    catalogue : DataFrame
        Columns ``source_id``, ``name``, ``ra_deg``, ``dec_deg``, ``morphology``.
    cutout_arcsec : float
        Side of the square cutouts, which have north up and the source in the middle; 0 where it
        is not known, and then no overlap is found.
    same_arcsec : float
        Sources at most this far apart are at the same position.
    name_arcsec : float
        How far a source may lie from the nearest position that its name allows.

    Returns
    -------
    DataFrame
        One row per oddity: ``kind``, ``source_id``, ``other_id`` (empty for a name),
        ``separation_arcsec`` (of the two sources, or of a source from the nearest position that
        its name allows) and ``detail``. ``kind`` is ``same position`` or ``overlap``, once for
        each pair, where ``detail`` has the two classes; or ``name``, where it has the position.
        Sorted by kind and identifiers; the order of the catalogue does not matter.
    """
    # An image that cannot be read has no position.
    catalogue = catalogue[catalogue["ra_deg"].notna()]
    pairs = _find_pairs(catalogue, cutout_arcsec, same_arcsec)
    oddities = pd.concat([pairs, _find_misnamed(catalogue, name_arcsec)], ignore_index=True)
    oddities["separation_arcsec"] = oddities["separation_arcsec"].astype(float).round(2)
    rank = oddities["kind"].map(KINDS.index)
    order = oddities.assign(rank=rank).sort_values(["rank", "source_id", "other_id"]).index
    return oddities.loc[order, COLUMNS].reset_index(drop=True)


def _find_pairs(catalogue: pd.DataFrame, cutout_arcsec: float, same_arcsec: float) -> pd.DataFrame:
    """List the pairs of sources at one position, and of cutouts that share sky."""
    sky = SkyCoord(catalogue["ra_deg"].to_numpy(), catalogue["dec_deg"].to_numpy(), unit="deg")
    # Squares meet at their corners at the latest when they are a diagonal apart.
    reach_arcsec = max(np.sqrt(2.0) * cutout_arcsec, same_arcsec) * (1.0 + 1e-9)
    first, second, separation, _ = search_around_sky(sky, sky, reach_arcsec * u.arcsec)
    ids = catalogue["source_id"].to_numpy(dtype=object)
    once = ids[first] < ids[second]
    first, second, separation_arcsec = first[once], second[once], separation.arcsec[once]
    same = separation_arcsec <= same_arcsec
    shared = _overlap(sky[first], sky[second], cutout_arcsec)
    classes = catalogue["morphology"].to_numpy(dtype=object)
    pairs = pd.DataFrame(
        {
            "kind": np.where(same, "same position", "overlap"),
            "source_id": ids[first],
            "other_id": ids[second],
            "separation_arcsec": separation_arcsec,
            "detail": [
                f"both {one}" if one == two else f"{one} and {two}"
                for one, two in zip(classes[first], classes[second], strict=True)
            ],
        },
        columns=COLUMNS,
    )
    return pairs[same | shared]


def _overlap(first: SkyCoord, second: SkyCoord, side_arcsec: float) -> NDArray[np.bool_]:
    """Tell which pairs of cutouts share sky.

    The sides of a cutout in the tangential projection are great circles. So two cutouts are apart
    if and only if the great circle along a side of one of them has the whole other one beyond it.
    """
    one, two = _corners(first, side_arcsec), _corners(second, side_arcsec)
    return ~(_beyond_a_side(one, two) | _beyond_a_side(two, one))


def _corners(centres: SkyCoord, side_arcsec: float) -> NDArray[np.float64]:
    """Give vectors to the corners, anticlockwise around the centre; shape (n, 4, 3)."""
    ra, dec = centres.ra.rad, centres.dec.rad
    centre = np.stack([np.cos(dec) * np.cos(ra), np.cos(dec) * np.sin(ra), np.sin(dec)], axis=-1)
    east = np.stack([-np.sin(ra), np.cos(ra), np.zeros_like(ra)], axis=-1)
    north = np.cross(centre, east)
    half = np.radians(side_arcsec / _ARCSEC_PER_DEG) / 2.0
    corners = [
        centre + half * (x * east + y * north) for x, y in ((-1, -1), (1, -1), (1, 1), (-1, 1))
    ]
    return np.stack(corners, axis=1)


def _beyond_a_side(square: NDArray[np.float64], other: NDArray[np.float64]) -> NDArray[np.bool_]:
    inward = np.cross(square, np.roll(square, -1, axis=1))
    heights = np.einsum("nsi,nci->nsc", inward, other)
    return np.asarray((heights <= 0.0).all(axis=2).any(axis=1))


def _find_misnamed(catalogue: pd.DataFrame, name_arcsec: float) -> pd.DataFrame:
    """List the sources whose name prints another position than theirs."""
    printed = catalogue["name"].astype(str).str.extract(_J_NAME)
    sky = _sky(catalogue["ra_deg"], catalogue["dec_deg"])
    off_arcsec = sky.separation(_nearest_allowed(catalogue, printed)).arcsec
    odd = off_arcsec > name_arcsec + _ROUNDING_ARCSEC
    positions = sky[odd].to_string("hmsdms", sep=" ", precision=1)
    return pd.DataFrame(
        {
            "kind": "name",
            "source_id": catalogue.loc[odd, "source_id"],
            "other_id": "",
            "separation_arcsec": off_arcsec[odd],
            "detail": [
                f"{name} lies at {position}"
                for name, position in zip(catalogue.loc[odd, "name"], positions, strict=True)
            ],
        },
        columns=COLUMNS,
    )


def _nearest_allowed(catalogue: pd.DataFrame, printed: pd.DataFrame) -> SkyCoord:
    """Give the position nearest to each source among those that its name allows; NaN without."""
    ra_hours, ra_step = _read_digits(printed, "ra")
    dec_deg, dec_step = _read_digits(printed, "dec")
    sign = np.where(printed["sign"] == "+", 1.0, -1.0)
    ra_off = (catalogue["ra_deg"] / _DEG_PER_HOUR - ra_hours + _HOURS / 2) % _HOURS - _HOURS / 2
    dec_off = sign * catalogue["dec_deg"] - dec_deg
    ra_hours += ra_off.clip(-ra_step / 2, ra_step)
    dec_deg += dec_off.clip(-dec_step / 2, dec_step)
    return _sky(ra_hours * _DEG_PER_HOUR, (sign * dec_deg).clip(-_MAX_DEC_DEG, _MAX_DEC_DEG))


def _read_digits(printed: pd.DataFrame, field: str) -> tuple[pd.Series, pd.Series]:
    """Give the number that the digits print, in hours or degrees, and the unit of the last one."""
    whole, minutes, seconds = (
        pd.to_numeric(printed[f"{field}{part}"]) for part in ("", "_minutes", "_seconds")
    )
    rest = printed[f"{field}_rest"].fillna(".0")
    decimals = printed[f"{field}_rest"].str.len().sub(1).fillna(0)
    last = (1 / 60) ** (minutes.notna().astype(float) + seconds.notna())
    number = whole + minutes.fillna(0) / 60 + seconds.fillna(0) / 3600
    return number + pd.to_numeric(rest) * last, last * 10.0 ** -decimals.astype(float)


def _sky(ra_deg: pd.Series, dec_deg: pd.Series) -> SkyCoord:
    return SkyCoord(ra_deg.to_numpy(dtype=float), dec_deg.to_numpy(dtype=float), unit="deg")
