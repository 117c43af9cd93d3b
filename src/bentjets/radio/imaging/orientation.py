"""North up and east left, whichever way the pixels of an image lie on the sky."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np
from astropy import units as u
from astropy.io import fits
from astropy.wcs import WCS
from astropy.wcs.utils import pixel_to_skycoord
from numpy.typing import NDArray

from bentjets.radio.cutouts import celestial_wcs, pixel_scale_arcsec

# Of two symmetries that are equally near, at 45 deg, rounding must not choose.
_NEARER = 1e-6
_ARCSEC_PER_DEG = 3600.0
_PictureWays = tuple[bool, bool, bool]


def orient_north_up(image: NDArray[Any], header: fits.Header) -> NDArray[Any]:
    """Turn an image into picture rows, with north up and east left as nearly as pixels allow.

    Of the eight symmetries of the square (quarter turns and mirror images), the one that brings
    north nearest to up and east nearest to left is taken; no pixel is resampled. Where the WCS has
    north up and east left, this is `flip_north_up`. North is that of the image's own equinox, that
    of J2000 in an image with galactic axes.

    Parameters
    ----------
    image
        Shape (rows, columns), in FITS row order: the first row is at the bottom.
    header
        Celestial WCS of the image.

    Returns
    -------
    NDArray
        Of the same dtype, in picture row order: the first row is at the top. A quarter turn swaps
        the sides.
    """
    transpose, mirror, flip = _ways(_directions(header))
    turned = image.T if transpose else image
    turned = turned[:, ::-1] if mirror else turned
    turned = turned[::-1] if flip else turned
    return np.ascontiguousarray(np.flipud(turned))


def orient_wcs(header: fits.Header, shape: tuple[int, int]) -> WCS:
    """Give the sky of an image that `orient_north_up` has turned, in its array's order.

    Parameters
    ----------
    header
        Celestial WCS of the image as it is in the file.
    shape
        Rows and columns of that image.

    Returns
    -------
    astropy.wcs.WCS
        Row 0 of the turned array is pixel row 0 here, though it is the top of the picture.
    """
    wcs = celestial_wcs(header).deepcopy()
    places = np.arange(shape[0] * shape[1]).reshape(shape)
    turned = orient_north_up(places, header)
    # Column and row in the file of the first pixel, and of those beside and below it.
    old = [np.array(divmod(int(turned[at]), shape[1]))[::-1] for at in ((0, 0), (0, 1), (1, 0))]
    step = np.stack([old[1] - old[0], old[2] - old[0]], axis=1)
    matrix = wcs.pixel_scale_matrix @ step
    wcs.wcs.crpix = np.linalg.solve(step, np.asarray(wcs.wcs.crpix) - 1 - old[0]) + 1
    wcs.wcs.cdelt = [1.0, 1.0]
    if wcs.wcs.has_cd():
        wcs.wcs.cd = matrix
    else:
        wcs.wcs.pc = matrix
    wcs.pixel_shape = turned.shape[::-1]
    wcs.wcs.set()
    return wcs


def residual_rotation_deg(header: fits.Header) -> float:
    """Return how far north is from up in the picture that `orient_north_up` makes.

    Parameters
    ----------
    header
        Celestial WCS of the image.

    Returns
    -------
    float
        In deg, -45 to 45; positive where north lies to the left of up, which is where east is.
    """
    directions = _directions(header)
    x, y = (_matrix(_ways(directions)) @ directions)[:, 0]
    return float(np.degrees(np.arctan2(-x, y)))


def _directions(header: fits.Header) -> NDArray[np.float64]:
    """Return where north and east point in the middle of an image.

    The middle, not the reference pixel, which may lie degrees away in another part of a mosaic.

    Returns
    -------
    NDArray
        Shape (2, 2): column and row of the unit vectors to the north (first) and to the east.
    """
    wcs = celestial_wcs(header)
    middle = [
        (header[f"NAXIS{axis}"] - 1) / 2 if f"NAXIS{axis}" in header else crpix - 1
        for axis, crpix in enumerate(wcs.wcs.crpix, start=1)
    ]
    offsets = np.array(_beside(wcs, middle)) - np.array(middle)[:, np.newaxis]
    return np.asarray(offsets / np.hypot(*offsets))


def _beside(wcs: WCS, middle_px: Sequence[float]) -> Any:
    """Return columns and rows of what lies one pixel's side to the north, and to the east."""
    step_deg = pixel_scale_arcsec(wcs) / _ARCSEC_PER_DEG
    ra_deg, dec_deg = wcs.wcs_pix2world(*middle_px, 0)
    if wcs.wcs.lngtyp == "RA" and wcs.wcs.lng == 0:
        ra_step_deg = step_deg / np.cos(np.radians(dec_deg))
        return wcs.wcs_world2pix([ra_deg, ra_deg + ra_step_deg], [dec_deg + step_deg, dec_deg], 0)
    # Six times as slow, and needed for galactic axes, or declination on the first one.
    centre = pixel_to_skycoord(*middle_px, wcs).fk5
    return wcs.world_to_pixel(centre.directional_offset_by([0.0, 90.0] * u.deg, step_deg * u.deg))


def _ways(directions: NDArray[np.float64]) -> _PictureWays:
    """Choose the symmetry that brings north nearest to up and east nearest to left."""
    best, best_score = (False, False, False), -np.inf
    for transpose, mirror, flip in itertools.product((False, True), repeat=3):
        (_, east_x), (north_y, _) = _matrix((transpose, mirror, flip)) @ directions
        if north_y - east_x > best_score + _NEARER:
            best, best_score = (transpose, mirror, flip), north_y - east_x
    return best


def _matrix(ways: _PictureWays) -> NDArray[np.float64]:
    """Return what a symmetry does to a vector of column and row: transpose, mirror, then flip."""
    transpose, mirror, flip = ways
    matrix = np.eye(2)[::-1] if transpose else np.eye(2)
    return np.diag([-1.0 if mirror else 1.0, -1.0 if flip else 1.0]) @ matrix
