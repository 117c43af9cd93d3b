"""Curation: from quality to decisions, manifest, batches and release; Table 1 of the paper."""

from __future__ import annotations

import hashlib
import pickle

import numpy as np
import pandas as pd
import pytest
import yaml
from astropy.io import fits

from bentjets.files import EncodedFile
from bentjets.learning.data import unpack_batches
from bentjets.parameters import AcquisitionSettings
from bentjets.pipelines.curation import create_pipeline, nodes
from bentjets.radio.cutouts import fits_bytes
from bentjets.tables.curation import MORPHOLOGY, QUALITY
from curating import CLASSES, TABLE_1, Content, Curate, as_png, count_classes, make_catalogue
from voting import table, vote

IDS = [f"S{number}" for number in range(8)]


def make_manifest(catalogue: pd.DataFrame, curate: Curate, rejected: tuple[str, ...] = ()):
    """Build the manifest of a catalogue of which all but a few sources are good."""
    splits, _ = curate(catalogue, rejected)
    ids = catalogue[["source_id"]]
    log = ids.assign(status="ok", reason="", rms_jy_beam=1e-4)
    quality = ids.assign(accepted=True, reason="", snr=9.0, image_sha256="aa")
    quality.loc[ids["source_id"].isin(rejected), ["accepted", "reason"]] = [False, "too faint"]
    morphology = ids.assign(axis_ratio=0.5)
    decisions = nodes.decide_sources(quality, table(), curate.curation)
    return nodes.build_manifest(catalogue, log, quality, morphology, decisions, splits, CLASSES)


def test_table_1_of_made_up_sources(curate) -> None:
    rest = np.random.default_rng(3).permutation(["WAT"] * 385 + ["NAT"] * 253)
    manifest = make_manifest(make_catalogue(["NAT", *rest]), curate())
    assert count_classes(manifest) == TABLE_1
    assert (manifest["split"] == "test").sum() == 63
    assert (manifest.loc[manifest["split"] == "test", "batch"] == 9).all()


def test_manifest_tells_all_of_the_accepted_sources_alone(curate) -> None:
    catalogue = make_catalogue(["WAT", "NAT"] * 4)
    catalogue = catalogue.assign(batch="theirs", quality="theirs", group="")
    manifest = make_manifest(catalogue, curate(2), rejected=("S3", "S6"))
    assert manifest["source_id"].tolist() == ["S0", "S1", "S2", "S4", "S5", "S7"]
    assert list(manifest) == [
        "source_id", "name", "ra_deg", "dec_deg", "morphology", "label", "batch", "split", "group",
        "redshift", "catalogue_group", "reviewers", "snr", "image_sha256", "axis_ratio",
        "rms_jy_beam",
    ]  # fmt: skip
    assert (manifest["label"] == manifest["morphology"].map(CLASSES)).all()
    assert ((manifest["split"] == "test") == (manifest["batch"] == 1)).all()
    assert manifest["group"].tolist() == list(range(6))
    assert set(manifest["reviewers"]) == {"automatic"}


def test_manifest_keeps_apart_what_the_catalogue_says_and_what_was_found(curate) -> None:
    catalogue = make_catalogue(["WAT", "NAT"] * 4).assign(snr=3.0, rms_jy_beam=1.0)
    manifest = make_manifest(catalogue, curate(2))
    assert set(manifest["snr"]) == {9.0}
    assert set(manifest["catalogue_snr"]) == {3.0}
    assert (set(manifest["rms_jy_beam"]), set(manifest["catalogue_rms_jy_beam"])) == ({1e-4}, {1.0})


def test_experts_overrule_the_checks_where_they_decide(curation) -> None:
    review = curation.review.model_copy(update={"policy": "unanimous"})
    curation = curation.model_copy(update={"review": review})
    quality = pd.DataFrame({"source_id": ["S0", "S1"], "accepted": [False, True], "reason": ""})
    quality["image_sha256"] = ["aa", "bb"]
    votes = table(
        vote("S0", "ada", image_sha256="aa"),
        vote("S0", "bo", image_sha256="aa"),
        vote("S1", "ada", image_sha256="bb"),
        vote("S1", "bo", "reject", image_sha256="bb"),
    )
    decisions = nodes.decide_sources(quality, votes, curation)
    assert decisions["accepted"].tolist() == [True, False]
    agreement = nodes.weigh_experts(quality, votes, 0)
    assert agreement["percent_agreement"]["value"] == 0.5


