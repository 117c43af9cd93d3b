"""The stand-in of the public services, told to fail, and what it tells of its requests."""

from __future__ import annotations

import io
import threading
import time
from contextlib import suppress

import numpy as np
import pytest
import requests
from astropy import units as u
from astropy.coordinates import SkyCoord
from astropy.io import fits

from services import FAULTS, Flaky, Services

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


def ask_in_vain(address: str) -> None:
    with suppress(requests.RequestException):
        requests.get(address, timeout=20)


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
