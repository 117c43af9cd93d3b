"""One large image that holds many sources."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits
from astropy.nddata import Cutout2D

from bentjets.errors import InputError
from bentjets.radio.cutouts import celestial_wcs, pixel_position
from bentjets.radio.surveys import OutsideFootprintError, open_survey
from surveys import read

SHAPE = (260, 300)
SETTINGS = {"service": "folder", "size_px": 60, "licence": "none"}


@pytest.fixture
def pixels() -> np.ndarray:
    return np.random.default_rng(3).normal(0, 1e-4, SHAPE).astype(np.float32)


def write(path: Path, pixels: np.ndarray, header: fits.Header, kind: str = "plain") -> Path:
    header = header.copy()
    if kind == "four axes":
        header.update(CTYPE3="FREQ", CRVAL3=1.4e9, CTYPE4="STOKES", CRVAL4=1.0)
        pixels = pixels[np.newaxis, np.newaxis]
    hdu = fits.PrimaryHDU(pixels.copy(), header)
    if kind == "integers":
        hdu.scale("int16", bscale=1e-7, bzero=2e-4)
    if kind == "extension":
        hdus = fits.HDUList([fits.PrimaryHDU(), fits.ImageHDU(pixels, header)])
        hdus.writeto(path)
    else:
        hdu.writeto(path)
    if kind == "gzip":
        path.write_bytes(gzip.compress(path.read_bytes()))
    return path


def source_at(header: fits.Header, column: float, row: float) -> dict:
    sky = celestial_wcs(header).pixel_to_world(column, row)
    return {"source_id": "S", "name": "S", "ra_deg": sky.ra.deg, "dec_deg": sky.dec.deg}


@pytest.mark.parametrize("kind", ["plain", "four axes", "integers", "extension", "gzip"])
def test_a_source_is_cut_out_without_resampling(tmp_path, pixels, sky_header, kind) -> None:
    path = write(tmp_path / "mosaic.fits", pixels, sky_header, kind)
    survey = open_survey("mine", SETTINGS | {"path": str(path)}, seed=0)
    for column, row in ((150.3, 120.7), (31.0, 200.0)):
        source = source_at(sky_header, column, row)
        cutout = read(survey.fetch(source))
        expected = Cutout2D(pixels, (column, row), 60)
        np.testing.assert_allclose(
            cutout.data, expected.data, rtol=0, atol=1e-7 if kind == "integers" else 0
        )
        found = pixel_position(cutout.header, (source["ra_deg"], source["dec_deg"]))
        np.testing.assert_allclose(found, expected.to_cutout_position((column, row)), atol=1e-4)


def test_what_lies_beyond_the_edge_is_missing(tmp_path, pixels, sky_header) -> None:
    path = write(tmp_path / "mosaic.fits", pixels, sky_header)
    survey = open_survey("mine", SETTINGS | {"path": str(path)}, seed=0)
    cutout = read(survey.fetch(source_at(sky_header, 5.0, 255.1)))
    expected = Cutout2D(pixels, (5.0, 255.1), 60, mode="partial", fill_value=np.nan)
    assert np.isfinite(expected.data).sum() == 35 * 34
    np.testing.assert_array_equal(cutout.data, expected.data)


@pytest.mark.parametrize(("column", "row"), [(-1.0, 10.0), (10.0, 260.0), (300.0, 10.0)])
def test_a_position_beside_the_image_is_outside_the_footprint(
    tmp_path, pixels, sky_header, column, row
) -> None:
    path = write(tmp_path / "mosaic.fits", pixels, sky_header)
    survey = open_survey("mine", SETTINGS | {"path": str(path)}, seed=0)
    with pytest.raises(OutsideFootprintError, match=r"deg lies outside mosaic\.fits"):
        survey.fetch(source_at(sky_header, column, row))


def test_beam_and_frequency_of_the_settings_are_told(tmp_path, pixels, sky_header) -> None:
    for key in ("BMAJ", "BMIN", "BPA", "RESTFRQ"):
        del sky_header[key]
    path = write(tmp_path / "mosaic.fits", pixels, sky_header)
    stated = {"path": str(path), "beam_arcsec": [5.4, 5.4, 0.0], "frequency_hz": 1.4e9}
    survey = open_survey("mine", SETTINGS | stated, seed=0)
    assert survey.fetch(source_at(sky_header, 100.0, 100.0)).assumed == ("beam", "frequency")


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (fits.PrimaryHDU, "has no celestial WCS: add CTYPE"),
        (lambda pixels: fits.PrimaryHDU(), "holds no image"),
        (lambda pixels: None, "is not a FITS image that can be read"),
    ],
)
def test_an_image_that_would_fail_for_every_source_is_refused_at_once(
    tmp_path, pixels, content, complaint
) -> None:
    path = tmp_path / "mosaic.fits"
    hdu = content(pixels)
    path.write_text("no image") if hdu is None else hdu.writeto(path)
    with pytest.raises(InputError, match=complaint):
        open_survey("mine", SETTINGS | {"path": str(path)}, seed=0)


def test_several_planes_are_refused(tmp_path, pixels, sky_header) -> None:
    path = write(tmp_path / "cube.fits", np.stack([pixels, pixels]), sky_header)
    with pytest.raises(InputError, match="is one two-dimensional image"):
        open_survey("mine", SETTINGS | {"path": str(path)}, seed=0)


def test_a_mosaic_that_was_replaced_is_read_anew(tmp_path, pixels, sky_header) -> None:
    path = write(tmp_path / "mosaic.fits", pixels, sky_header)
    source = source_at(sky_header, 100.0, 100.0)
    settings = SETTINGS | {"path": str(path)}
    before = read(open_survey("mine", settings, seed=0).fetch(source)).data
    path.unlink()
    write(path, 2 * pixels, sky_header)
    after = read(open_survey("mine", settings, seed=0).fetch(source)).data
    np.testing.assert_array_equal(after, 2 * before)
