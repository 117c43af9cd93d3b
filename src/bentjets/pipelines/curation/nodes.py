"""Steps of the curation pipeline (sections 3 and 4 of Hossain et al. 2025)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any

import numpy as np
import pandas as pd
from astropy.io import fits
from numpy.typing import NDArray

from bentjets.learning.data import assign_batches, label_codes, name_batch, pack_batch, pack_meta
from bentjets.learning.release import package_release
from bentjets.radio.cutouts import Cutout
from bentjets.radio.imaging import flip_north_up
from bentjets.radio.measuring import QualityLimits, assess_quality
from bentjets.review.consensus import automatic_votes, decide

HDULoader = Callable[[], fits.PrimaryHDU]
PictureLoader = Callable[[], NDArray[np.uint8]]


def assess_images(
    catalogue: pd.DataFrame,
    processing_log: pd.DataFrame,
    cutouts: Mapping[str, HDULoader],
    masks: Mapping[str, HDULoader],
    curation: Mapping[str, Any],
) -> pd.DataFrame:
    """Check every processed image against the quality limits."""
    limits = QualityLimits(**curation["quality"])
    processed = processing_log[processing_log["status"] == "ok"].merge(catalogue, on="source_id")
    rows = []
    for source in processed.to_dict("records"):
        quality = assess_quality(
            Cutout.from_hdu(cutouts[source["source_id"]]()),
            masks[source["source_id"]]().data,
            position_deg=(source["ra_deg"], source["dec_deg"]),
            rms_jy_beam=source["rms_jy_beam"],
            limits=limits,
        )
        rows.append({"source_id": source["source_id"], **asdict(quality)})
    return pd.DataFrame(rows)


def vote_automatically(quality: pd.DataFrame) -> pd.DataFrame:
    """Enter the outcome of the checks into the reviews, beside the votes of experts."""
    return automatic_votes(quality)


def decide_sources(
    quality: pd.DataFrame, reviews: pd.DataFrame, curation: Mapping[str, Any]
) -> pd.DataFrame:
    """Accept or reject every source by the policy that the parameters set."""
    return decide(quality["source_id"], reviews, **curation["review"])


def build_manifest(
    catalogue: pd.DataFrame,
    processing_log: pd.DataFrame,
    quality: pd.DataFrame,
    decisions: pd.DataFrame,
    classes: Mapping[str, str],
    curation: Mapping[str, Any],
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
    batch = assign_batches(manifest["morphology"].to_list(), curation["n_batches"])
    manifest.insert(5, "label", manifest["morphology"].map(label_codes(classes)))
    manifest.insert(6, "batch", batch)
    manifest.insert(7, "split", np.where(batch == curation["n_batches"] - 1, "test", "train"))
    return manifest


def pack_batches(
    manifest: pd.DataFrame, masked_images: Mapping[str, PictureLoader], classes: Mapping[str, str]
) -> dict[str, dict[str, Any]]:
    """Pack the masked images into batches in the published form, in FITS row order as there."""
    n_batches = int(manifest["batch"].max()) + 1
    side_px = len(masked_images[manifest["source_id"].iloc[0]]())
    batches = {"batches.meta": pack_meta(classes, side_px)}
    for number, rows in manifest.groupby("batch"):
        name = name_batch(int(str(number)), n_batches)
        images = [flip_north_up(masked_images[key]()) for key in rows["source_id"]]
        batches[name] = pack_batch(
            np.stack(images), rows["label"].to_list(), rows["source_id"].to_list(), name
        )
    return batches


def build_release(
    manifest: pd.DataFrame,
    images: Mapping[str, PictureLoader],
    masked_images: Mapping[str, PictureLoader],
    acquisition: Mapping[str, Any],
) -> dict[str, bytes]:
    """Package the dataset for sharing: Parquet, Croissant, card, licence, checksums."""
    pictures = ((key, images[key](), masked_images[key]()) for key in manifest["source_id"])
    survey = acquisition["surveys"][acquisition["survey"]]
    return package_release(
        manifest, pictures, survey=acquisition["survey"], licence=survey["licence"]
    )
