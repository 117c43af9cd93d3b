"""The stand-in of the public services, through the clients that ask the true ones."""

from __future__ import annotations

import io

import numpy as np
import pandas as pd
import pytest
import requests
from astropy import units as u
from astropy.coordinates import Angle, Latitude, Longitude, SkyCoord
from astropy.io import fits
from astropy.wcs import WCS

from services import Services, Streamed

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
