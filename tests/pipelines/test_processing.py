"""Processing: settings before work, findings with their failures, pictures with north up."""

from __future__ import annotations

import gzip
import io
import json
import tracemalloc
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest
from astropy.io import fits
from PIL import Image

from bentjets.engine import EngineSettings
from bentjets.errors import InputError
from bentjets.pipelines.processing import create_pipeline, fitting, nodes
from bentjets.radio.cutouts import fits_bytes, read_image
from bentjets.radio.finding import GAUSSIAN_UNITS, FindingSettings

OVERRIDE_COLUMNS = ["source_id", "threshold_island", "threshold_pixel", "dilation"]
NO_OVERRIDES = pd.DataFrame(columns=OVERRIDE_COLUMNS)
LOG = pd.DataFrame({"source_id": ["good", "lost", "bad"], "sha256": ["ab", "", "cd"]})


CATALOGUE = pd.DataFrame(
    {"source_id": ["good", "lost", "bad"], "ra_deg": [150.0] * 3, "dec_deg": [20.0] * 3}
)


@dataclass
class Stored:
    """A file of a source, as the catalog gives it to a node."""

    hdus: fits.PrimaryHDU

    def read(self) -> bytes:
        return fits_bytes(self.hdus)


@dataclass
class Content:
    """The bytes of a file of a source."""

    content: bytes

    def read(self) -> bytes:
        return self.content


@pytest.fixture
def processing() -> FindingSettings:
    return FindingSettings()


@pytest.fixture
def cutouts(cutout) -> dict:
    """Return the file of a good cutout and of one that PyBDSF refuses."""
    bad = fits.PrimaryHDU(np.zeros_like(cutout.data), cutout.header)
    return {"good": Stored(cutout.to_hdu()), "bad": Stored(bad)}


def gather(stream) -> list[dict]:
    """Do what the runner does with the stream of a node: join the partitions of each output."""
    joined: list[dict] = []
    for chunk in stream:
        joined = joined or [{} for _ in chunk]
        for whole, part in zip(joined, chunk, strict=True):
            whole.update(part)
    return joined


@dataclass
class Run:
    """What the steps from the fit to the log gave."""

    settings: pd.DataFrame
    background: dict
    islands: dict
    masks: dict
    images: dict
    masked: dict
    mask_pictures: dict
    gaussians: pd.DataFrame
    dropped: pd.DataFrame
    log: pd.DataFrame


def run(
    cutouts: dict,
    processing: FindingSettings,
    engine: EngineSettings,
    *,
    overrides: pd.DataFrame = NO_OVERRIDES,
    log: pd.DataFrame = LOG,
    lose=lambda files: None,
) -> Run:
    """Do what the runner does with the steps; `lose` may take away files of masks."""
    settings = nodes.choose_settings(log, overrides, processing, engine)
    background, islands, findings = gather(nodes.fit_sources(settings, cutouts, processing, engine))
    findings = as_records(findings)
    masks, mask_records = gather(
        nodes.make_masks(settings, CATALOGUE, as_files(islands), findings, processing, engine)
    )
    stored = as_files(masks)
    lose(stored)
    images, image_records = gather(nodes.draw_images(settings, cutouts, stored, {}, engine))
    pictures, masked, masked_records = gather(nodes.mask_images(as_files(images), stored, engine))
    records = [as_records(one) for one in (mask_records, image_records, masked_records)]
    tables = (
        *nodes.collect_findings(findings, records[0]),
        nodes.log_processing(settings, findings, *records),
    )
    return Run(settings, background, islands, masks, images, masked, pictures, *tables)


def as_files(partitions: dict) -> dict:
    """Return what the catalog gives of saved FITS files: read, they are gunzipped."""
    return {key: Content(gunzip(file.content)) for key, file in partitions.items()}


def gunzip(content: bytes) -> bytes:
    return gzip.decompress(content) if content.startswith(b"\x1f\x8b") else content


def as_records(parts: dict) -> dict:
    """Return what the catalog gives of saved records: the catalog keeps them as JSON."""
    return {key: lambda part=part: json.loads(json.dumps(part)) for key, part in parts.items()}


def test_settings_are_for_the_sources_with_a_cutout(processing, one_process) -> None:
    overrides = pd.DataFrame([("bad", 2.5, None, 3)], columns=OVERRIDE_COLUMNS)
    table = nodes.choose_settings(LOG, overrides, processing, one_process)
    expected = pd.DataFrame([("good", 3.0, 5.0, 0), ("bad", 2.5, 5.0, 3)], columns=OVERRIDE_COLUMNS)
    pd.testing.assert_frame_equal(table, expected)


