"""The tails of a bent source on the sky: where they part, how long they are, where they point."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from astropy import units as u
from astropy.coordinates import SkyCoord
from astropy.wcs import WCS

from bentjets.radio.measuring.opening_angle import Bending


@dataclass(frozen=True)
class Tails:
    """The two tails as `measure_bending` sees them; all NaN where it sees none.

    Position angles are counted from north through east, 0 to 360 deg, in the frame of the image's
    axes; lengths are those on the sky, not in space.

    Parameters
    ----------
    apex_ra_deg, apex_dec_deg
        Where the tails part (ICRS): the brightest pixel within two beams of the position.
    tail_1_arcsec, tail_2_arcsec
        From there to the ends of the longer and of the shorter tail.
    tail_ratio
        Length of the shorter tail over that of the longer, 0 to 1.
    tail_1_position_angle_deg, tail_2_position_angle_deg
        Where they point.
    swept_position_angle_deg
        Of the line that halves the opening angle: the way in which the tails are swept, away from
        the motion of the host through the gas around it (e.g. O'Dea & Owen 1985, AJ 90, 927).
    """

    apex_ra_deg: float
    apex_dec_deg: float
    tail_1_arcsec: float
    tail_2_arcsec: float
    tail_ratio: float
    tail_1_position_angle_deg: float
    tail_2_position_angle_deg: float
    swept_position_angle_deg: float


def place_tails(bending: Bending, wcs: WCS) -> Tails:
    """Give the tails of a source on the sky.

    Parameters
    ----------
    bending
        What was measured in the pixels of an image.
    wcs
        Celestial axes of that image (`celestial_wcs`).

    Returns
    -------
    Tails
        Lengths along great circles; position angles as seen from the apex.
    """
    if bending.apex_px is None or bending.ends_px is None:
        return Tails(*(np.nan for _ in fields(Tails)))
    pixels = np.array([bending.apex_px, *bending.ends_px])
    points = wcs.pixel_to_world(pixels[:, 0], pixels[:, 1])
    apex, ends = points[0], points[1:]
    # Of two tails as long in pixels, the second may be the longer one on the sky by a hair.
    ends = ends[np.argsort(-apex.separation(ends).deg, kind="stable")]
    longer, shorter = (float(length) for length in apex.separation(ends).to_value(u.arcsec))
    first, second = (float(angle) for angle in apex.position_angle(ends).to_value(u.deg))
    place = SkyCoord(apex).icrs
    return Tails(
        apex_ra_deg=float(place.ra.deg),
        apex_dec_deg=float(place.dec.deg),
        tail_1_arcsec=longer,
        tail_2_arcsec=shorter,
        tail_ratio=shorter / longer,
        tail_1_position_angle_deg=first % 360.0,
        tail_2_position_angle_deg=second % 360.0,
        swept_position_angle_deg=_between(first, second),
    )


def _between(one_deg: float, other_deg: float) -> float:
    """Halve the smaller of the two angles between two directions."""
    turn = (other_deg - one_deg + 180.0) % 360.0 - 180.0
    return (one_deg + turn / 2.0) % 360.0
