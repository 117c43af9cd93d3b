"""What three clicks of a person measure: the opening angle and the tails, on the sky."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from astropy import units as u
from astropy.coordinates import SkyCoord
from astropy.wcs import WCS

from bentjets.errors import InputError

_CLICKS = 3


@dataclass(frozen=True)
class HandMeasurement:
    """The shape of a source as a person points it out.

    Parameters
    ----------
    opening_angle_deg
        Angle at the core between the directions of the two ends, 0 to 180 deg.
    tails_arcsec
        From the core to the first and to the second end, along great circles, arcsec.
    """

    opening_angle_deg: float
    tails_arcsec: tuple[float, float]


def measure_clicks(clicks: Sequence[tuple[float, float]], wcs: WCS) -> HandMeasurement:
    """Measure the opening angle and the tails of a source from three points of its image.

    The angle is the difference of the position angles under which the two ends are seen from the
    core (spherical trigonometry, e.g. Green 1985, Spherical Astronomy, section 1.3), so that it
    does not depend on the projection, nor on where on the sky the source lies.

    Parameters
    ----------
    clicks
        End, core, end: column and row of each, in pixels counted from zero.
    wcs
        Celestial axes of the image (`celestial_wcs`).

    Returns
    -------
    HandMeasurement
        Angle in deg, lengths in arcsec.

    Raises
    ------
    InputError
        If there are not three points, one of them is not on the sky, or an end lies on the core.
    """
    pixels = np.asarray(clicks, dtype=np.float64)
    if pixels.shape != (_CLICKS, 2) or not np.isfinite(pixels).all():
        raise InputError("the clicks must be three points (end, core, end), each a column and row")
    points = wcs.pixel_to_world(pixels[:, 0], pixels[:, 1])
    if not isinstance(points, SkyCoord) or not np.isfinite(points.spherical.lon).all():
        raise InputError("a click does not lie on the sky: click inside the image")
    core, ends = points[1], points[[0, 2]]
    tails = core.separation(ends).to_value(u.arcsec)
    if (tails == 0).any():
        raise InputError("an end was clicked on the core: click end, core, end")
    one, other = core.position_angle(ends).to_value(u.deg)
    turn = abs(one - other) % 360.0
    return HandMeasurement(float(min(turn, 360.0 - turn)), (float(tails[0]), float(tails[1])))
