"""The stand-in of the public services, through the clients that ask the true ones."""

from __future__ import annotations

import io
import threading
import time
from contextlib import suppress

import numpy as np
import pandas as pd
import pytest
import requests
from astropy import units as u
from astropy.coordinates import Angle, Latitude, Longitude, SkyCoord
from astropy.io import fits
from astropy.wcs import WCS

from services import FAULTS, Flaky, Services, Streamed

FIRST = "VLA FIRST (1.4 GHz)"
HERE = (150.0, 20.0)


@pytest.fixture(autouse=True)
def _without_cache():
    """Let astroquery ask, rather than remember what it was told at another test's address."""
    from astroquery import cache_conf

    with cache_conf.set_temp("cache_active", False):
        yield


@pytest.fixture
def skyview(services: Services, monkeypatch: pytest.MonkeyPatch):
    from astroquery.skyview import SkyViewClass

    monkeypatch.setattr(SkyViewClass, "URL", services.skyview_url)
    return SkyViewClass()


def list_images(skyview, position: tuple[float, float] = HERE, survey: str = FIRST) -> list[str]:
    side = 0.075 * u.deg
    where = SkyCoord(*position, unit="deg")
    return skyview.get_image_list(
        where, survey=survey, pixels=150, width=side, height=side, cache=False
    )


def ask(skyview, position: tuple[float, float] = HERE) -> requests.Response:
    return skyview._request("GET", list_images(skyview, position)[0], cache=False)


def query_hips(address: str, monkeypatch, hips: str = "CSIRO/P/RACS/low/I") -> fits.HDUList:
    from astroquery.hips2fits import hips2fitsClass

    monkeypatch.setattr(hips2fitsClass, "server", address)
    return hips2fitsClass().query(
        hips=hips,
        width=150,
        height=150,
        projection="TAN",
        ra=Longitude(HERE[0] * u.deg),
        dec=Latitude(HERE[1] * u.deg),
        fov=Angle(0.075 * u.deg),
        format="fits",
    )


def ask_in_vain(address: str) -> None:
    with suppress(requests.RequestException):
        requests.get(address, timeout=20)


def make_vizier(services: Services, **options):
    from astroquery.vizier import VizierClass

    vizier = VizierClass(vizier_server=services.host, columns=["**"], **options)
    services.carry_https(vizier._session)
    return vizier


class TestSkyView:
    def test_image_is_one_of_skyview(self, skyview, services) -> None:
        file = ask(skyview).content
        with fits.open(io.BytesIO(file)) as hdus:
            image, header = hdus[0].data, hdus[0].header
            centre = WCS(header).pixel_to_world(74.5, 74.5)
        assert image.shape == (150, 150)
        assert image.dtype == np.dtype(">f4")
        assert np.median(np.abs(image)) == pytest.approx(1e-4, rel=0.2)
        assert image[70:80, 70:80].max() > 4e-3
        assert header["CDELT2"] == pytest.approx(0.0005)
        assert header["RADESYS"] == "FK5"
        assert centre.separation(SkyCoord(*HERE, unit="deg")).arcsec < 1
        assert "HISTORY" in header
        assert "BMAJ" not in header
        assert b"\t" in file[: file.index(b"END     ")]
        assert [(request.step, request.status) for request in services.log] == [
            ("form", 200),
            ("form", 200),
            ("query", 200),
            ("image", 200),
        ]

    def test_the_sky_is_the_same_when_asked_again_and_another_elsewhere(self, skyview) -> None:
        assert ask(skyview).content == ask(skyview).content
        assert ask(skyview).content != ask(skyview, (151.0, 20.0)).content

    def test_the_generator_of_astroquery_reads_it(self, skyview) -> None:
        where = SkyCoord(*HERE, unit="deg")
        images = skyview.get_images(where, [FIRST, "NVSS"], cache=False, show_progress=False)
        assert [hdus[0].data.shape for hdus in images] == [(300, 300), (300, 300)]

    def test_only_its_surveys_are_known(self, skyview) -> None:
        assert FIRST in skyview.survey_dict["Radio"]
        with pytest.raises(ValueError, match="not among the surveys"):
            list_images(skyview, survey="FIRTS")

    @pytest.mark.parametrize("outside", ["not_found", "all_nan", "empty_list"])
    def test_outside_the_footprint(self, skyview, services, outside) -> None:
        services.footprint = lambda ra, dec, survey: dec > 0 or survey != FIRST
        services.outside = outside
        assert ask(skyview, (150.0, 1.0)).status_code == 200
        south = (150.0, -30.0)
        if outside == "empty_list":
            assert list_images(skyview, south) == []
            return
        response = ask(skyview, south)
        if outside == "not_found":
            assert response.status_code == 404
        else:
            assert np.isnan(fits.open(io.BytesIO(response.content))[0].data).all()

    def test_sources_have_the_names_of_the_catalogue(self, skyview, services) -> None:
        services.name_sources(["J1", "J2"], [150.0, 10.0], [20.0, 20.0])
        ask(skyview)
        ask(skyview, (200.0, -5.0))
        assert [request.source for request in services.asked("skyview", "image")] == [
            "J1",
            "200.000-5.000",
        ]


