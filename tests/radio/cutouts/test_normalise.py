from __future__ import annotations

import io

import numpy as np
import pytest
from astropy.io import fits

from bentjets.errors import InputError
from bentjets.radio.cutouts import (
    Cutout,
    Provenance,
    celestial_wcs,
    fits_bytes,
    normalise_cutout,
    pixel_position,
    read_image,
)

FROM_FILE = Provenance("folder", "TEST", "J1+1.fits")


def normalise(data: np.ndarray | None, header: fits.Header, **options) -> Cutout:
    options = {"provenance": FROM_FILE, "size_px": 150} | options
    return normalise_cutout(fits.PrimaryHDU(data, header), **options)


def test_pixels_and_position_are_kept(sky_image, sky_header) -> None:
    cutout = normalise(sky_image, sky_header)
    np.testing.assert_array_equal(cutout.data, sky_image)
    assert cutout.data.dtype == np.float32
    ra, dec = celestial_wcs(cutout.header).all_pix2world(74.5, 74.5, 0)
    assert (float(ra), float(dec)) == pytest.approx((150.0, 20.0))
    assert cutout.pixel_scale_arcsec == pytest.approx(1.8)
    assert cutout.beam_deg == (0.0015, 0.0015, 0.0)
    assert cutout.frequency_hz == 1.4e9
    assert (cutout.header["BEAMFROM"], cutout.header["FREQFROM"]) == ("header", "header")
    assert cutout.header["REQUEST"] == "J1+1.fits"


def test_no_date_is_told_that_the_image_does_not_tell(sky_image, sky_header) -> None:
    assert "MJDREF" not in normalise(sky_image, sky_header).header


def test_axes_of_length_one_are_dropped(sky_image, sky_header) -> None:
    cube = sky_image[np.newaxis, np.newaxis]
    header = sky_header.copy()
    header.update({"CTYPE3": "FREQ", "CRVAL3": 1.4e9, "CDELT3": 1e6, "CRPIX3": 1.0})
    header.update({"CTYPE4": "STOKES", "CRVAL4": 1.0, "CDELT4": 1.0, "CRPIX4": 1.0})
    cutout = normalise(cube, header)
    np.testing.assert_array_equal(cutout.data, sky_image)
    assert cutout.header["WCSAXES"] == 2


def test_survey_states_what_the_header_lacks(sky_image, sky_header) -> None:
    for key in ("BMAJ", "BMIN", "BPA", "RESTFRQ"):
        del sky_header[key]
    cutout = normalise(sky_image, sky_header, beam_arcsec=(6.4, 5.4, 10.0), frequency_hz=3e9)
    assert cutout.beam_deg == pytest.approx((6.4 / 3600, 5.4 / 3600, 10.0))
    assert cutout.frequency_hz == 3e9
    assert (cutout.header["BEAMFROM"], cutout.header["FREQFROM"]) == ("survey", "survey")


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (lambda data: None, "holds no image"),
        (lambda data: np.full_like(data, np.nan), "all NaN"),
        (np.zeros_like, "zero everywhere"),
        (lambda data: np.full_like(data, 2.0), "constant everywhere"),
        (lambda data: data[:100], "150 x 100 pixels"),
        (lambda data: np.stack([data, data]), "two-dimensional"),
    ],
)
def test_useless_pixels_are_refused(change, complaint, sky_image, sky_header) -> None:
    with pytest.raises(InputError, match=complaint) as caught:
        normalise(change(sky_image), sky_header)
    assert "J1+1.fits" in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("rest", [None, 1.420405752e9])
