from __future__ import annotations

import numpy as np
import pytest
from astropy.io import fits

from bentjets.errors import InputError
from bentjets.radio.cutouts import Cutout, celestial_wcs, fits_bytes, normalise_cutout, read_image


def normalise(data: np.ndarray | None, header: fits.Header, **options) -> Cutout:
    options = {"origin": "J1+1.fits", "survey": "TEST", "size_px": 150} | options
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
    assert cutout.header["ORIGIN"] == "J1+1.fits"


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
