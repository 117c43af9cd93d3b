from __future__ import annotations

import numpy as np
import pytest
from astropy import units as u
from astropy.coordinates import SkyCoord
from astropy.io import fits
from hypothesis import assume, given
from hypothesis import strategies as st

from bentjets.radio.cutouts import pixel_position
from bentjets.radio.imaging import flip_north_up, orient_north_up, residual_rotation_deg

PIXEL_DEG = 0.0005
CENTRE = SkyCoord(150.0, 20.0, unit="deg")
SIZE_PX = 61


def header_of(matrix: np.ndarray) -> fits.Header:
    """Header of a square image around the centre with a CD matrix of this shape."""
    header = fits.Header({"NAXIS": 2, "NAXIS1": SIZE_PX, "NAXIS2": SIZE_PX})
    header.update({"CTYPE1": "RA---TAN", "CTYPE2": "DEC--TAN", "CRVAL1": 150.0, "CRVAL2": 20.0})
    header.update({"CRPIX1": (SIZE_PX + 1) / 2, "CRPIX2": (SIZE_PX + 1) / 2})
    for row, column in np.ndindex(2, 2):
        header[f"CD{row + 1}_{column + 1}"] = PIXEL_DEG * matrix[row, column]
    return header


def turned(angle_deg: float, *, mirrored: bool = False) -> fits.Header:
    """Header of an image that is turned on the sky, or seen in a mirror."""
    cos, sin = np.cos(np.radians(angle_deg)), np.sin(np.radians(angle_deg))
    turn = np.array([[cos, -sin], [sin, cos]])
    return header_of(turn @ np.diag([1.0 if mirrored else -1.0, 1.0]))


def place(picture: np.ndarray) -> tuple[int, int]:
    """How far right of the middle, and how far up, the one bright pixel of a picture is."""
    row, column = np.argwhere(picture)[0]
    return int(column) - picture.shape[1] // 2, picture.shape[0] // 2 - int(row)


def look(header: fits.Header, angle_deg: float) -> tuple[int, int]:
    """Where a picture shows what lies 45 arcsec, 25 pixels, from the centre at a position angle."""
    there = CENTRE.directional_offset_by(angle_deg * u.deg, 45 * u.arcsec)
    x, y = pixel_position(header, (there.ra.deg, there.dec.deg))
    image = np.zeros((SIZE_PX, SIZE_PX), dtype=np.uint8)
    image[round(y), round(x)] = 255
    return place(orient_north_up(image, header))


@pytest.mark.parametrize(
    "header",
    [
        pytest.param(turned(0), id="plain"),
        pytest.param(turned(90), id="90 deg"),
        pytest.param(turned(180), id="180 deg"),
        pytest.param(turned(270), id="270 deg"),
        pytest.param(turned(30), id="30 deg"),
        pytest.param(turned(0, mirrored=True), id="CDELT1 > 0"),
        pytest.param(turned(180, mirrored=True), id="CDELT2 < 0"),
        pytest.param(turned(90, mirrored=True), id="transposed"),
        pytest.param(turned(290, mirrored=True), id="mirrored, 290 deg"),
    ],
)
def test_north_is_up_and_east_is_left(header) -> None:
    """Defect 10: a tail of 45 arcsec to the north was drawn wherever the pixels lay."""
    residual = np.radians(residual_rotation_deg(header))
    towards = 25 * np.array([-np.sin(residual), np.cos(residual)])
    np.testing.assert_allclose(look(header, 0), towards, atol=0.8)
    np.testing.assert_allclose(look(header, 90), (-towards[1], towards[0]), atol=0.8)


def test_a_plain_image_is_flipped_bit_for_bit(sky_header) -> None:
    image = np.random.default_rng(0).integers(0, 256, (150, 150), dtype=np.uint8)
    picture = orient_north_up(image, sky_header)
    np.testing.assert_array_equal(picture, flip_north_up(image))
    assert picture.flags.c_contiguous
    assert abs(residual_rotation_deg(sky_header)) < 1e-6


@given(st.floats(-180, 180), st.booleans())
def test_what_pixels_cannot_turn_is_told(angle_deg: float, mirrored: bool) -> None:
    residual = residual_rotation_deg(turned(angle_deg, mirrored=mirrored))
    beyond = (angle_deg + 45) % 90 - 45
    assume(abs(abs(beyond) - 45) > 1e-3)
    assert abs(residual) == pytest.approx(abs(beyond), abs=1e-4)


def test_the_residual_is_positive_where_north_lies_to_the_east_of_up() -> None:
    # Axis 2 points 10 deg west of north, so north is 10 deg east (left) of axis 2.
    header = header_of(np.array([[-1.0, 0.0], [0.0, 1.0]]))
    del header["CD*"]
    header.update({"CDELT1": -PIXEL_DEG, "CDELT2": PIXEL_DEG, "CROTA2": 10.0})
    north = CENTRE.directional_offset_by(0 * u.deg, 45 * u.arcsec)
    x, _ = pixel_position(header, (north.ra.deg, north.dec.deg))
    expected = 10.0 if x < (SIZE_PX - 1) / 2 else -10.0
    assert residual_rotation_deg(header) == pytest.approx(expected, abs=1e-3)


def test_rounding_does_not_choose_at_45_deg() -> None:
    image = np.arange(SIZE_PX**2, dtype=np.uint8).reshape(SIZE_PX, SIZE_PX)
    pictures = [orient_north_up(image, turned(45 + tiny)) for tiny in (-1e-9, 0, 1e-9)]
    for picture in pictures:
        np.testing.assert_array_equal(picture, flip_north_up(image))


def test_images_that_are_not_square_keep_every_pixel() -> None:
    image = np.arange(20 * SIZE_PX, dtype=np.uint8).reshape(20, SIZE_PX)
    for angle_deg, shape in ((180, (20, SIZE_PX)), (90, (SIZE_PX, 20))):
        header = turned(angle_deg)
        header["NAXIS2"] = 20
        picture = orient_north_up(image, header)
        assert picture.shape == shape
        np.testing.assert_array_equal(np.sort(picture, axis=None), np.sort(image, axis=None))


def test_north_is_that_of_the_image_not_of_its_reference_pixel() -> None:
    """A cutout of a mosaic near the pole keeps the reference pixel of the mosaic."""
    header = header_of(np.diag([-1.0, 1.0]))
    header.update({"CRVAL2": 89.0, "CRPIX1": 2000.0})
    assert 30 < abs(residual_rotation_deg(header)) < 45


def test_north_is_celestial_in_an_image_with_galactic_axes() -> None:
    header = header_of(np.diag([-1.0, 1.0]))
    header.update({"CTYPE1": "GLON-TAN", "CTYPE2": "GLAT-TAN"})
    header.update({"CRVAL1": CENTRE.galactic.l.deg, "CRVAL2": CENTRE.galactic.b.deg})
    right, up = look(header, 0)
    assert np.degrees(np.arctan2(-right, up)) == pytest.approx(
        residual_rotation_deg(header), abs=2.5
    )


def test_declination_may_be_on_the_first_axis(sky_header) -> None:
    header = sky_header.copy()
    for card in ("CTYPE", "CRVAL"):
        header[f"{card}1"], header[f"{card}2"] = header[f"{card}2"], header[f"{card}1"]
    header["CDELT1"], header["CDELT2"] = 0.0005, -0.0005
    image = np.zeros((150, 150), dtype=np.uint8)
    image[75, 105] = 255  # to the north, along the first axis
    rows, columns = np.nonzero(orient_north_up(image, header))
    assert rows[0] < 50
    assert abs(columns[0] - 75) <= 1