def test_a_vote_on_another_image_counts_as_the_parameter_says(curation) -> None:
    quality = pd.DataFrame({"source_id": ["S0", "S1"], "accepted": True, "reason": ""})
    quality["image_sha256"] = ["new", "same"]
    votes = table(
        vote("S0", "ada", image_sha256="old"),
        vote("S0", "bo", image_sha256="new"),
        vote("S1", "ada", image_sha256="same"),
        vote("S1", "bo", image_sha256="same"),
    )
    for stale, accepted in (("ignore", [False, True]), ("count", [True, True])):
        review = curation.review.model_copy(update={"policy": "unanimous", "stale": stale})
        now = curation.model_copy(update={"review": review})
        assert nodes.decide_sources(quality, votes, now)["accepted"].tolist() == accepted


def test_processed_images_are_assessed_at_their_catalogue_position(
    cutout, curation, one_process
) -> None:
    catalogue = make_catalogue(["WAT", "NAT", "WAT"]).assign(rms_jy_beam=1.0, status="theirs")
    catalogue["ra_deg"] = 150.0
    catalogue.loc[1, "dec_deg"] += 60 / 3600
    log = catalogue[["source_id"]].assign(status=["ok", "ok", "failed"], rms_jy_beam=1.5e-4)
    mask = np.zeros(cutout.data.shape, dtype=np.uint8)
    mask[60:78, 56:95] = 1
    cutouts = dict.fromkeys(["S0", "S1"], Content(fits_bytes(cutout.to_hdu())))
    masks = dict.fromkeys(["S0", "S1"], Content(fits_bytes(fits.PrimaryHDU(mask))))
    masked = {"S0": Content(b"one"), "S1": Content(b"other")}
    quality, morphology = nodes.assess_images(
        catalogue, log, cutouts, masks, masked, curation, one_process
    )
    assert quality["image_sha256"].tolist() == [
        hashlib.sha256(content).hexdigest() for content in (b"one", b"other")
    ]
    assert quality["source_id"].tolist() == ["S0", "S1"]
    assert quality["accepted"].tolist() == [True, False]
    assert quality["reason"].str.partition(":")[0].tolist() == ["", "nearest island too far"]
    QUALITY.validate(quality)
    # Their cutouts are a minute of arc apart, and 270 arcsec wide.
    assert quality["flags"].tolist() == ["overlaps", "offset_arcsec;overlaps"]
    assert quality["nearest_source_arcsec"].tolist() == pytest.approx([60.0, 60.0])
    assert quality["overlaps"].tolist() == [1, 1]
    assert morphology["source_id"].tolist() == ["S0", "S1"]
    MORPHOLOGY.validate(morphology)
    assert morphology["opening_angle_deg"].equals(quality["opening_angle_deg"])
    first, other = morphology["axis_ratio"]
    assert 0 < first < 1
    # A minute of arc away is another source.
    assert np.isnan(other)


def test_a_source_whose_picture_is_missing_is_a_row_and_not_accepted(
    cutout, curation, one_process
) -> None:
    catalogue = make_catalogue(["WAT"])
    log = catalogue[["source_id"]].assign(status="ok", rms_jy_beam=1.5e-4)
    files = {"S0": Content(fits_bytes(cutout.to_hdu()))}
    quality, morphology = nodes.assess_images(
        catalogue, log, files, files, {}, curation, one_process
    )
    QUALITY.validate(quality)
    (row,) = quality.to_dict("records")
    assert (row["source_id"], row["accepted"]) == ("S0", False)
    assert row["reason"] == "no file of S0: run the steps before"
    assert morphology["source_id"].tolist() == ["S0"]
    assert morphology["angle_reason"].tolist() == [row["reason"]]
    assert morphology.drop(columns=["source_id", "angle_reason"]).isna().all(axis=None)


@pytest.fixture
def manifest(curate) -> pd.DataFrame:
    return make_manifest(make_catalogue(["WAT", "NAT"] * 4), curate(3))


@pytest.fixture
def pictures() -> dict[str, np.ndarray]:
    images = np.random.default_rng(1).integers(0, 256, (len(IDS), 6, 6), dtype=np.uint8)
    return dict(zip(IDS, images, strict=True))


