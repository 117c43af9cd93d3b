from __future__ import annotations

import gzip
import io
import shutil
from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits

from bentjets.errors import InputError, ServiceError
from bentjets.radio.cutouts import Cutout
from bentjets.radio.surveys import MissingCutoutError, fetch_cutout, open_survey

SOURCE = {"source_id": "J1+1", "name": "J1+1", "ra_deg": 150.0, "dec_deg": 20.0}
FOLDER = {"service": "folder", "size_px": 150, "licence": "none"}
SKYVIEW = {
    "service": "skyview",
    "survey": "VLA FIRST (1.4 GHz)",
    "size_px": 150,
    "pixel_scale_arcsec": 1.8,
    "beam_arcsec": [5.4, 5.4, 0.0],
    "frequency_hz": 1.4e9,
    "timeout_s": 5,
}


def as_bytes(hdu: fits.PrimaryHDU) -> bytes:
    buffer = io.BytesIO()
    hdu.writeto(buffer)
    return buffer.getvalue()


@pytest.fixture
def fits_bytes(sky_image: np.ndarray, sky_header: fits.Header) -> bytes:
    return as_bytes(fits.PrimaryHDU(sky_image, sky_header))


SIMULATED = {
    "service": "simulated",
    "size_px": 150,
    "pixel_scale_arcsec": 1.8,
    "beam_arcsec": [5.4, 5.4, 0.0],
    "frequency_hz": 1.4e9,
}


class TestSimulated:
    def test_gives_the_source_of_the_seed(self) -> None:
        from bentjets.radio.simulation import simulate_catalogue

        source = simulate_catalogue(1, wat_fraction=0.6, seed=3).iloc[0].to_dict()
        first, again, other = (
            Cutout.from_bytes(fetch_cutout(source, open_survey("sim", SIMULATED, seed=seed)))
            for seed in (3, 3, 4)
        )
        np.testing.assert_array_equal(first.data, again.data)
        assert not np.array_equal(first.data, other.data, equal_nan=True)
        assert first.header["SURVEY"] == "sim"


class TestFolder:
    @pytest.mark.parametrize("suffix", [".fits", ".fits.gz"])
    def test_reads_the_file_of_the_source(self, tmp_path, fits_bytes, sky_image, suffix) -> None:
        content = gzip.compress(fits_bytes) if suffix.endswith("gz") else fits_bytes
        (tmp_path / f"J1+1{suffix}").write_bytes(content)
        survey = open_survey("mine", FOLDER | {"path": str(tmp_path)}, seed=0)
        np.testing.assert_array_equal(survey.fetch(SOURCE).data, sky_image)

    def test_source_without_a_file_is_missing(self, tmp_path) -> None:
        survey = open_survey("mine", FOLDER | {"path": str(tmp_path)}, seed=0)
        with pytest.raises(MissingCutoutError, match="no file called after the source"):
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
    def test_damaged_file_is_named(self, tmp_path, fits_bytes, damage, complaint) -> None:
        (tmp_path / "J1+1.fits").write_bytes(damage(fits_bytes))
        survey = open_survey("mine", FOLDER | {"path": str(tmp_path)}, seed=0)
        with pytest.raises(InputError, match=complaint) as caught:
            survey.fetch(SOURCE)
        assert "J1+1.fits" in str(caught.value)

    @pytest.mark.parametrize(
        ("path", "complaint"), [(None, "no folder of cutouts given"), ("nowhere", "not a folder")]
    )
    def test_folder_must_exist(self, path, complaint) -> None:
        with pytest.raises(InputError, match=complaint):
            open_survey("mine", FOLDER | {"path": path}, seed=0)

    def test_real_skyview_files_with_tabs_are_read(self, real_first: Path, tmp_path) -> None:
        raw = sorted((real_first / "skyview_raw").glob("*.fits"))
        settings = FOLDER | {"path": str(tmp_path), "size_px": 300}
        settings |= {"beam_arcsec": [5.4, 5.4, 0.0], "frequency_hz": 1.4e9}
        survey = open_survey("mine", settings, seed=0)
        for file in raw:
            shutil.copy(file, tmp_path / "J1+1.fits")
            cutout = survey.fetch(SOURCE)
            assert cutout.data.shape == (300, 300)
            as_bytes(cutout.to_hdu())  # astropy refuses to write the cards that SkyView sends


class TestSkyView:
    def test_asks_for_the_position_and_size(self, skyview, fits_bytes, sky_image) -> None:
        skyview.answer("/image.fits", fits_bytes)
        cutout = open_survey("first", SKYVIEW, seed=0).fetch(SOURCE)
        np.testing.assert_array_equal(cutout.data, sky_image)
        assert cutout.header["SURVEY"] == "first"
        asked = next(path for path in skyview.requests if path.startswith("/run"))
        assert "pixels=150" in asked
        assert "size=0.075%2C0.075" in asked

    def test_no_image_means_missing(self, skyview) -> None:
        skyview.answer("/run", b"<html>no data</html>")
        with pytest.raises(MissingCutoutError, match="no VLA FIRST"):
            open_survey("first", SKYVIEW, seed=0).fetch(SOURCE)

    def test_unknown_survey_is_named(self, skyview) -> None:
        survey = open_survey("first", SKYVIEW | {"survey": "FIRTS"}, seed=0)
        with pytest.raises(InputError, match="no survey 'FIRTS'"):
            survey.fetch(SOURCE)

    def test_html_instead_of_an_image_is_refused(self, skyview) -> None:
        skyview.answer("/image.fits", b"<html>busy</html>" * 300)
        with pytest.raises(InputError, match="fetch it again"):
            open_survey("first", SKYVIEW, seed=0).fetch(SOURCE)

    def test_failing_service_is_an_error_of_the_service(self, skyview) -> None:
        skyview.answer("/image.fits", b"", status=500)
        with pytest.raises(ServiceError, match="internet connection"):
            open_survey("first", SKYVIEW, seed=0).fetch(SOURCE)

    def test_unreachable_service_is_an_error_of_the_service(self, monkeypatch) -> None:
        from astroquery.skyview import SkyViewClass

        monkeypatch.setattr(SkyViewClass, "URL", "http://127.0.0.1:1/form")
        with pytest.raises(ServiceError, match="ConnectionError"):
            open_survey("first", SKYVIEW, seed=0).fetch(SOURCE)


@pytest.mark.parametrize(
    ("settings", "complaint"),
    [
        ({"service": "hips"}, "service 'hips' is unknown"),
        (SKYVIEW | {"size": 150}, "unknown setting size"),
        ({"service": "skyview", "survey": "NVSS"}, "missing .* required"),
    ],
)
def test_mistaken_settings_are_named(settings, complaint) -> None:
    with pytest.raises(InputError, match=complaint):
        open_survey("mine", settings, seed=0)
