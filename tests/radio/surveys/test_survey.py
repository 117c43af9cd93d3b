from __future__ import annotations

import gzip
import io
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from astropy.io import fits

from bentjets.errors import InputError, ServiceError
from bentjets.radio.cutouts import Cutout, celestial_wcs, read_image
from bentjets.radio.surveys import (
    Fetched,
    MissingFileError,
    OutsideFootprintError,
    Survey,
    UnknownSurveyError,
    WrongAddressError,
    download,
    fetch_cutout,
    open_survey,
)
from bentjets.transport import Politeness, ServiceDownError

SOURCE = {"source_id": "J1+1", "name": "J1+1", "ra_deg": 150.0, "dec_deg": 20.0}
FOLDER = {"service": "folder", "size_px": 150, "licence": "none"}
FIRST = {
    "service": "skyview",
    "survey": "VLA FIRST (1.4 GHz)",
    "size_px": 150,
    "pixel_scale_arcsec": 1.8,
    "beam_arcsec": [
        {"from_dec_deg": 4.5558, "beam": [5.4, 5.4, 0.0]},
        {"from_dec_deg": -90, "beam": [6.8, 5.4, 0.0]},
    ],
    "frequency_hz": 1.4e9,
    "licence": "scholarly use",
}
NVSS = {
    "service": "hips2fits",
    "survey": "astron.nl/P/lotss_dr2_high",
    "size_px": 100,
    "pixel_scale_arcsec": 15,
    "beam_arcsec": [45, 45, 0],
    "frequency_hz": 1.4e9,
}
QUICK = Politeness(per_second=1000, read_s=0.5, answer_s=1, attempts=3, backoff_s=0.01)


def read(fetched: Fetched) -> Cutout:
    return Cutout.from_bytes(fetched.file)


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
            read(fetch_cutout(source, open_survey("sim", SIMULATED, seed=seed)))
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
        np.testing.assert_array_equal(read(survey.fetch(SOURCE)).data, sky_image)

    def test_source_without_a_file_is_missing(self, tmp_path) -> None:
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

    def test_real_skyview_files_are_read(self, real_first: Path, tmp_path) -> None:
        stated = {key: FIRST[key] for key in ("beam_arcsec", "frequency_hz")}
        survey = open_survey("mine", FOLDER | stated | {"path": str(tmp_path)}, seed=0)
        for file in sorted((real_first / "skyview_raw").glob("*.fits")):
            shutil.copy(file, tmp_path / "J1+1.fits")
            ra, dec = celestial_wcs(read_image(file).header).all_pix2world(149.5, 149.5, 0)
            cutout = read(survey.fetch(SOURCE | {"ra_deg": ra, "dec_deg": dec}))
            assert cutout.data.shape == (150, 150)
            assert cutout.beam_deg[0] * 3600 == pytest.approx(5.4 if dec > 4.5558 else 6.8)


@pytest.fixture
def ask(services):
    """Open a survey of the stand-in."""

    def make(settings: dict[str, Any], politeness: Politeness = QUICK, **options: Any) -> Survey:
        addresses = {"skyview": [services.skyview_url], "hips2fits": [services.hips2fits_url]}
        options = {"services": addresses, "politeness": politeness, "seed": 0} | options
        return open_survey("mine", settings, **options)

    return make


@pytest.mark.parametrize(
    ("settings", "unit_px"), [(FIRST, 1.8), (NVSS, 15.0)], ids=["skyview", "hips2fits"]
)
class TestRemote:
    """What holds for every public service."""

    def test_cutout_is_centred_on_the_source(self, ask, settings, unit_px) -> None:
        source = SOURCE | {"ra_deg": 231.1234567, "dec_deg": 20.7654321}
        fetched = ask(settings).fetch(source)
        cutout = read(fetched)
        side = settings["size_px"]
        assert cutout.data.shape == (side, side)
        assert cutout.pixel_scale_arcsec == pytest.approx(unit_px, rel=1e-4)
        middle = (side - 1) / 2
        ra, dec = celestial_wcs(cutout.header).all_pix2world(middle, middle, 0)
        assert float(ra) == pytest.approx(source["ra_deg"], abs=unit_px / 3600 / 20)
        assert float(dec) == pytest.approx(source["dec_deg"], abs=unit_px / 3600 / 20)
        assert (fetched.attempts, fetched.seconds > 0) == (1, True)

    def test_header_has_what_the_file_lacks(self, ask, settings, unit_px) -> None:
        cutout = read(ask(settings).fetch(SOURCE))
        major = 5.4 if settings is FIRST else 45
        assert cutout.beam_deg[0] * 3600 == pytest.approx(major)
        assert cutout.frequency_hz == 1.4e9
        assert cutout.header["SERVICE"] == settings["service"]
        assert cutout.header["SURVEY"] == "mine"
        assert settings["survey"] in cutout.header["REQUEST"]
        assert "RA 150.000000, Dec 20.000000 deg" in cutout.header["REQUEST"]
        assert len(cutout.header["DATE"]) == len("2026-11-23T12:00:00")

    @pytest.mark.parametrize(
        "fault",
        ["refuse", "hang", "drip", "truncate", "half_file", "html", "too_many", "server_error"],
    )
    def test_what_may_pass_is_asked_for_again(
        self, ask, settings, unit_px, fault, services
    ) -> None:
        services.retry_after = "0"
        services.fail(fault, where="fits")
        fetched = ask(settings).fetch(SOURCE)
        assert fetched.attempts == 2
        assert np.isfinite(read(fetched).data).all()
        services.release()

    def test_what_does_not_pass_is_a_failure_that_tells_its_cost(
        self, ask, settings, unit_px, services
    ) -> None:
        services.fail("unavailable", times=99)
        with pytest.raises(ServiceError, match=r"failed, 3 times \(HTTP 503\)") as caught:
            ask(settings).fetch(SOURCE)
        assert caught.value.record["attempts"] == 3

    def test_outside_the_footprint_nothing_is_asked_for_again(
        self, ask, settings, unit_px, services
    ) -> None:
        services.footprint = lambda ra, dec, survey: False
        for outside in ("not_found", "all_nan"):
            services.outside = outside
            with pytest.raises(OutsideFootprintError, match=r"has no (data|image) there") as caught:
                ask(settings).fetch(SOURCE)
            assert caught.value.record["attempts"] == 1
        assert len(services.asked(step="image")) == 2

    def test_unknown_surveys_end_the_run(self, ask, settings, unit_px) -> None:
        with pytest.raises(UnknownSurveyError, match=r"'FIRTS'.*mend acquisition\.surveys"):
            ask(settings | {"survey": "FIRTS"}).fetch(SOURCE)

    def test_a_service_that_is_down_ends_the_run(self, ask, settings, unit_px, services) -> None:
        services.close()
        with pytest.raises(ServiceDownError, match="4 times in a row"):
            ask(settings, Politeness(attempts=9, backoff_s=0.01, give_up_after=4)).fetch(SOURCE)

    def test_requests_do_not_depend_on_what_is_only_stated(
        self, ask, settings, unit_px, services
    ) -> None:
        kept: dict[Any, Any] = {}

        def remembered(request, *, service):
            if request not in kept:
                kept[request] = download(request, service=service)
            return kept[request]

        survey = ask(settings, download=remembered)
        first = survey.fetch(SOURCE)
        changed = settings | {"beam_arcsec": [50, 50, 0], "licence": "other"}
        second = ask(changed, download=remembered).fetch(SOURCE | {"morphology": "NAT"})
        assert read(second).beam_deg[0] * 3600 == pytest.approx(50)
        np.testing.assert_array_equal(read(first).data, read(second).data)
        assert len(services.asked(step="image")) == 1
        assert first.date == second.date