class TestHips2fits:
    def test_image_is_one_of_hips2fits(self, services, monkeypatch) -> None:
        hdu = query_hips(services.hips2fits_url, monkeypatch)[0]
        assert hdu.header["RADESYS"] == "ICRS"
        assert hdu.header["CTYPE1"] == "RA---TAN"
        assert hdu.header["CDELT2"] == pytest.approx(0.0005)
        assert "BUNIT" not in hdu.header
        assert np.isfinite(hdu.data).all()
        assert services.log[0].survey == "CSIRO/P/RACS/low/I"

    def test_unknown_hips_is_said(self, services, monkeypatch) -> None:
        with pytest.raises(AttributeError, match="No HiPS found"):
            query_hips(services.hips2fits_url, monkeypatch, hips="CDS/P/NONE")

    def test_outside_of_its_coverage_all_is_nan(self, services, monkeypatch) -> None:
        services.footprint = lambda ra, dec, survey: False
        assert np.isnan(query_hips(services.hips2fits_url, monkeypatch)[0].data).all()

    def test_mirrors_fail_apart(self, services, make_services, monkeypatch) -> None:
        mirror = make_services()
        services.fail("refuse")
        with pytest.raises(requests.ConnectionError):
            query_hips(services.hips2fits_url, monkeypatch)
        assert query_hips(mirror.hips2fits_url, monkeypatch)[0].data.shape == (150, 150)
        assert len(services.log) == len(mirror.log) == 1


class TestVizier:
    @pytest.fixture
    def table(self) -> pd.DataFrame:
        rows = np.arange(300)
        return pd.DataFrame(
            {
                "Name": [f"J{row:04d}<&>" for row in rows],
                "RAJ2000": ["09 53 00.1"] * 300,
                "_RA": rows + 0.5,
                "Nr": rows,
                "z": np.where(rows % 2, np.nan, 0.1),
            }
        )

    def test_table_comes_as_it_was_given(self, services, table) -> None:
        services.add_table("J/ApJS/259/31/table2", table, units={"_RA": "deg"})
        tables = make_vizier(services, row_limit=-1).get_catalogs("J/ApJS/259/31")
        assert tables.keys() == ["J/ApJS/259/31/table2"]
        assert tables[0]["_RA"].unit == u.deg
        found = tables[0].to_pandas()
        pd.testing.assert_frame_equal(found, table, check_dtype=False)
        assert services.log[0].path == "/viz-bin/votable"

    def test_fifty_rows_come_unless_more_are_asked_for(self, services, table) -> None:
        services.add_table("J/ApJS/259/31/table2", table)
        assert len(make_vizier(services).get_catalogs("J/ApJS/259/31")[0]) == 50

    @pytest.mark.parametrize("fault", [None, "empty_list"])
    def test_unknown_table_gives_none(self, services, table, fault) -> None:
        services.add_table("J/ApJS/259/31/table2", table)
        if fault:
            services.fail(fault)
        known = "J/ApJS/259/31" if fault else "J/ApJS/259/32"
        assert len(make_vizier(services).get_catalogs(known)) == 0


