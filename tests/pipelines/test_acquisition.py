"""Acquisition: small catalogues, one row of the log per source, published batches."""

from __future__ import annotations

import hashlib

import numpy as np
import pandas as pd
import pytest
import yaml
from astropy.io import fits

from bentjets import engine
from bentjets.errors import InputError
from bentjets.learning.batches import pack_batch
from bentjets.pipelines.acquisition import create_pipeline, create_published_pipeline, nodes

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
    acquisition["survey"] = "folder"
    acquisition["surveys"]["folder"]["path"] = str(tmp_path)
    return acquisition


def make_catalogue(*names: str) -> pd.DataFrame:
    table = pd.DataFrame({"source_id": names, "name": names})
    return table.assign(ra_deg=150.0, dec_deg=20.0, morphology="WAT")


def acquire(catalogue: pd.DataFrame, acquisition: dict) -> tuple[dict, pd.DataFrame]:
    """Do what the runner does: gather the partitions of a stream, and hand them on as loaders."""
    cutouts, records = {}, {}
    for some_cutouts, some_records in nodes.fetch_cutouts(catalogue, acquisition, 1):
        cutouts |= some_cutouts
        records |= {key: lambda record=record: record for key, record in some_records.items()}
    return cutouts, nodes.collect_acquisition_log(catalogue, records)


def test_simulated_sky_gives_every_source_and_the_same_one_again(acquisition) -> None:
    catalogue = nodes.load_catalogue(acquisition, CLASSES, 7)
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


def test_local_files_are_read_anew_and_not_taken_from_the_cache(folder, cutout, tmp_path) -> None:
    engine.configure(engine.EngineSettings(n_jobs=1, cache=tmp_path / "cache"))
    _, before = acquire(make_catalogue("good"), folder)
    changed = fits.PrimaryHDU(cutout.data * 2, cutout.header)
    changed.writeto(tmp_path / "good.fits", overwrite=True)
    _, after = acquire(make_catalogue("good"), folder)
    assert before["sha256"].item() != after["sha256"].item()


@pytest.mark.parametrize("kind", ["catalogue", "survey"])
def test_unknown_choices_are_refused_with_the_known_ones(kind, acquisition) -> None:
    acquisition[kind] = "hubble"
    with pytest.raises(InputError, match=f"{kind} 'hubble' is unknown: choose from simulated"):
        if kind == "catalogue":
            nodes.load_catalogue(acquisition, CLASSES, 1)
        else:
            next(nodes.fetch_cutouts(make_catalogue("good"), acquisition, 1))


def test_published_batches_are_adopted_with_a_manifest() -> None:
    images = np.zeros((2, 4, 4), dtype=np.uint8)
    published = {
        "data_batch_0": pack_batch(images, ["100", "200"], ["J1", "J2"], "first"),
        "test_batch": pack_batch(images[:1], ["200"], ["J3"], "test"),
        "batches.meta": {"labels": ["WAT", "NAT"]},
    }
    loaders = {name: lambda batch=batch: batch for name, batch in published.items()}
    batches, manifest = nodes.adopt_batches(loaders, CLASSES)
    assert batches == published
    assert manifest["source_id"].tolist() == ["J1", "J2", "J3"]
    assert manifest["split"].tolist() == ["train", "train", "test"]


def test_wiring() -> None:
    pipeline = create_pipeline()
    assert [node.name for node in pipeline.nodes] == [
        "load_catalogue", "fetch_cutouts", "collect_acquisition_log",
    ]  # fmt: skip
    assert pipeline.inputs() == {"params:acquisition", "params:classes", "params:seed"}
    assert pipeline.all_outputs() == {
        "catalogue", "cutouts", "acquisition_records", "acquisition_log",
    }  # fmt: skip


def test_wiring_for_published_batches() -> None:
    pipeline = create_published_pipeline()
    assert [node.name for node in pipeline.nodes] == ["download_batches", "adopt_batches"]
    # The second name of the same files: written as bytes, read as batches.
    assert pipeline.all_outputs() == {"published@bytes", "batches", "manifest"}
    assert "published@batches" in pipeline.all_inputs()
