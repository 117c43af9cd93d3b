"""Simulated sources in real pieces of empty sky."""

from __future__ import annotations

import numpy as np
import pytest
from astropy.io import fits
from astropy.wcs import WCS

from bentjets.errors import InputError
from bentjets.radio.simulation import simulate_catalogue
from bentjets.radio.surveys import fetch_cutout, open_survey
from surveys import read

SKY = {"service": "simulated", "size_px": 100, "pixel_scale_arcsec": 1.8}
BEAM_ARCSEC = (8.0, 6.0, 30.0)
SEED = 3


def write_sky(path, *, scale_arcsec=1.8, side=140, source_jy=0.0, seen=True) -> np.ndarray:
    """Write noise, with a source in the middle if asked for; give its pixels, Jy/beam."""
    header = WCS(naxis=2)
    header.wcs.ctype = ["RA---TAN", "DEC--TAN"]
    header.wcs.crval = [150.0, 20.0]
    header.wcs.crpix = [(side + 1) / 2] * 2
    header.wcs.cdelt = [-scale_arcsec / 3600, scale_arcsec / 3600]
    cards = header.to_header()
    cards["BUNIT"] = "JY/BEAM"
    for key, value in zip(("BMAJ", "BMIN"), BEAM_ARCSEC, strict=False):
        cards[key] = value / 3600
    cards["BPA"] = BEAM_ARCSEC[2]
    pixels = np.random.default_rng(1).normal(0.0, 1.5e-4, (side, side)).astype(np.float32)
    middle = slice(side // 2 - 3, side // 2 + 3)
    pixels[middle, middle] += source_jy
    if not seen:
        pixels[middle, middle] = np.nan
    fits.PrimaryHDU(pixels, cards).writeto(path)
    return pixels


def lay(folder, number=0, seed=SEED):
    source = simulate_catalogue(5, wat_fraction=0.6, seed=seed).iloc[number].to_dict()
    survey = open_survey("sim", SKY | {"backgrounds": str(folder)}, seed=seed)
    return read(fetch_cutout(source, survey))


def test_the_background_stays_as_it_was_away_from_the_source(tmp_path) -> None:
    pixels = write_sky(tmp_path / "empty.fits", side=100)
    pixels[:, 0] = np.nan
    with fits.open(tmp_path / "empty.fits", mode="update") as hdus:
        hdus[0].data[:, 0] = np.nan
    cutout = lay(tmp_path)
    image = cutout.data.squeeze()
    assert np.isnan(image[:, 0]).all()
    assert np.isfinite(image[:, 1:]).all()
    added = image - pixels
    corner = added[-12:, -12:]
    assert np.abs(corner).max() < 0.1 * pixels[:, 1:].std()
    assert added[30:70, 30:70].max() > 10 * pixels[:, 1:].std()
    np.testing.assert_allclose([cutout.header["BMAJ"] * 3600, cutout.header["BMIN"] * 3600], (8, 6))
    assert cutout.header["REQUEST"].endswith("on empty.fits")


def test_the_same_seed_lays_the_same_source_into_the_same_piece(tmp_path) -> None:
    for name in "abc":
        write_sky(tmp_path / f"{name}.fits")
    first, again, other = lay(tmp_path), lay(tmp_path), lay(tmp_path, number=1)
    np.testing.assert_array_equal(first.data, again.data)
    assert not np.array_equal(first.data, other.data)


@pytest.mark.parametrize(
    ("sky", "complaint"),
    [
        ({"source_jy": 0.02}, "one.fits holds a source within 45 arcsec of its middle"),
        ({"scale_arcsec": 1.5}, "one.fits has pixels of 1.5 arcsec, not of 1.8"),
        ({"seen": False}, "one.fits has pixels without a value in its middle"),
    ],
)
def test_no_source_is_laid_into_what_is_not_empty_sky(tmp_path, sky, complaint) -> None:
    write_sky(tmp_path / "one.fits", side=100, **sky)
    with pytest.raises(InputError, match=f"none of 20 images tried .*{complaint}"):
        lay(tmp_path)


def test_a_folder_without_images_is_named(tmp_path) -> None:
    with pytest.raises(InputError, match=r"backgrounds .* is not a folder that holds FITS images"):
        lay(tmp_path)


def test_a_cutout_of_a_real_source_is_no_empty_sky(real_first) -> None:
    with pytest.raises(InputError, match=r"none of 20 images tried"):
        lay(real_first / "cutouts")
