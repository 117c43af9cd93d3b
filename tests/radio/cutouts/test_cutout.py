from __future__ import annotations

import io
import warnings
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from astropy.coordinates import FK4, ICRS, Galactic, SkyCoord, UnitSphericalRepresentation
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
    assert cutout.header["BEAMFROM"] == "header"
    assert cutout.header["REQUEST"] == "J1+1.fits"


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
    assert cutout.header["BEAMFROM"] == "survey"


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


@pytest.mark.parametrize("key", ["RESTFRQ", "RESTFREQ", "BMAJ", "BMIN"])
@pytest.mark.parametrize("value", [0.0, -1.0, "unknown"])
def test_cards_that_tell_nothing_give_way_to_the_survey(sky_image, sky_header, key, value) -> None:
    for other in ("RESTFRQ", "BMAJ"):
        del sky_header[other]
    sky_header[key] = value
    cutout = normalise(sky_image, sky_header, beam_arcsec=(6.0, 5.0, 0.0), frequency_hz=3e9)
    assert cutout.beam_deg == pytest.approx((6 / 3600, 5 / 3600, 0.0))
    assert cutout.frequency_hz == 3e9


def test_infinite_pixels_are_blank(sky_image, sky_header) -> None:
    sky_image[3, 4], sky_image[5, 6] = np.inf, -np.inf
    data = normalise(sky_image, sky_header).data
    assert np.isnan(data[3, 4])
    assert np.isfinite(data).sum() == data.size - 2


def test_threads_leave_the_filters_of_warnings_alone(cutout: Cutout) -> None:
    content, before = fits_bytes(cutout.to_hdu()), list(warnings.filters)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(read_image, [content] * 200))
    assert warnings.filters == before


class TestEdge:
    """Zeros that fill the survey's edge are not pixels."""

    def test_filled_edges_become_blank(self, sky_image, sky_header) -> None:
        filled = sky_image.copy()
        filled[:, :20] = 0
        filled[np.add.outer(np.arange(150), -np.arange(150)) > 120] = 0
        data = normalise(filled, sky_header).data
        np.testing.assert_array_equal(np.isnan(data), filled == 0)
        np.testing.assert_array_equal(data[filled != 0], sky_image[filled != 0])

    def test_zeros_elsewhere_are_pixels(self, sky_image, sky_header) -> None:
        sky_image[60:90, 60:90] = 0
        sky_image[0, 3:40:2] = 0
        np.testing.assert_array_equal(normalise(sky_image, sky_header).data, sky_image)


@pytest.mark.parametrize(
    ("unit", "factor"), [("JY/BEAM", 1), ("Jy/beam", 1), ("mJy/beam", 1e-3), ("uJy beam-1", 1e-6)]
)
def test_pixels_become_jy_per_beam(unit, factor, sky_image, sky_header) -> None:
    sky_header["BUNIT"] = unit
    np.testing.assert_allclose(normalise(sky_image, sky_header).data, sky_image * factor, 1e-6)


@pytest.mark.parametrize("unit", ["K", "MJy/sr", "counts"])
def test_other_units_are_refused(unit, sky_image, sky_header) -> None:
    sky_header["BUNIT"] = unit
    with pytest.raises(InputError, match=f"J1\\+1.fits has pixels in '{unit}'"):
        normalise(sky_image, sky_header)


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


def test_a_file_of_a_cutout_gives_it_back(cutout: Cutout) -> None:
    again = Cutout.from_bytes(fits_bytes(cutout.to_hdu()))
    np.testing.assert_array_equal(again.data, cutout.data)
    assert again.data.dtype == np.float32
    assert again.data.dtype.isnative
    assert again.beam_deg == cutout.beam_deg
    assert fits_bytes(again.to_hdu()) == fits_bytes(cutout.to_hdu())


def test_a_tile_compressed_image_is_found_behind_its_empty_first_hdu(cutout: Cutout) -> None:
    packed = fits.CompImageHDU(
        cutout.data, cutout.header, compression_type="GZIP_2", quantize_level=0
    )
    content = fits_bytes(fits.HDUList([fits.PrimaryHDU(), packed]))
    np.testing.assert_array_equal(read_image(content).data, cutout.data)


@pytest.mark.parametrize("content", [b"", b"SIMPLE  = no", b"half"])
def test_what_is_no_fits_file_is_refused(content: bytes) -> None:
    with pytest.raises(InputError, match="not a FITS image"):
        read_image(content)


def test_a_truncated_file_and_one_without_image_are_refused(cutout: Cutout) -> None:
    with pytest.raises(InputError, match="truncated"):
        read_image(fits_bytes(cutout.to_hdu())[:40_000])
    with pytest.raises(InputError, match="no image"):
        read_image(fits_bytes(fits.PrimaryHDU()))
