"""Steps of the curation pipeline (sections 3 and 4 of Hossain et al. 2025)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from bentjets.engine import SHORT_CALLS, EngineSettings, Failure, attempt, map_sources
from bentjets.errors import InputError
from bentjets.files import OTHER, PARQUET, PICKLE, EncodedFile, StoredFile
from bentjets.learning.data import (
    find_groups,
    find_leaks,
    judge_leaks,
    label_codes,
    name_batch,
    name_splits,
    pack_meta,
    stream_batch,
)
from bentjets.learning.release import ReleaseFacts, package_release
from bentjets.parameters import AcquisitionSettings, CurationSettings, list_citations
from bentjets.pipelines.curation.assessing import AssessingJob, assess_image
from bentjets.pipelines.curation.checking import find_neighbours, judge_sources, tabulate_morphology
from bentjets.pipelines.curation.releasing import (
    count_leaks,
    list_rejected_sources,
    read_pictures,
)
from bentjets.pipelines.curation.splitting import assign, relate_sources
from bentjets.radio.imaging import flip_north_up, read_png
from bentjets.review import decide, measure_agreement

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
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Check every processed image against the quality limits, and measure every source."""
    done = processing_log.loc[processing_log["status"] == "ok", ["source_id", "rms_jy_beam"]]
    # A catalogue may have columns of any name besides.
    known = ["source_id", "name", "ra_deg", "dec_deg", "morphology"]
    processed = done.merge(catalogue[known], on="source_id")

    def job(key: str, ra_deg: float, dec_deg: float, rms_jy_beam: float) -> AssessingJob:
        return AssessingJob(
            cutout=cutouts[key].read(),
            mask=masks[key].read(),
            masked_image=masked_images[key].read(),
            position_deg=(ra_deg, dec_deg),
            rms_jy_beam=rms_jy_beam,
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
    measured, morphologies, side_arcsec = [], [], 0.0
    for (key, result), morphology in zip(results, processed["morphology"], strict=True):
        given = {"reason": result.message} if isinstance(result, Failure) else result["quality"]
        measured.append({"source_id": key, "morphology": morphology, **given})
        if isinstance(result, Failure):
            morphologies.append({"source_id": key, "angle_reason": result.message})
        else:
            morphologies.append({"source_id": key, **result["morphology"]})
            side_arcsec = max(side_arcsec, result["side_arcsec"])
    neighbours = find_neighbours(
        processed,
        cutout_arcsec=side_arcsec,
        same_arcsec=curation.quality.min_separation_arcsec,
    )
    return (
        judge_sources(measured, neighbours, curation.quality),
        tabulate_morphology(morphologies),
    )


def decide_sources(
    quality: pd.DataFrame, reviews: pd.DataFrame, curation: CurationSettings
) -> pd.DataFrame:
    """Accept or reject every source by the policy that the parameters set."""
    review = curation.review
    return decide(
        quality,
        reviews,
        policy=review.policy,
        min_reviewers=review.min_reviewers,
        stale=review.stale,
    )


def weigh_experts(quality: pd.DataFrame, reviews: pd.DataFrame, seed: int) -> dict[str, Any]:
    """Measure how far experts agree with each other, and each with themselves."""
    return measure_agreement(reviews, _images(quality), seed=seed)


def make_splits(
    catalogue: pd.DataFrame,
    decisions: pd.DataFrame,
    cutouts: Files,
    masked_images: Files,
    classes: Mapping[str, str],
    curation: CurationSettings,
    seed: int,
) -> Iterator[tuple[pd.DataFrame, pd.DataFrame]]:
    """Put every accepted source in a batch, and list pairs that are parted and should not be.

    Raises
    ------
    InputError
        If the batches cannot be made, or ``curation.splits.fail_on_leak`` is set and sources in
        training and test are not independent; both tables are out by then.
    """
    accepted = decisions.loc[decisions["accepted"], "source_id"]
    sources = catalogue[catalogue["source_id"].isin(accepted)].reset_index(drop=True)
    if sources.empty:
        raise InputError("no source is accepted: quality.csv and decisions.csv say why")
    related = relate_sources(sources, cutouts, masked_images)
    ids = sources["source_id"].to_list()
    groups = sources[["source_id", "morphology"]].assign(group=find_groups(ids, related))
    batch = assign(groups, sources, list(classes), curation, seed)
    splits = groups.assign(batch=batch, split=name_splits(batch, curation.n_batches))
    leaks = find_leaks(splits, related)
    yield splits, leaks
    judge_leaks(leaks, curation.n_batches, fail_on_leak=curation.splits.fail_on_leak)


def build_manifest(
    catalogue: pd.DataFrame,
    processing_log: pd.DataFrame,
    quality: pd.DataFrame,
    morphology: pd.DataFrame,
    decisions: pd.DataFrame,
    splits: pd.DataFrame,
    classes: Mapping[str, str],
) -> pd.DataFrame:
    """List the accepted sources: label, batch, and everything known of each of them."""
    accepted = decisions.loc[decisions["accepted"], ["source_id", "reviewers"]]
    found = accepted.merge(quality.drop(columns=["accepted", "reason"]), on="source_id")
    known = [name for name in morphology if name in found and name != "source_id"]
    found = found.merge(morphology.drop(columns=known), on="source_id")
    found = found.merge(processing_log.drop(columns=["status", "reason"]), on="source_id")
    manifest = catalogue.drop(columns=["label", "batch", "split", "quality"], errors="ignore")
    # What the catalogue says of a source is not what was found here.
    shared = {*manifest} & {*found, "group"} - {"source_id"}
    manifest = manifest.rename(columns={name: f"catalogue_{name}" for name in shared})
    manifest = manifest.merge(found, on="source_id")
    manifest.insert(5, "label", manifest["morphology"].map(label_codes(classes)))
    placed = splits.set_index("source_id")
    for place, name in enumerate(("batch", "split", "group"), start=6):
        manifest.insert(place, name, manifest["source_id"].map(placed[name]))
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


def list_rejected(
    catalogue: pd.DataFrame, quality: pd.DataFrame, decisions: pd.DataFrame
) -> pd.DataFrame:
    """List the sources that are not in the dataset, with reasons and facts."""
    return list_rejected_sources(catalogue, quality, decisions)


def state_release(
    agreement: Mapping[str, Any],
    leaks: pd.DataFrame,
    acquisition: AcquisitionSettings,
    curation: CurationSettings,
    classes: Mapping[str, str],
) -> dict[str, Any]:
    """Say what is known of the release besides its sources."""
    survey = acquisition.chosen_survey
    return {
        "survey": acquisition.survey,
        "catalogue": acquisition.catalogue,
        "is_simulated": survey.service == "simulated",
        "licence": survey.licence,
        "classes": dict(classes),
        "policy": curation.review.policy,
        "agreement": dict(agreement),
        "leaks": count_leaks(leaks, curation.n_batches),
        "citations": list_citations(acquisition),
        **curation.release.model_dump(mode="json"),
    }


def build_release(
    manifest: pd.DataFrame,
    rejected: pd.DataFrame,
    release_facts: Mapping[str, Any],
    batches: Files,
    cutouts: Files,
    *pictures: Files,
) -> Iterator[dict[str, EncodedFile]]:
    """Package the dataset for sharing, by images, mask images and masked images."""
    lists = {name: tuple(release_facts[name]) for name in ("creators", "citations")}
    facts = ReleaseFacts(**{**release_facts, **lists})
    files = package_release(
        manifest,
        lambda source_id: read_pictures(source_id, cutouts, *pictures),
        batches=((name, batches[name].read()) for name in sorted(batches)),
        rejected=rejected,
        facts=facts,
    )
    for name, content in files:
        yield {name: EncodedFile(PARQUET if name.endswith(".parquet") else OTHER, content)}


def _images(quality: pd.DataFrame) -> dict[str, str]:
    """Name the image of each source that was looked at."""
    return dict(zip(quality["source_id"], quality["image_sha256"].fillna(""), strict=True))
