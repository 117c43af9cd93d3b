"""Acquisition: small catalogues, one row of the log per source, published batches."""

from __future__ import annotations

import hashlib
import time

import numpy as np
import pandas as pd
import pytest
import yaml
from astropy.io import fits

from bentjets.engine import EngineSettings
from bentjets.errors import BentjetsError, EndOfRunError, InputError, ServiceError
from bentjets.parameters import AcquisitionSettings
from bentjets.pipelines.acquisition import create_pipeline, nodes
from bentjets.radio.cutouts import Cutout
from bentjets.transport import Politeness, PoliteSession

CLASSES = {"WAT": "100", "NAT": "200"}


@pytest.fixture
def acquisition(project) -> dict:
    """Return the shipped parameters, for four sources on a small simulated sky."""
    text = (project / "conf" / "base" / "parameters_acquisition.yml").read_text()
    parameters = yaml.safe_load(text)["acquisition"]
    parameters["catalogues"]["simulated"]["n_sources"] = 4
    parameters["surveys"]["simulated"] |= {"size_px": 48, "frequency_hz": 1.4e9}
    return parameters


@pytest.fixture
def folder(acquisition, cutout, tmp_path) -> dict:
    """Return parameters for a folder that holds a good file, a blank one and a damaged one."""
    cutout.to_hdu().writeto(tmp_path / "good.fits")
    blank = fits.PrimaryHDU(np.full_like(cutout.data, np.nan), cutout.header)
    blank.writeto(tmp_path / "blank.fits")
    (tmp_path / "damaged.fits").write_bytes(b"SIMPLE  = no")
    acquisition["max_failed_fraction"] = 0.5
    acquisition["survey"] = "folder"
    acquisition["surveys"]["folder"]["path"] = str(tmp_path)
    return acquisition


def make_catalogue(*names: str) -> pd.DataFrame:
    table = pd.DataFrame({"source_id": names, "name": names})
    return table.assign(ra_deg=150.0, dec_deg=20.0, morphology="WAT")


ONE = EngineSettings(n_jobs=1)


def read(acquisition: dict) -> AcquisitionSettings:
    """Do what Kedro does with the parameters, whose numbers YAML may have left as text."""
    for survey in acquisition["surveys"].values():
        if survey.get("frequency_hz") is not None:
            survey["frequency_hz"] = float(survey["frequency_hz"])
    return AcquisitionSettings.model_validate(acquisition)


def fetch(catalogue: pd.DataFrame, acquisition: dict, engine: EngineSettings = ONE):
    """Do what the runner does: gather the partitions of a stream, and hand them on as loaders."""
    cutouts, records = {}, {}
    for some_cutouts, some_records in nodes.fetch_cutouts(catalogue, read(acquisition), 1, engine):
        cutouts |= {key: file.content for key, file in some_cutouts.items()}
        records |= {key: lambda part=dict(part): part for key, part in some_records.items()}
    return cutouts, records


def acquire(
    catalogue: pd.DataFrame, acquisition: dict, engine: EngineSettings = ONE
) -> tuple[dict, pd.DataFrame]:
    cutouts, records = fetch(catalogue, acquisition, engine)
    (log,) = nodes.collect_acquisition_log(catalogue, records, read(acquisition))
    return cutouts, log


def test_simulated_sky_gives_every_source_and_the_same_one_again(acquisition) -> None:
    catalogue, oddities = nodes.load_catalogue(read(acquisition), CLASSES, 7, ONE)
    assert oddities.empty
    assert len(catalogue) == 4
    assert set(catalogue["morphology"]) <= set(CLASSES)
    cutouts, log = acquire(catalogue, acquisition)
    assert list(cutouts) == list(catalogue["source_id"])
    assert list(log) == nodes.LOG_COLUMNS
    assert set(log["status"]) == {"fetched"}
    again, same_log = acquire(catalogue, acquisition)
    pd.testing.assert_frame_equal(log, same_log)
    assert cutouts == again


def test_log_has_the_checksum_of_the_file(folder) -> None:
    cutouts, log = acquire(make_catalogue("good"), folder)
    assert log["sha256"].tolist() == [hashlib.sha256(cutouts["good"]).hexdigest()]


def test_failures_become_rows_of_the_log(folder) -> None:
    cutouts, log = acquire(make_catalogue("absent", "good", "damaged", "blank"), folder)
    assert list(cutouts) == ["good"]
    assert log["source_id"].tolist() == ["absent", "good", "damaged", "blank"]
    assert log["status"].tolist() == ["missing", "fetched", "failed", "failed"]
    absent, good, damaged, blank = log["reason"]
    assert "no file called after the source" in absent
    assert good == ""
    assert "damaged.fits is not a readable FITS file" in damaged
    assert "all NaN" in blank
    assert (log["sha256"] != "").tolist() == [False, True, False, False]


def test_without_one_cutout_the_run_ends_with_the_first_reason(folder) -> None:
    with pytest.raises(InputError, match="none of the 2 sources has a cutout: no file"):
        acquire(make_catalogue("absent", "blank"), folder)


