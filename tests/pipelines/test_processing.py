"""Processing: settings before work, findings with their failures, pictures with north up."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
import yaml
from astropy.io import fits

from bentjets.errors import InputError
from bentjets.pipelines.processing import create_pipeline, nodes
from bentjets.radio.source_finding import GAUSSIAN_UNITS

OVERRIDE_COLUMNS = ["source_id", "threshold_island", "threshold_pixel", "dilation"]
NO_OVERRIDES = pd.DataFrame(columns=OVERRIDE_COLUMNS)
LOG = pd.DataFrame(
    {"source_id": ["good", "lost", "bad"], "status": ["fetched", "missing", "fetched"]}
)


@pytest.fixture
def processing(project) -> dict:
    text = (project / "conf" / "base" / "parameters_processing.yml").read_text()
    return yaml.safe_load(text)["processing"]


@pytest.fixture
def cutouts(cutout) -> dict:
    """Return loaders of a good cutout and of one that PyBDSF refuses."""
    bad = fits.PrimaryHDU(np.zeros_like(cutout.data), cutout.header)
    return {"good": cutout.to_hdu, "bad": lambda: bad}


def as_loaders(partitions: dict) -> dict:
    return {key: lambda value=value: value for key, value in partitions.items()}


def gather(stream) -> list[dict]:
    """Do what the runner does with the stream of a node: join the partitions of each output."""
    chunks = list(stream)
    return [
        {k: v for part in parts for k, v in part.items()} for parts in zip(*chunks, strict=True)
    ]


def test_settings_are_for_the_sources_with_a_cutout(processing) -> None:
    overrides = pd.DataFrame([("bad", 2.5, None, 3)], columns=OVERRIDE_COLUMNS)
    table = nodes.choose_settings(LOG, overrides, processing)
    expected = pd.DataFrame([("good", 3.0, 5.0, 0), ("bad", 2.5, 5.0, 3)], columns=OVERRIDE_COLUMNS)
    pd.testing.assert_frame_equal(table, expected)


@pytest.mark.parametrize(
    ("row", "complaint"),
    [
        (("lost", 3, 5, 1), "lost is not a source with a cutout"),
        (("good", 9, 5, 1), "good: threshold_island 9"),
    ],
)
def test_bad_overrides_are_refused_before_any_work(row, complaint, processing) -> None:
    overrides = pd.DataFrame([row], columns=OVERRIDE_COLUMNS)
    with pytest.raises(InputError, match=complaint):
        nodes.choose_settings(LOG, overrides, processing)


def test_findings_of_good_and_bad_cutouts(processing, cutouts) -> None:
    overrides = pd.DataFrame([("good", None, None, 2)], columns=OVERRIDE_COLUMNS)
    settings = nodes.choose_settings(LOG, overrides, processing)
    backgrounds, masks, findings = gather(nodes.find_islands(settings, cutouts))
    assert list(backgrounds) == list(masks) == ["good"]
    assert masks["good"].header["DILATION"] == 2
    assert masks["good"].data[75, 75] == 1
    rms_jy_beam = float(np.median(backgrounds["good"]["RMS"].data))
    assert rms_jy_beam == pytest.approx(1.5e-4, rel=0.5)

    written = json.loads(json.dumps(findings))  # the catalog keeps them as JSON
    gaussians, log = nodes.collect_findings(settings, as_loaders(written))
    assert list(gaussians) == ["source_id", *GAUSSIAN_UNITS]
    assert set(gaussians["source_id"]) == {"good"}
    assert log["source_id"].tolist() == ["good", "bad"]
    good, bad = log.to_dict("records")
    assert (good["status"], good["dilation"], good["gaussians"]) == ("ok", 2, len(gaussians))
    assert good["islands"] == gaussians["island"].nunique()
    assert good["rms_jy_beam"] == pytest.approx(rms_jy_beam)
    assert bad["status"] == "failed"
    assert bad["reason"].startswith("PyBDSF cannot process this image")


def test_without_one_result_the_run_ends_with_the_first_reason(processing) -> None:
    settings = nodes.choose_settings(LOG, NO_OVERRIDES, processing)
    record = {"log": {"status": "failed", "reason": "all dark"}, "gaussians": []}
    with pytest.raises(InputError, match="none of the 2 cutouts can be processed: all dark"):
        nodes.collect_findings(settings, {"good": lambda: record, "bad": lambda: record})


def test_a_sky_without_gaussians_keeps_their_columns(processing) -> None:
    settings = nodes.choose_settings(LOG, NO_OVERRIDES, processing)
    record = {"log": {"status": "ok", "reason": "", "islands": 0}, "gaussians": []}
    gaussians, _ = nodes.collect_findings(settings, dict.fromkeys(["good", "bad"], lambda: record))
    assert (len(gaussians), list(gaussians)) == (0, ["source_id", *GAUSSIAN_UNITS])


def test_pictures_have_north_up_and_the_mask_applied() -> None:
    data = np.arange(6.0, dtype=np.float32).reshape(3, 2)  # FITS: the first row is the southernmost
    mask = np.array([[0, 0], [0, 0], [1, 0]], dtype=np.uint8)
    log = pd.DataFrame({"source_id": ["good", "bad"], "status": ["ok", "failed"]})
    pictures = gather(
        nodes.render_images(
            log, {"good": lambda: fits.PrimaryHDU(data)}, {"good": lambda: fits.PrimaryHDU(mask)}
        )
    )
    assert [list(part) for part in pictures] == [["good"]] * 3
    image, island, masked = (part["good"] for part in pictures)
    assert image.tolist() == [[204, 255], [102, 153], [0, 51]]
    assert island.tolist() == [[255, 0], [0, 0], [0, 0]]
    assert masked.tolist() == [[204, 0], [0, 0], [0, 0]]
    assert {part.dtype for part in (image, island, masked)} == {np.dtype(np.uint8)}


def test_wiring() -> None:
    pipeline = create_pipeline()
    assert [node.name for node in pipeline.nodes] == [
        "choose_settings", "find_islands", "collect_findings", "render_images",
    ]  # fmt: skip
    assert pipeline.inputs() == {"acquisition_log", "overrides", "cutouts", "params:processing"}
    assert pipeline.all_outputs() == {
        "finding_settings", "background", "masks", "findings", "gaussians", "processing_log",
        "images", "mask_images", "masked_images",
    }  # fmt: skip
