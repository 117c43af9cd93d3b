"""Steps of the processing pipeline (section 3 of Hossain et al. 2025), one for each equation."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pandas as pd

from bentjets.engine import (
    SHORT_CALLS,
    EngineSettings,
    Failure,
    attempt,
    in_chunks,
    map_sources,
    release_saved,
)
from bentjets.errors import InputError
from bentjets.files import FITS, PNG, EncodedFile, StoredFile
from bentjets.pipelines.processing.fitting import FittingJob, fit_cutout
from bentjets.pipelines.processing.imaging import MaskedImageJob, draw_image, mask_image
from bentjets.pipelines.processing.masking import MaskingJob, mask_islands
from bentjets.pipelines.processing.tables import join_gaussians, list_dropped, log_sources
from bentjets.radio.finding import (
    MADE_WITH,
    FindingSettings,
    read_settings,
    settings_per_source,
)

logger = logging.getLogger(__name__)

Files = dict[str, EncodedFile]
Records = dict[str, dict[str, Any]]
StoredRecords = Mapping[str, Callable[[], Records]]

_CHUNK = 64
_PICTURES_WITH = ("numpy", "pillow", "astropy")
# Pictures are turned by quarter turns only; more than this is told.
_UPRIGHT_DEG = 1.0


def choose_settings(
    acquisition_log: pd.DataFrame,
    overrides: pd.DataFrame,
    processing: FindingSettings,
    engine: EngineSettings,
) -> pd.DataFrame:
    """Settle thresholds and dilation of every source that has a cutout, before any work starts."""
    fetched = acquisition_log.loc[acquisition_log["sha256"].fillna("") != "", "source_id"]
    return settings_per_source(
        fetched.to_list(),
        overrides,
        processing,
        known=None if engine.is_share else acquisition_log["source_id"].to_list(),
    )


@release_saved
def fit_sources(
    finding_settings: pd.DataFrame,
    cutouts: Mapping[str, StoredFile],
    processing: FindingSettings,
    engine: EngineSettings,
) -> Iterator[tuple[Files, Files, dict[str, Records]]]:
    """Fit every cutout: background (Eq. 1), islands and Gaussians (Eq. 2)."""
    # What concerns the mask alone is not a setting of the fit: changing it fits nothing again.
    fit_only = {"dilation": 0, "link_arcsec": None}

    def job(key: str, own: Mapping[str, Any]) -> FittingJob:
        settings = processing.model_copy(update={**own, **fit_only})
        return FittingJob(cutouts[key].read(), settings)

    sources = ((key, attempt(job, key, own)) for key, own in read_settings(finding_settings))
    results = map_sources(
        fit_cutout,
        sources,
        engine=engine,
        total=len(finding_settings),
        made_with=MADE_WITH,
        # Without the fit of Gaussians, little is left to do.
        together=SHORT_CALLS if processing.masks_only else 1,
    )
    for number, chunk in enumerate(in_chunks(results, _CHUNK)):
        found = _successes(chunk)
        records = {key: _record(result, "log", "gaussians") for key, result in chunk}
        yield (
            {key: EncodedFile(FITS, result["background"]) for key, result in found.items()},
            {key: EncodedFile(FITS, result["islands"]) for key, result in found.items()},
            _part(number, records),
        )


@release_saved
def make_masks(
    finding_settings: pd.DataFrame,
    catalogue: pd.DataFrame,
    islands: Mapping[str, StoredFile],
    findings: StoredRecords,
    processing: FindingSettings,
    engine: EngineSettings,
) -> Iterator[tuple[Files, dict[str, Records]]]:
    """Make the mask of every source from its islands (Eq. 3)."""
    link_arcsec = processing.link_arcsec
    positions = catalogue.set_index("source_id")[["ra_deg", "dec_deg"]]
    fits = _stream(findings) if link_arcsec is not None else iter(())
    passed: dict[str, dict[str, Any]] = {}

    def job(key: str, own: Mapping[str, Any]) -> MaskingJob:
        content = islands[key].read()
        if link_arcsec is None:
            return MaskingJob(content, own["dilation"])
        gaussians = _find(key, fits, passed).get("gaussians", [])
        ra_deg, dec_deg = map(float, positions.loc[key])
        return MaskingJob(content, own["dilation"], link_arcsec, gaussians, (ra_deg, dec_deg))

    # A source without islands has no fit: the log says why.
    chosen = [one for one in read_settings(finding_settings) if one[0] in islands]
    results = map_sources(
        mask_islands,
        ((key, attempt(job, key, own)) for key, own in chosen),
        engine=engine,
        total=len(chosen),
        made_with=("numpy", "scipy", "astropy"),
        together=SHORT_CALLS,
    )
    for number, chunk in enumerate(in_chunks(results, _CHUNK)):
        masks = _successes(chunk)
        yield (
            {key: EncodedFile(FITS, result["mask"]) for key, result in masks.items()},
            _part(number, {key: _record(one, "islands", "dropped") for key, one in chunk}),
        )


@release_saved
def draw_images(
    finding_settings: pd.DataFrame,
    cutouts: Mapping[str, StoredFile],
    masks: Mapping[str, StoredFile],
    earlier_images: Mapping[str, StoredFile],
    engine: EngineSettings,
) -> Iterator[tuple[Files, dict[str, Records]]]:
    """Make the 8-bit image of every cutout that has a mask, north up (Eq. 4).

    An image of noise is hardly smaller compressed: the one that is there need not be kept twice.
    """
    keys = [key for key, _ in read_settings(finding_settings) if key in masks]
    results = map_sources(
        draw_image,
        ((key, attempt(lambda key: cutouts[key].read(), key)) for key in keys),
        engine=engine,
        total=len(keys),
        made_with=_PICTURES_WITH,
        stored={"image": earlier_images},
        together=SHORT_CALLS,
    )
    for number, chunk in enumerate(in_chunks(results, _CHUNK)):
        drawn = _successes(chunk)
        yield (
            {key: EncodedFile(PNG, result["image"]) for key, result in drawn.items()},
            _part(number, {key: _record(one, "rotation_deg") for key, one in chunk}),
        )


@release_saved
def mask_images(
    images: Mapping[str, StoredFile], masks: Mapping[str, StoredFile], engine: EngineSettings
) -> Iterator[tuple[Files, Files, dict[str, Records]]]:
    """Blacken every image outside its mask, and draw the mask (Eq. 5)."""

    def job(key: str) -> MaskedImageJob:
        return MaskedImageJob(images[key].read(), masks[key].read())

    keys = [key for key in masks if key in images]
    results = map_sources(
        mask_image,
        ((key, attempt(job, key)) for key in keys),
        engine=engine,
        total=len(keys),
        made_with=_PICTURES_WITH,
        together=SHORT_CALLS,
    )
    for number, chunk in enumerate(in_chunks(results, _CHUNK)):
        drawn = _successes(chunk)
        yield (
            {key: EncodedFile(PNG, result["mask"]) for key, result in drawn.items()},
            {key: EncodedFile(PNG, result["masked"]) for key, result in drawn.items()},
            _part(number, {key: _record(one) for key, one in chunk}),
        )


def collect_findings(
    findings: StoredRecords, mask_records: StoredRecords
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Join what was found in single sources: Gaussians, and islands left out."""
    # Most masks have all islands: their records say nothing here.
    masks = {key: record for key, record in _stream(mask_records) if record.get("dropped")}
    return join_gaussians(_stream(findings), masks), list_dropped(masks)