def test_too_many_failures_end_the_run_but_not_before_the_log_is_out(folder) -> None:
    catalogue = make_catalogue("absent", "good", "damaged", "blank")
    folder["max_failed_fraction"] = 0.4
    _, records = fetch(catalogue, folder)
    collected = nodes.collect_acquisition_log(catalogue, records, read(folder))
    assert len(next(collected)) == 4
    with pytest.raises(ServiceError, match=r"2 of 4 sources failed.*\.fits.*run the same"):
        next(collected)


@pytest.fixture
def remote(acquisition, services) -> dict:
    """Return parameters for FIRST from a stand-in for SkyView."""
    acquisition["survey"] = "first"
    acquisition["surveys"]["first"]["frequency_hz"] = 1.4e9
    acquisition["services"]["skyview"] = [services.skyview_url]
    acquisition["requests"] |= {"per_second": 1000, "backoff_s": 0.01, "attempts": 3}
    return acquisition


@pytest.fixture
def kept(tmp_path) -> EngineSettings:
    """Settings of an engine that keeps what services gave."""
    return EngineSettings(n_jobs=1, cache=tmp_path / "cache")


def make_places(count: int) -> pd.DataFrame:
    names = [f"J{number}" for number in range(count)]
    return make_catalogue(*names).assign(dec_deg=np.linspace(-10, 50, count))


class TestRemote:
    """A public service, here a stand-in."""

    def test_what_was_fetched_is_not_asked_for_again(self, remote, kept, services) -> None:
        first, log = acquire(make_places(6), remote, kept)
        assert set(log["status"]) == {"fetched"}
        assert (log["seconds"] > 0).all()
        asked = len(services.asked())
        again, same_log = acquire(make_places(6), remote, kept)
        assert len(services.asked()) == asked
        assert set(same_log["status"]) == {"cached"}
        assert same_log["attempts"].tolist() == [0] * 6
        assert same_log["sha256"].tolist() == log["sha256"].tolist()
        assert first == again

    def test_a_catalogue_of_vizier_is_not_asked_for_again(
        self, remote, kept, services, monkeypatch
    ) -> None:
        session = PoliteSession("VizieR", Politeness())
        services.carry_https(session)
        monkeypatch.setattr(nodes, "PoliteSession", lambda *_: session)
        rows = {"Name": ["J1", "J2"], "RAJ2000": [10.0, 20.0], "DEJ2000": 30.0, "Type": "WAT"}
        services.add_table("J/ApJS/259/31/table2", pd.DataFrame(rows))
        remote |= {"catalogue": "sasmal2022"}
        remote["services"]["vizier"] = services.host
        first, _ = nodes.load_catalogue(read(remote), CLASSES, 1, kept)
        services.close()
        again, _ = nodes.load_catalogue(read(remote), CLASSES, 1, kept)
        pd.testing.assert_frame_equal(first, again)

    def test_every_source_has_its_row(self, remote, kept, services) -> None:
        places = make_places(6)
        services.name_sources(places["source_id"], places["ra_deg"], places["dec_deg"])
        services.fail("truncate", source="J1", where="/tempspace")
        services.fail("server_error", source="J2", times=99)
        services.fail("not_found", source="J3", where="/tempspace", times=99)
        services.fail("all_nan", source="J4", times=99)
        remote["max_failed_fraction"] = 0.2
        cutouts, log = acquire(places, remote, kept)
        log = log.set_index("source_id")
        assert log["status"].to_dict() == {
            "J0": "fetched", "J1": "fetched", "J2": "failed",
            "J3": "outside footprint", "J4": "outside footprint", "J5": "fetched",
        }  # fmt: skip
        assert log["attempts"].to_dict() == {"J0": 1, "J1": 2, "J2": 3, "J3": 1, "J4": 1, "J5": 1}
        assert log.loc["J2", "reason"].startswith("SkyView failed, 3 times (HTTP 500)")
        assert log.loc["J3", "reason"] == "SkyView has no image there (HTTP 404)"
        assert log.loc["J4", "reason"] == "VLA FIRST (1.4 GHz) has no data there"
        assert list(cutouts) == ["J0", "J1", "J5"]
        assert not services.asked_again()

    def test_known_gaps_are_not_asked_for_again_but_failures_are(
        self, remote, kept, services
    ) -> None:
        places = make_places(3)
        services.name_sources(places["source_id"], places["ra_deg"], places["dec_deg"])
        services.fail("all_nan", source="J0", times=99)
        services.fail("server_error", source="J1", times=3)
        remote["max_failed_fraction"] = 0.5
        acquire(places, remote, kept)
        asked = len(services.asked())
        _, log = acquire(places, remote, kept)
        assert log["status"].tolist() == ["outside footprint", "fetched", "cached"]
        assert log["attempts"].tolist() == [0, 1, 0]
        assert {request.source for request in services.asked()[asked:]} == {"", "J1"}

    @pytest.mark.parametrize("works_at_first", [True, False])
    def test_a_service_that_is_down_is_left_alone_and_ends_the_run(
        self, remote, kept, services, works_at_first
    ) -> None:
        works = {("J0", 1)} if works_at_first else set()
        services.plan = lambda request: (
            "unavailable"
            if request.step == "image" and (request.source, request.attempt) not in works
            else None
        )
        places = make_places(700)
        services.name_sources(places["source_id"], places["ra_deg"], places["dec_deg"])
        remote["max_failed_fraction"] = 1.0  # which is about single sources
        with pytest.raises(BentjetsError, match="SkyView failed") as caught:
            acquire(places, remote, kept)
        if works_at_first:
            assert "of 700 sources are missing: SkyView failed 20 times in a row" in str(
                caught.value
            )
            assert "run the same command again" in str(caught.value)
        assert len(services.asked(step="image")) < 60

    def test_sources_that_always_fail_do_not_stop_a_run_that_resumes(
        self, remote, kept, services
    ) -> None:
        places = make_places(100)
        services.name_sources(places["source_id"], places["ra_deg"], places["dec_deg"])
        hopeless = set(places["source_id"][::12])
        services.plan = lambda request: "server_error" if request.source in hopeless else None
        for _ in range(2):
            _, log = acquire(places, remote, kept)
            assert set(log.loc[log["status"] == "failed", "source_id"]) == hopeless

    @pytest.mark.parametrize("name", ["first", "nvss", "vlass", "lotss", "racs"])
    def test_every_declared_survey_gives_cutouts(self, remote, kept, services, name) -> None:
        remote["survey"] = name
        remote["services"]["hips2fits"] = [services.hips2fits_url]
        settings = remote["surveys"][name]
        settings["frequency_hz"] = float(settings["frequency_hz"])  # as Kedro reads it
        cutouts, log = acquire(make_places(2), remote, kept)
        assert log["status"].tolist() == ["fetched", "fetched"]
        cutout = Cutout.from_bytes(cutouts["J0"])
        assert cutout.pixel_scale_arcsec == pytest.approx(settings["pixel_scale_arcsec"], rel=1e-3)
        assert cutout.header["LICENCE"].split() == settings["licence"].split()

    def test_a_run_that_ends_leaves_the_service_alone(self, remote, kept, services) -> None:
        remote["requests"]["per_second"] = 20
        stream = nodes.fetch_cutouts(make_places(700), read(remote), 1, kept)
        next(stream)
        stream.close()
        asked = len(services.asked())
        time.sleep(0.5)
        assert len(services.asked()) <= asked + remote["requests"]["in_flight"]

    def test_an_unknown_survey_ends_the_run_at_once(self, remote, kept, services) -> None:
        remote["surveys"]["first"]["survey"] = "FIRTS"
        with pytest.raises(EndOfRunError, match="no survey 'FIRTS'"):
            acquire(make_places(700), remote, kept)
        assert len(services.asked()) == 1