@pytest.mark.parametrize(
    ("row", "complaint"),
    [
        (("lots", 3, 5, 1), "lots is not a source of the catalogue"),
        (("good", 9, 5, 1), "good: threshold_island 9"),
    ],
)
def test_bad_overrides_are_refused_before_any_work(row, complaint, processing, one_process) -> None:
    overrides = pd.DataFrame([row], columns=OVERRIDE_COLUMNS)
    with pytest.raises(InputError, match=complaint):
        nodes.choose_settings(LOG, overrides, processing, one_process)


def test_findings_of_good_and_bad_cutouts(processing, cutouts, one_process) -> None:
    overrides = pd.DataFrame([("good", None, None, 2)], columns=OVERRIDE_COLUMNS)
    made = run(cutouts, processing, one_process, overrides=overrides)
    folders = (made.background, made.islands, made.masks, made.images, made.masked)
    assert [list(folder) for folder in folders] == [["good"]] * 5
    mask = read_image(made.masks["good"].content)
    assert mask.header["DILATION"] == 2
    assert mask.data[75, 75] == 1
    islands = read_image(gunzip(made.islands["good"].content))
    assert (islands.data.dtype.name, islands.data.min()) == ("int16", -1)
    assert mask.data[islands.data >= 0].all()
    with fits.open(io.BytesIO(gunzip(made.background["good"].content))) as hdus:
        rms_jy_beam = float(np.median(hdus["RMS"].data))
    assert rms_jy_beam == pytest.approx(1.5e-4, rel=0.5)
    assert list(made.gaussians) == ["source_id", *GAUSSIAN_UNITS]
    assert made.gaussians.attrs["units"] == GAUSSIAN_UNITS
    assert set(made.gaussians["source_id"]) == {"good"}
    assert made.dropped.empty
    assert made.log["source_id"].tolist() == ["good", "bad"]
    good, bad = made.log.to_dict("records")
    assert (good["status"], good["dilation"], good["gaussians"]) == ("ok", 2, len(made.gaussians))
    assert good["islands"] == made.gaussians["island"].nunique()
    assert good["rms_jy_beam"] == pytest.approx(rms_jy_beam)
    assert good["rotation_deg"] == pytest.approx(0, abs=1e-6)
    assert bad["status"] == "failed"
    assert bad["reason"].startswith("PyBDSF cannot process this image")


def test_a_constant_background_and_its_islands_take_hardly_any_room(
    processing, cutouts, one_process
) -> None:
    made = run(cutouts, processing, one_process)
    assert len(made.background["good"].content) < 4096
    assert len(made.islands["good"].content) < 4096


