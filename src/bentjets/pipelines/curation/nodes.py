"""Steps of the curation pipeline (sections 3 and 4 of Hossain et al. 2025)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields
from typing import Any

import numpy as np
import pandas as pd

from bentjets.engine import SHORT_CALLS, EngineSettings, Failure, attempt, map_sources
from bentjets.files import OTHER, PARQUET, PICKLE, EncodedFile, StoredFile
from bentjets.learning.data import (
    assign_batches,
    label_codes,
    name_batch,
    pack_meta,
    stream_batch,
)
from bentjets.learning.release import package_release
from bentjets.parameters import AcquisitionSettings, CurationSettings
from bentjets.pipelines.curation.assessing import AssessingJob, assess_image
from bentjets.radio.imaging import flip_north_up, read_png
from bentjets.radio.measuring import Quality
from bentjets.review.consensus import automatic_votes, decide

_MADE_WITH = ("numpy", "scipy", "astropy")


Files = Mapping[str, StoredFile]


def assess_images(
    catalogue: pd.DataFrame,
    processing_log: pd.DataFrame,
    cutouts: Files,
    masks: Files,
    masked_images: Files,
    curation: CurationSettings,
    engine: EngineSettings,
) -> pd.DataFrame:
    """Check every processed image against the quality limits."""
    done = processing_log.loc[processing_log["status"] == "ok", ["source_id", "rms_jy_beam"]]
    # A catalogue may have columns of any name besides.
    processed = done.merge(catalogue[["source_id", "ra_deg", "dec_deg"]], on="source_id")

    def job(key: str, ra_deg: float, dec_deg: float, rms_jy_beam: float) -> AssessingJob:
        return AssessingJob(
            cutout=cutouts[key].read(),
            mask=masks[key].read(),
            masked_image=masked_images[key].read(),
            position_deg=(ra_deg, dec_deg),
            rms_jy_beam=rms_jy_beam,
            limits=curation.quality,
        )

    facts = processed[["source_id", "ra_deg", "dec_deg", "rms_jy_beam"]]
    results = map_sources(
        assess_image,
        ((row[0], attempt(job, *row)) for row in facts.itertuples(index=False, name=None)),
        engine=engine,
        total=len(processed),
        made_with=_MADE_WITH,
        together=SHORT_CALLS,
    )
    rows = [{"source_id": key, **_judgement(result)} for key, result in results]
    measures = [measure.name for measure in fields(Quality)]
    return pd.DataFrame(rows, columns=["source_id", *measures, "image_sha256"])


def vote_automatically(quality: pd.DataFrame) -> pd.DataFrame:
    """Enter the outcome of the checks into the reviews, beside the votes of experts."""
    return automatic_votes(quality, _images(quality))


def decide_sources(
    quality: pd.DataFrame, reviews: pd.DataFrame, curation: CurationSettings
) -> pd.DataFrame:
    """Accept or reject every source by the policy that the parameters set."""
    return decide(
        quality["source_id"],
        reviews,
        image_sha256=_images(quality),
        policy=curation.review.policy,
        min_reviewers=curation.review.min_reviewers,
    )


def build_manifest(
    catalogue: pd.DataFrame,
    processing_log: pd.DataFrame,
    quality: pd.DataFrame,
    decisions: pd.DataFrame,
    classes: Mapping[str, str],
    curation: CurationSettings,
) -> pd.DataFrame:
    """List the accepted sources: label, batch, and everything known of each of them."""
    accepted = decisions.loc[decisions["accepted"], ["source_id", "reviewers"]]
    found = accepted.merge(quality.drop(columns=["accepted", "reason"]), on="source_id")
    found = found.merge(processing_log.drop(columns=["status", "reason"]), on="source_id")
    manifest = catalogue.drop(columns=["label", "batch", "split", "quality"], errors="ignore")
    # What the catalogue says of a source is not what was found here.
    shared = {*manifest} & {*found} - {"source_id"}
    manifest = manifest.rename(columns={name: f"catalogue_{name}" for name in shared})
    manifest = manifest.merge(found, on="source_id")
    batch = assign_batches(manifest["morphology"].to_list(), curation.n_batches)
    manifest.insert(5, "label", manifest["morphology"].map(label_codes(classes)))
    manifest.insert(6, "batch", batch)
    manifest.insert(7, "split", np.where(batch == curation.n_batches - 1, "test", "train"))
    return manifest


def pack_batches(
    manifest: pd.DataFrame, masked_images: Files, classes: Mapping[str, str]
) -> Iterator[dict[str, Any]]:
    """Pack the masked images into batches in the published form, in FITS row order as there."""
    n_batches = int(manifest["batch"].max()) + 1
    height_px, width_px = read_png(masked_images[manifest["source_id"].iloc[0]].read()).shape
    yield {"batches.meta": pack_meta(classes, height_px)}
    for number, rows in manifest.groupby("batch"):
        name = name_batch(int(str(number)), n_batches)
        content = stream_batch(
            (flip_north_up(read_png(masked_images[key].read())) for key in rows["source_id"]),
            shape_px=(height_px, width_px),
            codes=rows["label"].to_list(),
            filenames=rows["source_id"].to_list(),
            batch_label=name,
        )
        yield {name: EncodedFile(PICKLE, content)}


def build_release(
    manifest: pd.DataFrame,
    images: Files,
    masked_images: Files,
    acquisition: AcquisitionSettings,
) -> Iterator[dict[str, EncodedFile]]:
    """Package the dataset for sharing: Parquet, Croissant, card, licence, checksums."""
    pictures = (
        (key, images[key].read(), masked_images[key].read()) for key in manifest["source_id"]
    )
    licence = acquisition.chosen_survey.licence
    files = package_release(manifest, pictures, survey=acquisition.survey, licence=licence)
    for name, content in files:
        yield {name: EncodedFile(PARQUET if name.endswith(".parquet") else OTHER, content)}


def _judgement(result: Any) -> dict[str, Any]:
    if isinstance(result, Failure):
        return {"accepted": False, "reason": result.message, "image_sha256": ""}
    return dict(result)


def _images(quality: pd.DataFrame) -> dict[str, str]:
    """Name the image of each source that was looked at."""
    return dict(zip(quality["source_id"], quality["image_sha256"].fillna(""), strict=True))