class TestArchive:
    def test_record_lists_its_files(self, services) -> None:
        address = services.add_record({"a b.zip": b"abc", "README": b""})
        listed = requests.get(address, timeout=5).json()["files"]
        assert [file["key"] for file in listed] == ["a b.zip", "README"]
        assert listed[0]["checksum"] == "md5:900150983cd24fb0d6963f7d28e17f72"
        assert listed[0]["size"] == 3
        assert requests.get(listed[0]["links"]["self"], timeout=5).content == b"abc"
        assert services.log[-1].source == "a b.zip"
        assert requests.get(address + "9", timeout=5).status_code == 404

    @pytest.mark.parametrize("chunked", [False, True])
    def test_huge_files_are_made_as_they_are_sent(self, services, chunked) -> None:
        services.add_record({"huge": Streamed(10 * 2**30, chunked=chunked)})
        address = f"{services.address}/api/records/1000001/files/huge/content"
        with requests.get(address, stream=True, timeout=5) as response:
            assert ("Content-Length" in response.headers) != chunked
            assert response.raw.read(2**20 + 1) == bytes(2**20 + 1)
        small = services.add_record({"small": Streamed(2**20 + 3, chunked=chunked)})
        address = f"{small}/files/small/content"
        assert requests.get(address, timeout=5).content == bytes(2**20 + 3)


class TestFaults:
    @pytest.fixture
    def address(self, services) -> str:
        services.add_record({"file": b"0123456789"})
        return f"{services.address}/api/records/1000001/files/file/content"

    def test_unknown_faults_are_refused(self, services) -> None:
        with pytest.raises(ValueError, match="no fault 'slow'"):
            services.fail("slow")

    @pytest.mark.parametrize(
        ("fault", "status"),
        [
            *(("html", 200), ("not_found", 404), ("too_many", 429)),
            *(("server_error", 500), ("unavailable", 503)),
        ],
    )
    def test_pages_of_errors(self, services, address, fault, status) -> None:
        services.fail(fault)
        response = requests.get(address, timeout=5)
        assert response.status_code == status
        assert response.content.startswith(b"<html>")
        assert response.headers.get("Retry-After") == ("1" if status == 429 else None)
        assert not services.log[0].delivered
        assert requests.get(address, timeout=5).content == b"0123456789"
        assert services.asked_again() == []

    def test_half_a_file_looks_whole(self, services, address) -> None:
        services.fail("half_file")
        assert requests.get(address, timeout=5).content == b"01234"
        assert services.log[0].complete
        assert not services.log[0].delivered

    def test_a_file_that_breaks_off(self, services, address) -> None:
        services.fail("truncate")
        with pytest.raises(requests.exceptions.ChunkedEncodingError):
            requests.get(address, timeout=5)
        assert not services.log[0].complete

    def test_an_answer_that_never_comes(self, services, address) -> None:
        services.fail("hang")
        with pytest.raises(requests.ReadTimeout):
            requests.get(address, timeout=0.05)
        assert requests.get(address, timeout=5).ok
        assert services.log[-1].in_flight == 1
        assert services.asked_again() == []

    def test_an_answer_that_comes_in_the_end(self, services, address) -> None:
        services.fail("hang")
        threading.Timer(0.1, services.release).start()
        assert requests.get(address, timeout=5).content == b"0123456789"
        assert services.log[0].delivered

    def test_an_answer_byte_by_byte(self, services, address) -> None:
        services.drip_s = 0.001
        services.fail("drip")
        with requests.get(address, stream=True, timeout=5) as response:
            assert len(response.raw.read1(100)) == 1
            assert response.raw.read() == b"123456789"
        assert services.log[0].delivered

    def test_what_hangs_or_drips_does_not_keep_the_server(self) -> None:
        with Services() as services:
            services.add_record({"file": b"0123456789"})
            address = f"{services.address}/api/records/1000001/files/file/content"
            services.drip_s = 60.0
            services.fail("hang")
            services.fail("drip")
            asking = [threading.Thread(target=ask_in_vain, args=(address,)) for _ in range(2)]
            for thread in asking:
                thread.start()
            while len(services.log) < 2:
                time.sleep(0.001)
            started = time.monotonic()
        for thread in asking:
            thread.join()
        assert time.monotonic() - started < 2

    def test_faults_are_those_of_a_place_a_source_and_a_number(self, skyview, services) -> None:
        services.fail("server_error", times=2, where="/tempspace", position=HERE)
        services.fail("not_found", where="/tempspace", source="10.000+20.000")
        statuses = [ask(skyview).status_code for _ in range(3)]
        assert statuses == [500, 500, 200]
        assert [ask(skyview, (10.0, 20.0)).status_code for _ in range(2)] == [404, 200]
        assert [request.attempt for request in services.asked("skyview", "image")] == [
            *(1, 2, 3),
            *(1, 2),
        ]

    def test_a_fault_waits_for_a_request_that_can_have_it(self, skyview, services) -> None:
        services.fail("all_nan")
        assert np.isnan(fits.open(io.BytesIO(ask(skyview).content))[0].data).all()
        services.fail("empty_list")
        assert list_images(skyview) == []
        assert list_images(skyview) != []

    def test_a_plan_fails_the_same_sources_in_any_order(self, skyview, services) -> None:
        plan = services.plan = Flaky(0.3, 0.1, passing=("server_error",), lasting=("not_found",))
        places = [(float(ra), 20.0) for ra in range(60)]
        names = [f"{ra:.3f}+20.000" for ra, _ in places]
        fates = {name: plan.fate(name) for name in names}
        assert 10 < sum(0 < times < 3 for _, times in fates.values()) < 26
        assert 1 < sum(times > 3 for _, times in fates.values()) < 14
        for place in reversed(places):
            for _ in range(3):
                try:
                    ask(skyview, place)
                except (requests.HTTPError, IndexError):
                    continue
        for name, (kind, times) in fates.items():
            faults = [request.fault for request in services.asked(source=name) if request.fault]
            assert faults == [kind] * int(min(times, 3)), name

    def test_every_fault_leaves_the_server_answering(self, skyview, services) -> None:
        services.drip_s = 0.001
        for fault in FAULTS:
            services.fail(fault)
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(requests.Session, "request", _impatient(requests.Session.request))
                with suppress(requests.RequestException, ValueError, IndexError, AttributeError):
                    ask(skyview)
            assert len(list_images(skyview)) == 1
        assert {request.fault for request in services.log} == {"", *FAULTS}