def test_a_share_without_a_source_is_no_fault(folder) -> None:
    _, log = acquire(make_catalogue(), folder)
    assert log.empty


def test_local_files_are_read_anew_and_not_taken_from_the_cache(
    folder, cutout, tmp_path, kept
) -> None:
    _, before = acquire(make_catalogue("good"), folder, kept)
    changed = fits.PrimaryHDU(cutout.data * 2, cutout.header)
    changed.writeto(tmp_path / "good.fits", overwrite=True)
    _, after = acquire(make_catalogue("good"), folder, kept)
    assert before["sha256"].item() != after["sha256"].item()


def test_what_is_assumed_of_files_that_do_not_say_it_is_told(
    folder, cutout, tmp_path, caplog
) -> None:
    plain = cutout.to_hdu()
    for card in ("BMAJ", "BMIN", "BPA", "BEAMFROM"):
        plain.header.remove(card, ignore_missing=True)
    plain.writeto(tmp_path / "plain.fits")
    acquire(make_catalogue("plain", "absent", "good"), folder)
    assert "beam of the survey's settings assumed for 1 of 2 images" in caplog.text
    assert "frequency" not in caplog.text


def test_a_source_that_no_record_tells_of_is_a_row_of_the_log(folder) -> None:
    _, records = fetch(make_catalogue("good"), folder)
    with pytest.raises(ServiceError, match="1 of 2 sources are missing"):
        list(nodes.collect_acquisition_log(make_catalogue("good", "lost"), records, read(folder)))


def test_wiring() -> None:
    pipeline = create_pipeline()
    assert [node.name for node in pipeline.nodes] == [
        "load_catalogue", "fetch_cutouts", "collect_acquisition_log",
    ]  # fmt: skip
    assert pipeline.inputs() == {
        "params:acquisition", "params:classes", "params:seed", "params:engine",
    }  # fmt: skip
    assert pipeline.all_outputs() == {
        "catalogue", "catalogue_oddities", "cutouts", "acquisition_records", "acquisition_log",
    }  # fmt: skip