def gather(stream) -> dict:
    """Do what the runner does with a stream: save each file before the next is made."""
    saved = {}
    for files in stream:
        for name, file in files.items():
            is_encoded = isinstance(file, EncodedFile)
            saved[name] = b"".join(file.pieces()) if is_encoded else file
    return saved


def test_batches_hold_the_pictures_in_fits_row_order(manifest, pictures) -> None:
    batches = gather(nodes.pack_batches(manifest, as_png(pictures), CLASSES))
    names = ["batches.meta", "data_batch_0", "data_batch_1", "test_batch"]
    assert sorted(batches) == names
    for number, name in enumerate(names[1:]):
        rows = manifest[manifest["batch"] == number]
        content = unpack_batches([pickle.loads(batches[name])], CLASSES)
        assert list(content.source_ids) == rows["source_id"].tolist()
        assert [list(CLASSES)[label] for label in content.labels] == rows["morphology"].tolist()
        for key, image in zip(content.source_ids, content.images, strict=True):
            np.testing.assert_array_equal(image, pictures[key][::-1])


def test_description_of_the_batches_fits_the_images(manifest, pictures) -> None:
    batches = gather(nodes.pack_batches(manifest, as_png(pictures), CLASSES))
    meta = batches["batches.meta"]
    assert (meta["labels"], meta["label_codes"]) == (["WAT", "NAT"], ["100", "200"])
    assert meta["num_vis"] == 36 == pickle.loads(batches["test_batch"])["data"].shape[1]


def test_release_is_under_the_terms_of_the_survey(project, curation) -> None:
    conf = yaml.safe_load((project / "conf/base/parameters_acquisition.yml").read_text())
    conf["acquisition"]["survey"] = "nvss"
    conf["acquisition"]["surveys"] = {
        "nvss": conf["acquisition"]["surveys"]["nvss"] | {"licence": "free"}
    }
    conf["acquisition"]["surveys"]["nvss"]["frequency_hz"] = 1.4e9  # which YAML takes for text
    acquisition = AcquisitionSettings.model_validate(conf["acquisition"])
    leaks = pd.DataFrame(
        {"kind": ["overlap", "overlap"], "other_batch": [3, curation.n_batches - 1]}
    )
    facts = nodes.state_release({"experts": []}, leaks, acquisition, curation, CLASSES)
    assert (facts["survey"], facts["licence"]) == ("nvss", "free")
    assert facts["is_simulated"] is False
    assert facts["leaks"] == {"overlap": 1}
    assert "Survey of the images: NVSS, Condon et al. 1998, AJ 115, 1693." in facts["citations"]


def test_what_is_left_out_is_listed_with_its_reason() -> None:
    catalogue = make_catalogue(["WAT", "NAT", "WAT"])
    quality = pd.DataFrame(
        {"source_id": ["S0", "S1"], "accepted": [True, False], "snr": [9.0, 2.0]}
    )
    quality = quality.assign(reason=["", "too faint"], image_sha256="")
    decisions = quality[["source_id", "accepted", "reason"]].assign(reviewers="automatic")
    rejected = nodes.list_rejected(catalogue, quality, decisions)
    assert rejected["source_id"].tolist() == ["S1", "S2"]
    assert rejected["reason"].tolist()[0] == "too faint"
    assert rejected["reason"].tolist()[1].startswith("no image was made of it")
    assert rejected["snr"].tolist()[0] == 2.0


def test_wiring() -> None:
    pipeline = create_pipeline()
    assert {node.name for node in pipeline.nodes} == {
        "assess_images", "decide_sources", "weigh_experts", "make_splits", "build_manifest",
        "pack_batches", "list_rejected", "state_release", "build_release",
    }  # fmt: skip
    assert pipeline.inputs() == {
        "catalogue", "processing_log", "cutouts", "masks", "images", "mask_images", "masked_images",
        "reviews",
        "params:acquisition", "params:classes", "params:curation", "params:engine", "params:seed",
    }  # fmt: skip
    assert pipeline.all_outputs() == {
        "quality", "morphology", "decisions", "agreement", "splits", "leaks", "manifest", "batches",
        "rejected", "release_facts", "release",
    }  # fmt: skip
    # People alone write the reviews.
    assert "reviews" not in pipeline.all_outputs()
