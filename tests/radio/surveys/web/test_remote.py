from __future__ import annotations

import contextlib
import re
from datetime import UTC, datetime

import numpy as np
import pandas as pd
import pytest
from astropy.io import fits

from bentjets.errors import ServiceError
from bentjets.radio.cutouts import celestial_wcs
from bentjets.radio.surveys import OutsideFootprintError, UnknownSurveyError
from bentjets.transport import Politeness, ServiceDownError
from surveys import FIRST, LOTSS, SOURCE, read


@pytest.mark.parametrize(
    ("settings", "unit_px"), [(FIRST, 1.8), (LOTSS, 15.0)], ids=["skyview", "hips2fits"]
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
        self, ask, settings, unit_px, services, tmp_path
    ) -> None:
        survey = ask(settings, downloads=tmp_path)
        first = survey.fetch(SOURCE)
        changed = settings | {"beam_arcsec": [50, 50, 0], "licence": "other"}
        second = ask(changed, downloads=tmp_path).fetch(SOURCE | {"morphology": "NAT"})
        assert read(second).beam_deg[0] * 3600 == pytest.approx(50)
        np.testing.assert_array_equal(read(first).data, read(second).data)
        assert len(services.asked(step="image")) == 1
        assert first.date == second.date

    def test_what_the_service_gave_is_kept_as_a_readable_file(
        self, ask, settings, unit_px, services, tmp_path
    ) -> None:
        fetched = ask(settings, downloads=tmp_path).fetch(SOURCE)
        (file,) = (tmp_path / "mine").glob("*.fits")
        assert re.fullmatch(r"J1\+1_[0-9a-f]{8}\.fits", file.name)
        side = settings["size_px"]
        with fits.open(file) as hdus:
            assert hdus[0].data.shape == (side, side)
            assert "SURVEY" not in hdus[0].header  # as it came, not as we write it
        (row,) = pd.read_csv(tmp_path / "mine" / "downloads.csv").to_dict("records")
        assert row["file"] == file.name
        assert row["request"].startswith(f"{settings['service']}: {settings['survey']}, RA 150.0")
        assert (row["date"], row["attempts"]) == (fetched.date, 1)

    def test_what_is_kept_costs_what_it_cost_and_asks_nothing(
        self, ask, settings, unit_px, services, tmp_path
    ) -> None:
        services.fail("unavailable", where="fits")
        first = ask(settings, downloads=tmp_path).fetch(SOURCE)
        asked = len(services.asked())
        again = ask(settings, downloads=tmp_path).fetch(SOURCE)
        assert again == first
        assert again.attempts == 2
        assert len(services.asked()) == asked

    def test_a_damaged_file_is_asked_for_again(
        self, ask, settings, unit_px, services, tmp_path, caplog
    ) -> None:
        first = ask(settings, downloads=tmp_path).fetch(SOURCE)
        (file,) = (tmp_path / "mine").glob("*.fits")
        for damage in (lambda content: content[:5000], lambda content: b"\0" * len(content)):
            file.write_bytes(damage(file.read_bytes()))
            again = ask(settings, downloads=tmp_path).fetch(SOURCE)
            np.testing.assert_array_equal(read(first).data, read(again).data)
        assert len(services.asked(step="image")) == 3
        assert caplog.messages == [f"{file} is damaged, or was changed: asked for again"] * 2

    def test_two_catalogues_with_a_source_of_one_name_do_not_meet(
        self, ask, settings, unit_px, services, tmp_path
    ) -> None:
        here, there = SOURCE, SOURCE | {"ra_deg": 150.0000001}
        first = read(ask(settings, downloads=tmp_path).fetch(here))
        read(ask(settings, downloads=tmp_path).fetch(there))
        assert len(services.asked(step="image")) == 2
        assert len(list((tmp_path / "mine").glob("J1+1_*.fits"))) == 2
        again = read(ask(settings, downloads=tmp_path).fetch(here))
        np.testing.assert_array_equal(first.data, again.data)

    def test_what_failed_is_not_kept_and_what_is_blank_is(
        self, ask, settings, unit_px, services, tmp_path
    ) -> None:
        services.fail("not_found", where="fits")
        with pytest.raises((ServiceError, OutsideFootprintError)):
            ask(settings, downloads=tmp_path).fetch(SOURCE)
        assert list(tmp_path.rglob("*.*")) == []
        services.fail("all_nan", times=9)
        for _ in range(2):
            with pytest.raises(OutsideFootprintError, match="has no data there") as caught:
                ask(settings, downloads=tmp_path).fetch(SOURCE)
        assert len(services.asked(step="image")) == 2
        assert caught.value.record["date"] < datetime.now(UTC).isoformat()

    def test_what_the_file_did_not_say_is_told(self, ask, settings, unit_px) -> None:
        assert "beam" in ask(settings).fetch(SOURCE).assumed

    def test_without_a_folder_nothing_is_kept(
        self, ask, settings, unit_px, services, tmp_path, monkeypatch
    ) -> None:
        monkeypatch.chdir(tmp_path)
        for _ in range(2):
            ask(settings).fetch(SOURCE)
        assert len(services.asked(step="image")) == 2
        assert list(tmp_path.iterdir()) == []


def test_a_service_that_has_lost_its_images_is_down(ask, services) -> None:
    """It says that it has not observed one place after the other, also where it gave one before."""
    survey = ask(FIRST)
    survey.fetch(SOURCE)
    services.footprint = lambda ra, dec, survey: False
    with pytest.raises(ServiceDownError, match=r"failed 20 times in a row \(last: SkyView has no"):
        for number in range(30):
            with contextlib.suppress(OutsideFootprintError):
                survey.fetch(SOURCE | {"dec_deg": float(number)})


def test_places_outside_alone_do_not_make_a_service_down(ask, services) -> None:
    survey = ask(FIRST)
    services.footprint = lambda ra, dec, survey: dec > 40
    for number in range(30):
        with pytest.raises(OutsideFootprintError):
            survey.fetch(SOURCE | {"dec_deg": float(number)})
    survey.fetch(SOURCE | {"dec_deg": 50.0})
    for number in range(30):
        with pytest.raises(OutsideFootprintError):
            survey.fetch(SOURCE | {"dec_deg": float(number)})


def test_a_closed_survey_asks_no_more(ask, services) -> None:
    survey = ask(FIRST)
    survey.close()
    with pytest.raises(ServiceDownError, match="the run is over"):
        survey.fetch(SOURCE)
    assert services.asked() == []
