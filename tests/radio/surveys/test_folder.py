from __future__ import annotations

import gzip
import io
import shutil
from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits

from bentjets.errors import InputError
from bentjets.radio.cutouts import celestial_wcs, read_image
from bentjets.radio.surveys import MissingFileError, open_survey
from surveys import FIRST, SOURCE, read

FOLDER = {"service": "folder", "size_px": 150, "licence": "none"}


def as_bytes(hdu: fits.PrimaryHDU) -> bytes:
    buffer = io.BytesIO()
    hdu.writeto(buffer)
    return buffer.getvalue()


@pytest.fixture
def fits_bytes(sky_image: np.ndarray, sky_header: fits.Header) -> bytes:
    return as_bytes(fits.PrimaryHDU(sky_image, sky_header))


@pytest.mark.parametrize("suffix", [".fits", ".fits.gz"])
def test_reads_the_file_of_the_source(tmp_path, fits_bytes, sky_image, suffix) -> None:
    content = gzip.compress(fits_bytes) if suffix.endswith("gz") else fits_bytes
    (tmp_path / f"J1+1{suffix}").write_bytes(content)
    survey = open_survey("mine", FOLDER | {"path": str(tmp_path)}, seed=0)
    np.testing.assert_array_equal(read(survey.fetch(SOURCE)).data, sky_image)


def test_source_without_a_file_is_missing(tmp_path) -> None:
    survey = open_survey("mine", FOLDER | {"path": str(tmp_path)}, seed=0)
    with pytest.raises(MissingFileError, match="no file called after the source"):
        survey.fetch(SOURCE)


@pytest.mark.parametrize(
    ("damage", "complaint"),
    [
        (lambda content: content[:4000], "not a readable FITS file"),
        (lambda content: b"<html>503 Service Unavailable</html>" * 100, "not a readable FITS"),
        (lambda content: b"", "not a readable FITS"),
        (lambda content: as_bytes(fits.PrimaryHDU()), "holds no image"),
    ],
)
def test_damaged_file_is_named(tmp_path, fits_bytes, damage, complaint) -> None:
    (tmp_path / "J1+1.fits").write_bytes(damage(fits_bytes))
    survey = open_survey("mine", FOLDER | {"path": str(tmp_path)}, seed=0)
    with pytest.raises(InputError, match=complaint) as caught:
        survey.fetch(SOURCE)
    assert "J1+1.fits" in str(caught.value)


@pytest.mark.parametrize(
    ("path", "complaint"), [(None, "no folder of cutouts given"), ("nowhere", "not a folder")]
)
def test_folder_must_exist(path, complaint) -> None:
    with pytest.raises(InputError, match=complaint):
        open_survey("mine", FOLDER | {"path": path}, seed=0)


def test_real_skyview_files_are_read(real_first: Path, tmp_path) -> None:
    stated = {key: FIRST[key] for key in ("beam_arcsec", "frequency_hz")}
    survey = open_survey("mine", FOLDER | stated | {"path": str(tmp_path)}, seed=0)
    for file in sorted((real_first / "skyview_raw").glob("*.fits")):
        shutil.copy(file, tmp_path / "J1+1.fits")
        ra, dec = celestial_wcs(read_image(file).header).all_pix2world(149.5, 149.5, 0)
        cutout = read(survey.fetch(SOURCE | {"ra_deg": ra, "dec_deg": dec}))
        assert cutout.data.shape == (150, 150)
        assert cutout.beam_deg[0] * 3600 == pytest.approx(5.4 if dec > 4.5558 else 6.8)


class TestAssumed:
    """What a file does not say of itself is told, as it comes from the settings."""

    STATED = {"beam_arcsec": [6.0, 5.0, 10.0], "frequency_hz": 1.5e9}  # noqa: RUF012

    def fetch(self, tmp_path, sky_image, header, **settings):
        fits.PrimaryHDU(sky_image, header).writeto(tmp_path / "J1+1.fits")
        return open_survey("mine", FOLDER | {"path": str(tmp_path)} | settings, seed=0).fetch(
            SOURCE
        )

    def test_a_file_that_says_all_assumes_nothing(self, tmp_path, sky_image, sky_header) -> None:
        fetched = self.fetch(tmp_path, sky_image, sky_header, **self.STATED)
        assert fetched.assumed == ()
        assert read(fetched).beam_deg[0] * 3600 == pytest.approx(5.4)

    def test_a_beam_that_the_file_lacks(self, tmp_path, sky_image, sky_header) -> None:
        for card in ("BMAJ", "BMIN", "BPA"):
            del sky_header[card]
        fetched = self.fetch(tmp_path, sky_image, sky_header, **self.STATED)
        assert fetched.assumed == ("beam",)
        assert read(fetched).beam_deg[0] * 3600 == pytest.approx(6.0)

    def test_a_frequency_that_the_file_lacks(self, tmp_path, sky_image, sky_header) -> None:
        del sky_header["RESTFRQ"]
        fetched = self.fetch(tmp_path, sky_image, sky_header, **self.STATED)
        assert fetched.assumed == ("frequency",)
        assert read(fetched).frequency_hz == 1.5e9

    def test_a_cutout_of_ours_tells_what_was_assumed_before(
        self, tmp_path, sky_image, sky_header
    ) -> None:
        for card in ("BMAJ", "BMIN", "BPA", "RESTFRQ"):
            del sky_header[card]
        ours = read(self.fetch(tmp_path, sky_image, sky_header, **self.STATED)).to_hdu()
        (tmp_path / "J1+1.fits").unlink()
        again = self.fetch(tmp_path, ours.data, ours.header)
        assert again.assumed == ()
        assert read(again).header["BEAMFROM"] == "survey"

    def test_without_settings_there_is_no_default(self, tmp_path, sky_image, sky_header) -> None:
        for card in ("BMAJ", "BMIN", "BPA"):
            del sky_header[card]
        with pytest.raises(InputError, match="beam"):
            self.fetch(tmp_path, sky_image, sky_header)


def test_an_image_without_a_position_is_named(tmp_path, sky_image) -> None:
    fits.PrimaryHDU(sky_image).writeto(tmp_path / "J1+1.fits")
    survey = open_survey("mine", FOLDER | {"path": str(tmp_path)}, seed=0)
    source = SOURCE | {"ra_deg": float("nan"), "dec_deg": float("nan")}
    with pytest.raises(InputError, match=r"J1\+1\.fits has no celestial WCS that tells"):
        survey.fetch(source)