def _impatient(send):
    return lambda *args, **options: send(*args, **{**options, "timeout": 0.3})


class TestLog:
    def test_what_was_delivered_and_is_asked_for_again(self, skyview, services) -> None:
        services.fail("server_error", where="/tempspace")
        for place in (HERE, HERE, (10.0, 20.0)):
            ask(skyview, place)
        assert services.asked_again() == []
        ask(skyview)
        assert [request.source for request in services.asked_again()] == ["150.000+20.000"]

    def test_how_many_are_asked_for_at_a_time(self, services) -> None:
        services.fail("hang", times=3)
        asking = [
            threading.Thread(target=requests.get, args=(services.skyview_url,)) for _ in range(3)
        ]
        for thread in asking:
            thread.start()
        while len(services.asked()) < 3:
            time.sleep(0.001)
        services.release()
        for thread in asking:
            thread.join()
        assert services.most_in_flight() == 3
        with requests.Session() as session:
            for _ in range(20):
                session.get(services.skyview_url, timeout=5)
        assert {request.in_flight for request in services.log[3:]} == {1}

    def test_one_request_after_the_other_is_never_two_at_a_time(self, services) -> None:
        services.plan = Flaky(0.5, 0.0, passing=("refuse", "truncate", "half_file", "hang"))

        def ask_often(first: int) -> None:
            with requests.Session() as session:
                for ra in range(first, first + 40):
                    place = f"&width=9&height=9&fov=0.1&ra={ra}&dec=20"
                    with suppress(requests.RequestException):
                        session.get(
                            f"{services.hips2fits_url}?hips=CSIRO/P/RACS/low/I{place}", timeout=0.05
                        )

        asking = [threading.Thread(target=ask_often, args=(100 * first,)) for first in range(3)]
        for thread in asking:
            thread.start()
        for thread in asking:
            thread.join()
        assert len(services.log) == 120
        assert services.most_in_flight() == 3

    def test_how_many_are_asked_for_in_a_second(self, services) -> None:
        with requests.Session() as session:
            for _ in range(5):
                session.get(services.skyview_url, timeout=5)
        assert services.highest_rate(60.0) == pytest.approx(5 / 60)
        services.log[-1].started += 100
        assert services.highest_rate(60.0) == pytest.approx(4 / 60)
        assert services.highest_rate(1e-9) == pytest.approx(1e9)

    def test_it_is_quick_enough_to_test_the_pace_of_others(self, services) -> None:
        with requests.Session() as session:
            address = (
                f"{services.hips2fits_url}?hips=CSIRO/P/RACS/low/I&width=150&height=150&fov=0.075"
            )
            started = time.monotonic()
            for ra in range(100):
                assert len(session.get(f"{address}&ra={ra}&dec=20", timeout=5).content) > 90_000
        assert 100 / (time.monotonic() - started) > 100
