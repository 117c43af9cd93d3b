"""Processing: settings before work, findings with their failures, pictures with north up."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest
import yaml
from astropy.io import fits
from PIL import Image

from bentjets.errors import InputError
from bentjets.pipelines.processing import create_pipeline, nodes
from bentjets.radio.cutouts import fits_bytes, read_image
from bentjets.radio.finding import GAUSSIAN_UNITS

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


@pytest.fixture
def processing(project) -> dict:
    text = (project / "conf" / "base" / "parameters_processing.yml").read_text()
    return yaml.safe_load(text)["processing"]


@pytest.fixture
def cutouts(cutout) -> dict:
    """Return the file of a good cutout and of one that PyBDSF refuses."""
    bad = fits.PrimaryHDU(np.zeros_like(cutout.data), cutout.header)
    return {"good": Stored(cutout.to_hdu()), "bad": Stored(bad)}


def as_loaders(partitions: dict) -> dict:
    return {key: lambda value=value: value for key, value in partitions.items()}


def gather(stream) -> list[dict]:
    """Do what the runner does with the stream of a node: join the partitions of each output."""
    joined: list[dict] = []
    for chunk in stream:
        joined = joined or [{} for _ in chunk]
        for whole, part in zip(joined, chunk, strict=True):
            whole.update(part)
    return joined


def test_settings_are_for_the_sources_with_a_cutout(processing) -> None:
    overrides = pd.DataFrame([("bad", 2.5, None, 3)], columns=OVERRIDE_COLUMNS)
    table = nodes.choose_settings(LOG, overrides, processing)
    expected = pd.DataFrame([("good", 3.0, 5.0, 0), ("bad", 2.5, 5.0, 3)], columns=OVERRIDE_COLUMNS)
    pd.testing.assert_frame_equal(table, expected)


@pytest.mark.parametrize(
    ("row", "complaint"),
    [
        (("lots", 3, 5, 1), "lots is not a source of the catalogue"),
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
    stream = nodes.find_islands(settings, CATALOGUE, cutouts, processing)
    backgrounds, masks, findings = gather(stream)
    assert list(backgrounds) == list(masks) == ["good"]
    mask = read_image(masks["good"])
    assert mask.header["DILATION"] == 2
    assert mask.data[75, 75] == 1
    with fits.open(io.BytesIO(backgrounds["good"])) as hdus:
        rms_jy_beam = float(np.median(hdus["RMS"].data))
    assert rms_jy_beam == pytest.approx(1.5e-4, rel=0.5)

    written = json.loads(json.dumps(findings))  # the catalog keeps them as JSON
    gaussians, dropped, log = nodes.collect_findings(settings, as_loaders(written))
    assert list(gaussians) == ["source_id", *GAUSSIAN_UNITS]
    assert gaussians.attrs["units"] == GAUSSIAN_UNITS
    assert set(gaussians["source_id"]) == {"good"}
    assert dropped.empty
    assert log["source_id"].tolist() == ["good", "bad"]
    good, bad = log.to_dict("records")
    assert (good["status"], good["dilation"], good["gaussians"]) == ("ok", 2, len(gaussians))
    assert good["islands"] == gaussians["island"].nunique()
    assert good["rms_jy_beam"] == pytest.approx(rms_jy_beam)
    assert bad["status"] == "failed"
    assert bad["reason"].startswith("PyBDSF cannot process this image")


def test_a_truncated_cutout_is_a_row_of_the_log(processing, cutouts) -> None:
    whole = cutouts["good"].read()
    cutouts["bad"] = type("Truncated", (), {"read": lambda _: whole[: len(whole) // 2]})()
    settings = nodes.choose_settings(LOG, NO_OVERRIDES, processing)
    *_, findings = gather(nodes.find_islands(settings, CATALOGUE, cutouts, processing))
    assert findings["good"]["log"]["status"] == "ok"
    assert findings["bad"]["log"]["status"] == "failed"
    assert "truncated" in findings["bad"]["log"]["reason"]


def test_masks_only_leaves_the_number_of_gaussians_open(processing, cutouts) -> None:
    processing |= {"masks_only": True}
    settings = nodes.choose_settings(LOG, NO_OVERRIDES, processing)
    _, masks, findings = gather(nodes.find_islands(settings, CATALOGUE, cutouts, processing))
    assert read_image(masks["good"]).data[75, 75] == 1
    gaussians, _, log = nodes.collect_findings(settings, as_loaders(findings))
    assert gaussians.empty
    assert log["gaussians"].isna().all()


def test_neighbours_left_out_are_listed(processing, cutout) -> None:
    y, x = np.mgrid[:150, :150]
    far = 5e-3 * np.exp(-((x - 20) ** 2 + (y - 130) ** 2) / (2 * 2.0**2))
    stored = Stored(fits.PrimaryHDU((cutout.data + far).astype(np.float32), cutout.header))
    processing |= {"link_arcsec": 30.0}
    settings = nodes.choose_settings(LOG.iloc[:1], NO_OVERRIDES, processing)
    stream = nodes.find_islands(settings, CATALOGUE, {"good": stored}, processing)
    _, masks, findings = gather(stream)
    mask = read_image(masks["good"])
    assert (mask.data[75, 75], mask.data[130, 20], mask.header["NDROPPED"]) == (1, 0, 1)
    _, dropped, log = nodes.collect_findings(settings, as_loaders(findings))
    (row,) = dropped.to_dict("records")
    assert row["source_id"] == "good"
    assert row["separation_arcsec"] == pytest.approx(1.8 * np.hypot(55, 55), rel=0.1)
    assert log["islands_dropped"].tolist() == [1]


def test_without_one_result_the_run_ends_with_the_first_reason(processing) -> None:
    settings = nodes.choose_settings(LOG, NO_OVERRIDES, processing)
    log = {"status": "failed", "reason": "all dark"}
    record = {"log": log, "gaussians": [], "dropped": []}
    with pytest.raises(InputError, match="none of the 2 cutouts can be processed: all dark"):
        nodes.collect_findings(settings, {"good": lambda: record, "bad": lambda: record})


def test_a_sky_without_gaussians_keeps_their_columns(processing) -> None:
    settings = nodes.choose_settings(LOG, NO_OVERRIDES, processing)
    log = {"status": "ok", "reason": "", "islands": 0}
    record = {"log": log, "gaussians": [], "dropped": []}
    gaussians, *_ = nodes.collect_findings(settings, dict.fromkeys(["good", "bad"], lambda: record))
    assert (len(gaussians), list(gaussians)) == (0, ["source_id", *GAUSSIAN_UNITS])


def test_pictures_have_north_up_and_the_mask_applied() -> None:
    data = np.arange(6.0, dtype=np.float32).reshape(3, 2)  # FITS: the first row is the southernmost
    mask = np.array([[0, 0], [0, 0], [1, 0]], dtype=np.uint8)
    log = pd.DataFrame({"source_id": ["good", "bad"], "status": ["ok", "failed"]})
    pictures = gather(
        nodes.render_images(
            log, {"good": Stored(fits.PrimaryHDU(data))}, {"good": Stored(fits.PrimaryHDU(mask))}
        )
    )
    assert [list(part) for part in pictures] == [["good"]] * 3
    image, island, masked = (np.asarray(Image.open(io.BytesIO(part["good"]))) for part in pictures)
    assert image.tolist() == [[204, 255], [102, 153], [0, 51]]
    assert island.tolist() == [[255, 0], [0, 0], [0, 0]]
    assert masked.tolist() == [[204, 0], [0, 0], [0, 0]]
    assert {part.dtype for part in (image, island, masked)} == {np.dtype(np.uint8)}


def test_wiring() -> None:
    pipeline = create_pipeline()
    assert [node.name for node in pipeline.nodes] == [
        "choose_settings", "find_islands", "collect_findings", "render_images",
    ]  # fmt: skip
    assert pipeline.inputs() == {
        "acquisition_log", "catalogue", "overrides", "cutouts", "params:processing",
    }  # fmt: skip
    assert pipeline.all_outputs() == {
        "finding_settings", "background", "masks", "findings", "gaussians", "dropped_islands",
        "processing_log", "images", "mask_images", "masked_images",
    }  # fmt: skip