def log_processing(
    finding_settings: pd.DataFrame,
    findings: StoredRecords,
    mask_records: StoredRecords,
    image_records: StoredRecords,
    masked_image_records: StoredRecords,
) -> pd.DataFrame:
    """Say how each source fared, in one table.

    Raises
    ------
    InputError
        If not one cutout could be processed; the message gives the first reason.
    """
    steps = (findings, mask_records, image_records, masked_image_records)
    log = log_sources(finding_settings, *map(_stream, steps))
    if len(log) and not (log["status"] == "ok").any():
        raise InputError(
            f"none of the {len(log)} cutouts can be processed: {log['reason'].iloc[0]}"
        )
    turned = (log["rotation_deg"].abs() > _UPRIGHT_DEG).sum()
    if turned:
        logger.warning(
            "%d images have north more than %g deg from up, as pictures are turned by quarter "
            "turns only: see rotation_deg in processing_log.csv",
            *(turned, _UPRIGHT_DEG),
        )
    return log


def _successes(chunk: list[tuple[str, Any]]) -> dict[str, Any]:
    return {key: result for key, result in chunk if not isinstance(result, Failure)}


def _record(result: Any, *kept: str) -> dict[str, Any]:
    """Say how a source fared, and what else is to be kept of it."""
    if isinstance(result, Failure):
        return {"status": "failed", "reason": result.message}
    return {"status": "ok", "reason": "", **{name: result[name] for name in kept}}


def _part(number: int, records: Records) -> dict[str, Records]:
    """Put the records of many sources into one file."""
    return {f"part-{number:05d}": records}


def _find(
    key: str, records: Iterator[tuple[str, dict[str, Any]]], passed: dict[str, dict[str, Any]]
) -> dict[str, Any]:
    """Give the record of a source, which comes next unless the order has changed since the fit."""
    while key not in passed:
        found, record = next(records, ("", {}))
        if not found:
            raise InputError(f"the findings do not tell of {key}: run processing.fit_sources again")
        passed[found] = record
    return passed.pop(key)


def _stream(parts: StoredRecords) -> Iterator[tuple[str, dict[str, Any]]]:
    for load in parts.values():
        yield from load().items()