def test_a_truncated_cutout_is_a_row_of_the_log(processing, cutouts, one_process) -> None:
    whole = cutouts["good"].read()
    cutouts["bad"] = Content(whole[: len(whole) // 2])
    log = run(cutouts, processing, one_process).log.set_index("source_id")
    assert log["status"].to_dict() == {"good": "ok", "bad": "failed"}
    assert "truncated" in log.loc["bad", "reason"]


@pytest.fixture
def two_good(cutouts) -> dict:
    return {"good": cutouts["good"], "bad": cutouts["good"]}


@pytest.mark.parametrize(
    ("lose", "reason"),
    [
        (lambda masks: masks["bad"].__setattr__("content", masks["bad"].content[:4000]), "truncat"),
        (lambda masks: masks.pop("bad"), "run the pipeline again"),
    ],
)
def test_a_source_that_fails_when_it_is_drawn_is_a_row_of_the_log(
    processing, two_good, one_process, lose, reason
) -> None:
    made = run(two_good, processing, one_process, lose=lose)
    assert list(made.masked) == ["good"]
    log = made.log.set_index("source_id")
    assert log["status"].to_dict() == {"good": "ok", "bad": "failed"}
    assert reason in log.loc["bad", "reason"]


def test_masks_only_leaves_the_number_of_gaussians_open(processing, cutouts, one_process) -> None:
    made = run(cutouts, processing.model_copy(update={"masks_only": True}), one_process)
    assert read_image(made.masks["good"].content).data[75, 75] == 1
    assert made.gaussians.empty
    assert made.log["gaussians"].isna().all()


def test_neighbours_left_out_are_listed(processing, cutout, one_process) -> None:
    y, x = np.mgrid[:150, :150]
    far = 5e-3 * np.exp(-((x - 20) ** 2 + (y - 130) ** 2) / (2 * 2.0**2))
    stored = Stored(fits.PrimaryHDU((cutout.data + far).astype(np.float32), cutout.header))
    linked = processing.model_copy(update={"link_arcsec": 30.0})
    made = run({"good": stored}, linked, one_process, log=LOG.iloc[:1])
    mask = read_image(made.masks["good"].content)
    assert (mask.data[75, 75], mask.data[130, 20], mask.header["NDROPPED"]) == (1, 0, 1)
    (row,) = made.dropped.to_dict("records")
    assert row["source_id"] == "good"
    assert row["separation_arcsec"] == pytest.approx(1.8 * np.hypot(55, 55), rel=0.1)
    assert made.log["islands_dropped"].tolist() == [1]
    whole = run({"good": stored}, processing, one_process, log=LOG.iloc[:1])
    assert len(whole.gaussians) == len(made.gaussians) + row["gaussians"]
    assert made.log["gaussians"].tolist() == [len(made.gaussians)]
    assert row["island"] not in set(made.gaussians["island"])


def test_an_order_that_has_changed_since_the_fit_loses_no_source(
    processing, cutouts, one_process
) -> None:
    two = {"good": cutouts["good"], "bad": cutouts["good"]}
    settings = nodes.choose_settings(LOG, NO_OVERRIDES, processing, one_process)
    _, islands, findings = gather(nodes.fit_sources(settings, two, processing, one_process))
    linked = processing.model_copy(update={"link_arcsec": 30.0})
    turned = settings.iloc[::-1]
    masks, _ = gather(
        nodes.make_masks(
            turned, CATALOGUE, as_files(islands), as_records(findings), linked, one_process
        )
    )
    assert sorted(masks) == ["bad", "good"]


@pytest.mark.parametrize("change", [{"dilation": 3}, {"link_arcsec": 30.0}])
def test_what_concerns_the_mask_alone_fits_nothing_again(
    processing, cutouts, tmp_path, monkeypatch, change
) -> None:
    fits_made = []
    fit_source = fitting.fit_source

    def count(cutout, settings):
        fits_made.append(settings)
        return fit_source(cutout, settings)

    monkeypatch.setattr(fitting, "fit_source", count)
    engine = EngineSettings(n_jobs=1, cache=tmp_path)
    good = {"good": cutouts["good"]}
    before = run(good, processing, engine, log=LOG.iloc[:1])
    assert len(fits_made) == 1
    after = run(good, processing.model_copy(update=change), engine, log=LOG.iloc[:1])
    assert len(fits_made) == 1
    assert after.masks["good"].content != before.masks["good"].content
    run(good, processing.model_copy(update={"threshold_pixel": 6.0}), engine, log=LOG.iloc[:1])
    assert len(fits_made) == 2


def test_without_one_result_the_run_ends_with_the_first_reason(processing, one_process) -> None:
    settings = nodes.choose_settings(LOG, NO_OVERRIDES, processing, one_process)
    failed = {"status": "failed", "reason": "all dark"}
    findings = {"part-00000": lambda: {"good": failed, "bad": failed}}
    with pytest.raises(InputError, match="none of the 2 cutouts can be processed: all dark"):
        nodes.log_processing(settings, findings, {}, {}, {})


def test_the_log_names_the_first_step_that_failed(processing, one_process) -> None:
    names = ["fine", "unfitted", "unmasked", "undrawn", "lost"]
    log = pd.DataFrame({"source_id": names, "sha256": "f00"})
    settings = nodes.choose_settings(log, NO_OVERRIDES, processing, one_process)
    ok, found = {"status": "ok", "reason": ""}, {"gaussians": 5, "mean_jy_beam": 0.0}
    fit = {**ok, "log": {**found, "rms_jy_beam": 1e-4}, "gaussians": [{"island": 0}] * 5}
    mask = {**ok, "islands": 2, "dropped": [{"island": 1, "gaussians": 2}]}
    failed = {"status": "failed"}
    fits = {**dict.fromkeys(names, fit), "unfitted": {**failed, "reason": "no fit"}}
    masks = {name: mask for name in names if name != "unfitted"}
    masks["unmasked"] = {**failed, "reason": "no mask"}
    images = {name: {**ok, "rotation_deg": 0.5} for name in ("fine", "lost")}
    images["undrawn"] = {**failed, "reason": "no image"}
    steps = (fits, masks, images, {"fine": ok})
    told = nodes.log_processing(settings, *({"part": lambda one=one: one} for one in steps))
    told = told.set_index("source_id")
    assert told["reason"].to_dict() == {
        "fine": "",
        "unfitted": "no fit",
        "unmasked": "no mask",
        "undrawn": "no image",
        "lost": "it was not processed: run the pipeline again",
    }
    assert told["status"].eq("ok").tolist() == [True, False, False, False, False]
    assert told.loc["fine", ["islands", "islands_dropped", "gaussians"]].tolist() == [2, 1, 3]
    assert told["islands_dropped"].astype(object).where(told["islands_dropped"].notna(), None)[
        ["unfitted", "unmasked", "lost"]
    ].tolist() == [None, 0, 1]
    assert told["rotation_deg"].fillna(-1).tolist() == [0.5, -1, -1, -1, 0.5]


def test_the_log_of_many_sources_takes_little_memory(processing, one_process) -> None:
    parts, size = 50, 64
    names = [f"S{number:06d}" for number in range(parts * size)]
    log = pd.DataFrame({"source_id": names, "sha256": "f00"})
    settings = nodes.choose_settings(log, NO_OVERRIDES, processing, one_process)

    def records(part: int, told: dict) -> dict:
        content = {"status": "ok", "reason": "", **told}
        own = names[part * size : (part + 1) * size]
        return json.loads(json.dumps(dict.fromkeys(own, content)))

    background = {"mean_jy_beam": 0.0, "rms_jy_beam": 1e-4}
    steps = [
        {f"{part:05d}": lambda part=part, told=told: records(part, told) for part in range(parts)}
        for told in (
            {"log": {"gaussians": 1, **background}, "gaussians": [{"island": 0}]},
            {"islands": 1, "dropped": []},
            {"rotation_deg": 0.0},
            {},
        )
    ]
    nodes.log_processing(settings, *steps)
    tracemalloc.start()
    made = nodes.log_processing(settings, *steps)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert made["status"].eq("ok").all()
    assert peak / len(names) < 1000


def test_a_sky_without_gaussians_keeps_their_columns(processing, cutout, one_process) -> None:
    rng = np.random.default_rng(2)
    noise = fits.PrimaryHDU(
        rng.normal(0, 1.5e-4, cutout.data.shape).astype(np.float32), cutout.header
    )
    strict = processing.model_copy(update={"threshold_pixel": 20.0})
    made = run({"good": Stored(noise)}, strict, one_process, log=LOG.iloc[:1])
    assert (len(made.gaussians), list(made.gaussians)) == (0, ["source_id", *GAUSSIAN_UNITS])
    assert (made.log["status"].item(), made.log["islands"].item()) == ("ok", 0)
    assert made.log["gaussians"].item() == 0


def test_an_empty_share_yields_once(processing, one_process) -> None:
    settings = nodes.choose_settings(LOG.iloc[:0], NO_OVERRIDES, processing, one_process)
    outputs = next(nodes.fit_sources(settings, {}, processing, one_process))
    assert [len(folder) for folder in outputs] == [0, 0, 1]
    gaussians, dropped = nodes.collect_findings({}, {})
    log = nodes.log_processing(settings, {}, {}, {}, {})
    assert gaussians.empty
    assert dropped.empty
    assert log.empty


def test_pictures_have_north_up_and_the_mask_applied(sky_header, one_process) -> None:
    data = np.arange(6.0, dtype=np.float32).reshape(3, 2)  # FITS: the first row is the southernmost
    mask = np.array([[0, 0], [0, 0], [1, 0]], dtype=np.uint8)
    settings = pd.DataFrame([("good", 3.0, 5.0, 0)], columns=OVERRIDE_COLUMNS)
    masks = {"good": Stored(fits.PrimaryHDU(mask, sky_header))}
    cutouts = {"good": Stored(fits.PrimaryHDU(data, sky_header))}
    images, _ = gather(nodes.draw_images(settings, cutouts, masks, {}, one_process))
    island, masked, _ = gather(nodes.mask_images(as_files(images), masks, one_process))
    pictures = [
        np.asarray(Image.open(io.BytesIO(part["good"].content)))
        for part in (images, island, masked)
    ]
    assert pictures[0].tolist() == [[204, 255], [102, 153], [0, 51]]
    assert pictures[1].tolist() == [[255, 0], [0, 0], [0, 0]]
    assert pictures[2].tolist() == [[204, 0], [0, 0], [0, 0]]
    assert {part.dtype for part in pictures} == {np.dtype(np.uint8)}


def test_images_that_cannot_be_upright_are_told(
    processing, cutout, sky_header, one_process, caplog
) -> None:
    header = sky_header.copy()
    header["CROTA2"] = 30.0
    turned = Stored(fits.PrimaryHDU(cutout.data, header))
    made = run({"good": turned}, processing, one_process, log=LOG.iloc[:1])
    assert abs(made.log["rotation_deg"].item()) == pytest.approx(30, abs=0.1)
    assert "1 images have north more than 1 deg from up" in caplog.text


def test_wiring() -> None:
    pipeline = create_pipeline()
    assert {node.name for node in pipeline.nodes} == {
        "choose_settings", "fit_sources", "make_masks", "draw_images", "mask_images",
        "collect_findings", "log_processing",
    }  # fmt: skip
    assert pipeline.inputs() == {
        "acquisition_log", "catalogue", "overrides", "cutouts", "earlier_images",
        "params:processing", "params:engine",
    }  # fmt: skip
    assert pipeline.all_outputs() == {
        "finding_settings", "background", "islands", "masks", "findings", "gaussians",
        "dropped_islands", "processing_log", "images", "mask_images", "masked_images",
        "mask_records", "image_records", "masked_image_records",
    }  # fmt: skip