def test_beam_and_frequency_of_other_peoples_files_are_their_own(
    sky_image, sky_header, rest
) -> None:
    """Defect 11: those of FIRST were put in without a word."""
    for key in ("BMAJ", "BMIN", "BPA", "RESTFRQ"):
        del sky_header[key]
    sky_header.update({"CTYPE3": "FREQ", "CRVAL3": 3.0e9, "CDELT3": 1e6, "CRPIX3": 1.0})
    if rest:
        sky_header["RESTFRQ"] = rest
    sky_header["HISTORY"] = "AIPS   CLEAN BMAJ=  4.1667E-03 BMIN=  4.0000E-03 BPA=  10.00"
    image = read_image(fits_bytes(fits.PrimaryHDU(sky_image[np.newaxis], sky_header)))
    cutout = normalise(image.data, image.header, beam_arcsec=(5.4, 5.4, 0.0), frequency_hz=1.4e9)
    assert cutout.beam_deg == pytest.approx((4.1667e-3, 4.0e-3, 10.0))
    assert cutout.frequency_hz == 3.0e9
    assert (cutout.header["BEAMFROM"], cutout.header["FREQFROM"]) == ("history", "header")


def test_a_cutout_is_in_the_normal_form_already(cutout: Cutout) -> None:
    again = normalise_cutout(
        read_image(fits_bytes(cutout.to_hdu())),
        provenance=Provenance("folder", "TEST", "test.fits"),
        size_px=150,
        position_deg=(150.0, 20.0),
    )
    assert fits_bytes(again.to_hdu()) == fits_bytes(cutout.to_hdu())


class TestCut:
    """A larger image is cut around the position."""

    @pytest.fixture
    def mosaic(self, sky_image: np.ndarray, sky_header: fits.Header) -> tuple:
        """The sky image, with 40 rows and 90 columns more around it."""
        wide = np.random.default_rng(1).normal(0, 1e-4, (190, 240)).astype(np.float32)
        wide[15:165, 60:210] = sky_image
        sky_header["CRPIX1"] += 60
        sky_header["CRPIX2"] += 15
        return wide, sky_header

    def test_pixels_are_those_of_the_image_and_lie_where_they_lay(self, mosaic, sky_image) -> None:
        position = celestial_wcs(mosaic[1]).all_pix2world(134.5, 89.5, 0)
        cutout = normalise(*mosaic, position_deg=tuple(map(float, position)))
        np.testing.assert_array_equal(cutout.data, sky_image)
        assert pixel_position(cutout.header, (150.0, 20.0)) == pytest.approx((74.5, 74.5), abs=1e-6)

    def test_what_the_image_does_not_hold_is_blank(self, mosaic) -> None:
        position = celestial_wcs(mosaic[1]).all_pix2world(20.3, 100.3, 0)
        cutout = normalise(*mosaic, position_deg=tuple(map(float, position)))
        assert cutout.data.shape == (150, 150)
        blank = np.isnan(cutout.data)
        assert blank[:, :54].all()
        assert not blank[:, 54:].any()

    @pytest.mark.parametrize("position", [(150.0, 20.2), (150.3, 20.0), (330.0, -20.0), (60.0, 0)])
    @pytest.mark.parametrize("large", [True, False])
    def test_a_position_outside_is_refused(
        self, mosaic, sky_image, cutout, position, large
    ) -> None:
        given = mosaic if large else (cutout.data, cutout.header)
        with pytest.raises(InputError, match=r"lies outside the image of J1\+1.fits"):
            normalise(*given, position_deg=position)

    def test_a_source_in_the_corner_of_an_image_of_the_right_size_is_cut_around(
        self, sky_image, sky_header
    ) -> None:
        """Defect 18: it was taken as it is, and accepted."""
        sky_header.update({"CRPIX1": 5.5, "CRPIX2": 5.5})
        cutout = normalise(sky_image, sky_header, position_deg=(150.0, 20.0))
        assert cutout.data.shape == (150, 150)
        assert pixel_position(cutout.header, (150.0, 20.0)) == pytest.approx((74.5, 74.5), abs=0.51)
        blank = np.isnan(cutout.data)
        assert blank[:70].all()
        assert blank[:, :70].all()
        np.testing.assert_array_equal(cutout.data[70:, 70:], sky_image[:80, :80])

    @pytest.mark.parametrize("off_px", [(0.0, 0.0), (0.7, -0.6), (37.0, 0.0), (-37.0, 37.0)])
    def test_a_source_near_the_centre_leaves_the_image_as_it_is(
        self, sky_image, sky_header, off_px
    ) -> None:
        whole = normalise(sky_image, sky_header)
        place = celestial_wcs(sky_header).all_pix2world(74.5 + off_px[0], 74.5 + off_px[1], 0)
        cutout = normalise(sky_image, sky_header, position_deg=tuple(map(float, place)))
        np.testing.assert_array_equal(cutout.data, sky_image)
        assert fits_bytes(cutout.to_hdu()) == fits_bytes(whole.to_hdu())

    def test_a_quarter_of_the_side_is_where_it_ends(self, sky_image, sky_header) -> None:
        place = celestial_wcs(sky_header).all_pix2world(74.5 + 38.0, 74.5, 0)
        cutout = normalise(sky_image, sky_header, position_deg=tuple(map(float, place)))
        np.testing.assert_array_equal(cutout.data[:, :112], sky_image[:, 38:])
        assert np.isnan(cutout.data[:, 112:]).all()

    def test_without_a_position_a_larger_image_is_refused(self, mosaic) -> None:
        with pytest.raises(InputError, match="240 x 190 pixels"):
            normalise(*mosaic)

    def test_real_skyview_files_are_cut_without_resampling(self, real_first) -> None:
        for file in sorted((real_first / "skyview_raw").glob("*.fits")):
            hdu = read_image(file)
            centre = celestial_wcs(hdu.header).all_pix2world(149.5, 149.5, 0)
            cutout = normalise(
                hdu.data, hdu.header, position_deg=tuple(map(float, centre)),
                beam_arcsec=(5.4, 5.4, 0.0), frequency_hz=1.4e9,
            )  # fmt: skip
            np.testing.assert_array_equal(cutout.data, hdu.data[75:225, 75:225])
            fits_bytes(cutout.to_hdu())  # astropy refuses to write the cards that SkyView sends


