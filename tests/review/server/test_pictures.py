"""Where the pixels of any image lie on the sky, told by one tangent plane."""

from __future__ import annotations

import numpy as np
import pytest
from astropy.io import fits
from astropy.wcs import WCS

from bentjets.review.server.pictures import pixels_of, tangent_plane

ROWS, COLUMNS = 120, 150


@pytest.mark.parametrize("axes", [("RA---SIN", "DEC--SIN"), ("GLON-TAN", "GLAT-TAN")])
@pytest.mark.parametrize("turn_deg", [0.0, 37.0])
@pytest.mark.parametrize("latitude_deg", [-5.0, 86.0])
def test_it_is_right_to_a_thousandth_of_an_arcsec(axes, turn_deg, latitude_deg) -> None:
    turn, step = np.radians(turn_deg), 0.0005
    cards = {"CTYPE1": axes[0], "CTYPE2": axes[1], "CRVAL1": 359.99, "CRVAL2": latitude_deg}
    cards |= {"CRPIX1": 70.0, "CRPIX2": 65.0, "RADESYS": "FK5", "EQUINOX": 2000.0}
    cards |= {"CD1_1": -step * np.cos(turn), "CD1_2": step * np.sin(turn)}
    cards |= {"CD2_1": step * np.sin(turn), "CD2_2": step * np.cos(turn)}
    image = WCS(fits.Header(cards))
    given = tangent_plane(image, (ROWS, COLUMNS))
    plane = WCS(naxis=2)
    plane.wcs.ctype = ["RA---TAN", "DEC--TAN"]
    plane.wcs.radesys, plane.wcs.equinox = "FK5", 2000.0
    plane.wcs.crpix = [given["crpix1"], given["crpix2"]]
    plane.wcs.crval = [given["crval1"], given["crval2"]]
    plane.wcs.cd = [[given["cd11"], given["cd12"]], [given["cd21"], given["cd22"]]]
    x, y = np.meshgrid([0, 40, COLUMNS - 1], [0, 100, ROWS - 1])
    there = image.pixel_to_world(x, y).fk5
    assert plane.pixel_to_world(x, y).separation(there).arcsec.max() < 1e-3
    columns, rows = pixels_of(given, there.ra.deg.ravel(), there.dec.deg.ravel())
    assert np.abs(columns - x.ravel()).max() < 1e-3
    assert np.abs(rows - y.ravel()).max() < 1e-3