class TestSkyView:
    def test_the_form_is_asked_for_once(self, ask, services) -> None:
        survey = ask(FIRST)
        for dec in (10.0, 20.0, 30.0):
            survey.fetch(SOURCE | {"dec_deg": dec})
        assert [len(services.asked(step=step)) for step in ("form", "query", "image")] == [1, 3, 3]

    def test_an_empty_list_may_pass(self, ask, services) -> None:
        services.fail("empty_list", times=2)
        assert ask(FIRST).fetch(SOURCE).attempts == 3
        services.fail("empty_list", times=9)
        with pytest.raises(ServiceError, match="it lists no image"):
            ask(FIRST).fetch(SOURCE)

    def test_an_image_that_does_not_come_whole_is_made_again(self, ask, services) -> None:
        services.fail("half_file", where="/tempspace", times=2)
        ask(FIRST).fetch(SOURCE)
        assert [len(services.asked(step=step)) for step in ("query", "image")] == [3, 3]

    def test_a_query_that_is_not_found_is_not_an_empty_sky(self, ask, services) -> None:
        services.fail("not_found", where="runquery")
        with pytest.raises(ServiceError, match=r"SkyView failed \(HTTP 404\)"):
            ask(FIRST).fetch(SOURCE)

    def test_a_form_that_is_an_error_page_may_pass(self, ask, services) -> None:
        services.fail("html", where="query.pl")
        ask(FIRST).fetch(SOURCE)

    def test_a_wrong_address_is_not_taken_for_an_empty_sky(self, ask, services) -> None:
        address = f"{services.address}/elsewhere"
        with pytest.raises(WrongAddressError, match=r"no query form at .*/elsewhere: mend"):
            ask(FIRST, services={"skyview": [address]}).fetch(SOURCE)

    def test_beam_follows_the_declination(self, ask) -> None:
        cutout = read(ask(FIRST).fetch(SOURCE | {"dec_deg": -5.0}))
        assert cutout.beam_deg[0] * 3600 == pytest.approx(6.8)


class TestHiPS2FITS:
    def test_a_mirror_steps_in(self, make_services, services, ask) -> None:
        services.fail("unavailable", times=99)
        mirror = make_services()
        addresses = {"hips2fits": [services.hips2fits_url, mirror.hips2fits_url]}
        survey = ask(NVSS, services=addresses)
        assert survey.fetch(SOURCE).attempts == 2
        assert survey.fetch(SOURCE | {"dec_deg": 30.0}).attempts == 1
        assert len(mirror.asked()) == 2

    def test_a_refusal_without_a_reason_is_one_of_this_source(self, ask, services) -> None:
        services.fail("not_found")
        with pytest.raises(ServiceError, match=r"hips2fits failed \(HTTP 404\)"):
            ask(NVSS).fetch(SOURCE)


@pytest.mark.parametrize(
    ("settings", "complaint"),
    [
        ({"service": "hips"}, "service 'hips' is unknown"),
        (FIRST | {"size": 150}, "unknown setting size; choose from beam_arcsec, frequency_hz"),
        ({"service": "skyview", "survey": "NVSS"}, "missing .* required"),
        (FIRST | {"beam_arcsec": [5.4]}, "beam_arcsec is"),
        (NVSS, "service hips2fits has no address"),
    ],
)
def test_mistaken_settings_are_named(settings, complaint) -> None:
    services = {"skyview": ["http://127.0.0.1:1/"], "hips2fits": []}
    with pytest.raises(InputError, match=complaint):
        open_survey("mine", settings, seed=0, services=services)