@pytest.mark.parametrize("key", ["RESTFRQ", "RESTFREQ", "BMAJ", "BMIN"])
@pytest.mark.parametrize("value", [0.0, -1.0, "unknown"])
def test_cards_that_tell_nothing_give_way_to_the_survey(sky_image, sky_header, key, value) -> None:
    for other in ("RESTFRQ", "BMAJ"):
        del sky_header[other]
    sky_header[key] = value
    cutout = normalise(sky_image, sky_header, beam_arcsec=(6.0, 5.0, 0.0), frequency_hz=3e9)
    assert cutout.beam_deg == pytest.approx((6 / 3600, 5 / 3600, 0.0))
    assert cutout.frequency_hz == 3e9


def test_header_says_where_the_image_is_from(sky_image, sky_header) -> None:
    sky_header["COMMENT"] = "not ours"
    licence = "Copyright\t1994,\nthe University " + "and so on " * 30 + "\u00a9"
    told = Provenance("skyview", "FIRST", "the request", licence, "2026-11-23T12:00:00")
    content = fits_bytes(normalise(sky_image, sky_header, provenance=told).to_hdu())
    header = fits.getheader(io.BytesIO(content))
    assert header["SERVICE"] == "skyview"
    assert header["SURVEY"] == "FIRST"
    assert header["REQUEST"] == "the request"
    assert header["DATE"] == "2026-11-23T12:00:00"
    assert header["LICENCE"].startswith("Copyright 1994, the University and so on")
    assert header["LICENCE"].endswith("?")
    assert "COMMENT" not in header
    assert b"\t" not in content[:5760]


@pytest.mark.parametrize(
    ("missing", "remedy"),
    [
        (("BMAJ", "BMIN"), "beam_arcsec"),
        (("RESTFRQ",), "frequency_hz"),
        (("CTYPE1", "CTYPE2"), "CTYPE"),
    ],
)
def test_missing_cards_are_named_with_a_remedy(missing, remedy, sky_image, sky_header) -> None:
    for key in missing:
        del sky_header[key]
    with pytest.raises(InputError, match=remedy):
        normalise(sky_image, sky_header)
