from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest
from astropy.coordinates import FK4, ICRS, Galactic, SkyCoord, UnitSphericalRepresentation
from astropy.io import fits
from astropy.nddata import Cutout2D
from astropy.wcs import WCS
from hypothesis import given
from hypothesis import strategies as st

from bentjets.radio.cutouts import (
    Cutout,
    Provenance,
    celestial_wcs,
    hushed,
    normalise_cutout,
    pixel_position,
)
from bentjets.radio.cutouts.wcs import with_cdelt
from bentjets.radio.finding import FindingSettings, find_sources

PLAIN = fits.Header({"CTYPE1": "RA---TAN", "CTYPE2": "DEC--TAN", "CRVAL1": 150.0, "CRVAL2": 20.0})
PLAIN.update({"CRPIX1": 75.5, "CRPIX2": 75.5, "CDELT1": -0.0005, "CDELT2": 0.0005})
PLAIN.update({"BMAJ": 0.0015, "BMIN": 0.0015, "BPA": 0.0, "RESTFRQ": 1.4e9, "BUNIT": "JY/BEAM"})
FROM_FILE = Provenance("folder", "TEST", "J1+1.fits")


def normalise(data: np.ndarray | None, header: fits.Header, **options) -> Cutout:
    options = {"provenance": FROM_FILE, "size_px": 150} | options
    return normalise_cutout(fits.PrimaryHDU(data, header), **options)


@pytest.mark.parametrize("angle_deg", [0, 30, 90])
def test_a_cd_matrix_becomes_cdelt_in_which_pybdsf_looks(sky_image, sky_header, angle_deg) -> None:
    turned = sky_header.copy()
    cos, sin = np.cos(np.radians(angle_deg)), np.sin(np.radians(angle_deg))
    for key, value in {"1_1": -cos, "1_2": sin, "2_1": sin, "2_2": cos}.items():
        turned[f"CD{key}"] = 0.0005 * value
    del turned["CDELT1"], turned["CDELT2"]
    header = normalise(sky_image, turned).header
    assert (header["CDELT1"], header["CDELT2"]) == pytest.approx((-0.0005, 0.0005))
    before = celestial_wcs(turned).all_pix2world([10, 120], [30, 60], 0)
    np.testing.assert_allclose(celestial_wcs(header).all_pix2world([10, 120], [30, 60], 0), before)


@pytest.mark.parametrize(
    ("axes", "frame"),
    [
        (("RA---TAN", "DEC--TAN"), FK4(equinox="B1950")),
        (("GLON-TAN", "GLAT-TAN"), Galactic()),
        (("RA---TAN", "DEC--TAN"), ICRS()),
    ],
)
def test_positions_are_of_2000_whatever_the_image_says(axes, frame) -> None:
    place = SkyCoord(150.0, 20.0, unit="deg", frame="fk5")
    there = place.transform_to(frame).represent_as(UnitSphericalRepresentation)
    header = fits.Header({"CTYPE1": axes[0], "CTYPE2": axes[1], "CRPIX1": 31.0, "CRPIX2": 51.0})
    header.update({"CRVAL1": there.lon.deg, "CRVAL2": there.lat.deg})
    header.update({"CDELT1": -0.001, "CDELT2": 0.001})
    if isinstance(frame, FK4):
        header.update({"RADESYS": "FK4", "EQUINOX": 1950.0})
    assert pixel_position(header, (150.0, 20.0)) == pytest.approx((30.0, 50.0), abs=1e-3)


def as_cd(header: fits.Header, angle_deg: float = 0.0, side: float = 1.0) -> fits.Header:
    """Give a header a CD matrix; pixels are ``side`` times as long along the second axis."""
    turned = header.copy()
    cos, sin = np.cos(np.radians(angle_deg)), np.sin(np.radians(angle_deg))
    matrix = {"1_1": -cos, "1_2": sin * side, "2_1": sin, "2_2": cos * side}
    for key, value in matrix.items():
        turned[f"CD{key}"] = 0.0005 * value
    del turned["CDELT1"], turned["CDELT2"]
    return turned


def written_by_astropy(header: fits.Header) -> fits.Header:
    """Write a CD matrix as astropy does, with CDELT = 1; beam and frequency are kept."""
    wcs = WCS(header)
    written = wcs.to_header()
    assert (written["CDELT1"], written["CDELT2"]) == (1.0, 1.0)
    written.update({key: header[key] for key in ("BMAJ", "BMIN", "BPA", "RESTFRQ", "BUNIT")})
    return written


class TestDefect1:
    """A PC matrix with CDELT = 1, as astropy writes it, gave wrong Gaussians."""

    def test_gaussians_are_those_of_the_plain_header(self, sky_image, sky_header) -> None:
        plain, odd = (
            normalise(sky_image, header)
            for header in (sky_header, written_by_astropy(as_cd(sky_header)))
        )
        assert (odd.header["CDELT1"], odd.header["CDELT2"]) == pytest.approx((-0.0005, 0.0005))
        how = FindingSettings(dilation=2)
        expected, found = find_sources(plain, how), find_sources(odd, how)
        assert len(expected.gaussians) > 2
        pd.testing.assert_frame_equal(found.gaussians, expected.gaussians, rtol=1e-6)
        np.testing.assert_array_equal(found.mask, expected.mask)

    def test_cutouts_made_the_usual_way_have_the_size_of_their_pixels(
        self, sky_image, sky_header
    ) -> None:
        part = Cutout2D(sky_image, (70, 80), 100, wcs=WCS(as_cd(sky_header)))
        header = sky_header.copy()
        for key in ("CDELT1", "CDELT2"):
            del header[key]
        header.update(part.wcs.to_header())
        cutout = normalise(part.data, header, size_px=100)
        assert (cutout.header["CDELT1"], cutout.header["CDELT2"]) == pytest.approx(
            (-0.0005, 0.0005)
        )
        assert pixel_position(cutout.header, (150.0, 20.0)) == pytest.approx(
            part.to_cutout_position((74.5, 74.5)), abs=1e-6
        )


@given(
    st.floats(-180, 180),
    st.floats(0.5, 2.0),
    st.sampled_from([as_cd, lambda *given: written_by_astropy(as_cd(*given))]),
)
def test_cdelt_is_the_size_of_a_pixel_and_no_pixel_moves(angle_deg, side, write) -> None:
    header = write(PLAIN, angle_deg, side)
    before = celestial_wcs(header)
    after = celestial_wcs(with_cdelt(before).to_header())
    np.testing.assert_allclose(np.abs(after.wcs.cdelt), [0.0005, 0.0005 * side], rtol=1e-9)
    np.testing.assert_allclose(
        after.all_pix2world([10, 120], [30, 60], 0), before.all_pix2world([10, 120], [30, 60], 0)
    )


@pytest.mark.parametrize("cards", [{}, {"CROTA2": 30.0}, {"CDELT1": 0.0005}, {"CDELT2": -0.0007}])
def test_a_header_whose_cdelt_is_right_stays_as_it_is(sky_header, cards) -> None:
    sky_header.update(cards)
    wcs = celestial_wcs(sky_header)
    assert with_cdelt(wcs) is wcs


def test_nothing_is_remarked_of_a_cd_matrix(sky_header) -> None:
    with warnings.catch_warnings(action="error"):
        with_cdelt(celestial_wcs(as_cd(sky_header, 30.0)))


def test_who_is_hushed_may_read_a_header_that_is_hushed_too(sky_header):
    with hushed():
        assert celestial_wcs(sky_header).naxis == 2
