"""World coordinates of an image: where its pixels lie on the sky, and how large they are."""

from __future__ import annotations

import contextlib
import threading
import warnings
from collections.abc import Iterator

import numpy as np
from astropy.coordinates import SkyCoord
from astropy.io import fits
from astropy.wcs import WCS
from astropy.wcs.utils import proj_plane_pixel_scales

_ONE_AT_A_TIME = threading.RLock()
_ARCSEC_PER_DEG = 3600.0


def celestial_wcs(header: fits.Header) -> WCS:
    """Return the two celestial axes of a header's WCS, without astropy's remarks on odd cards."""
    with hushed():
        return WCS(header).celestial


@contextlib.contextmanager
def hushed() -> Iterator[None]:
    """Keep astropy's remarks to itself, in one thread at a time: they share what they ignore."""
    with _ONE_AT_A_TIME, warnings.catch_warnings(action="ignore"):
        yield


def pixel_position(
    header: fits.Header | WCS, position_deg: tuple[float, float]
) -> tuple[float, float]:
    """Return the column and row, counted from zero, of a position on the sky.

    Parameters
    ----------
    header
        Header of the image, or its `celestial_wcs`, which takes half a millisecond to read.
    position_deg
        Right ascension and declination (J2000), deg.

    Returns
    -------
    column, row : float
        NaN where the projection has no such position.
    """
    wcs = header if isinstance(header, WCS) else celestial_wcs(header)
    # The image may have galactic axes, or be of 1950.
    x, y = wcs.world_to_pixel(SkyCoord(*position_deg, unit="deg", frame="fk5"))
    return float(x), float(y)


def pixel_scale_arcsec(wcs: WCS) -> float:
    """Return the mean side of a pixel on the sky, in arcsec."""
    return float(proj_plane_pixel_scales(wcs).mean()) * _ARCSEC_PER_DEG


def with_cdelt(wcs: WCS) -> WCS:
    """Return the same WCS with the size of a pixel in CDELT, and only its turn in the PC matrix.

    PyBDSF takes the size of a pixel from CDELT alone. A CD matrix has none, and what astropy writes
    of one is a PC matrix with CDELT = 1 (Greisen & Calabretta 2002, A&A 395, 1061, section 2.1).

    Parameters
    ----------
    wcs
        Celestial axes; left as they are. Where CDELT is right already, they are returned.

    Returns
    -------
    WCS
        abs(CDELT) are the sides of a pixel along both axes (`proj_plane_pixel_scales`), deg.
    """
    scales = proj_plane_pixel_scales(wcs)
    if not wcs.wcs.has_cd() and np.allclose(np.abs(wcs.wcs.cdelt), scales, rtol=1e-6, atol=0.0):
        return wcs
    plain, matrix = wcs.deepcopy(), wcs.pixel_scale_matrix
    if plain.wcs.has_cd():
        del plain.wcs.cd
    plain.wcs.cdelt = (-scales[0], scales[1])
    plain.wcs.pc = matrix / plain.wcs.cdelt[:, np.newaxis]
    return plain
