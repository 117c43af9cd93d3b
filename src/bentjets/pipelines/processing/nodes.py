"""Steps of the processing pipeline (section 3 of Hossain et al. 2025)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, fields, replace
from typing import Any

import numpy as np
import pandas as pd
from astropy.io import fits
from numpy.typing import NDArray

from bentjets.engine import Failure, in_chunks, is_share, map_sources
from bentjets.errors import InputError
from bentjets.radio import images
from bentjets.radio.cutouts import Cutout
from bentjets.radio.neighbours import DroppedIsland
from bentjets.radio.overrides import settings_per_source
from bentjets.radio.products import background_hdus, mask_hdu
from bentjets.radio.source_finding import (
    GAUSSIAN_UNITS,
    MADE_WITH,
    FindingSettings,
    SourceFinding,
    find_sources,
)

HDULoader = Callable[[], fits.PrimaryHDU]
Picture = NDArray[np.uint8]
_CHUNK = 64


def choose_settings(
    acquisition_log: pd.DataFrame, overrides: pd.DataFrame, processing: Mapping[str, Any]
) -> pd.DataFrame:
    """Settle thresholds and dilation of every source that has a cutout, before any work starts."""
    fetched = acquisition_log.loc[acquisition_log["status"] == "fetched", "source_id"]
    return settings_per_source(
        fetched.to_list(),
        overrides,
        FindingSettings(**processing),
        known=None if is_share() else acquisition_log["source_id"].to_list(),
    )


def find_islands(
    finding_settings: pd.DataFrame,
    catalogue: pd.DataFrame,
    cutouts: Mapping[str, HDULoader],
    processing: Mapping[str, Any],
) -> Iterator[tuple[dict[str, Any], dict[str, Any], dict[str, Any]]]:
    """Run source finding on every cutout; stream backgrounds, masks and findings."""
    defaults = FindingSettings(**processing)
    settings = {
        str(row["source_id"]): replace(
            defaults,
            threshold_island=row["threshold_island"],
            threshold_pixel=row["threshold_pixel"],
            dilation=row["dilation"],
        )
        for row in finding_settings.to_dict("records")
    }
    positions = catalogue.set_index("source_id")[["ra_deg", "dec_deg"]]
    sources = (
        (key, (Cutout.from_hdu(cutouts[key]()), settings[key], tuple(positions.loc[key])))
        for key in settings
    )
    results = map_sources(find_in_source, sources, total=len(settings), made_with=MADE_WITH)
    for chunk in in_chunks(results, _CHUNK):
        backgrounds, masks, findings = {}, {}, {}
        for key, result in chunk:
            findings[key] = _finding_record(result, settings[key])
            if isinstance(result, Failure):
                continue
            cutout = Cutout.from_hdu(cutouts[key]())
            backgrounds[key] = background_hdus(cutout, result)
            masks[key] = mask_hdu(cutout, result, settings[key])
        yield backgrounds, masks, findings


def find_in_source(source: tuple[Cutout, FindingSettings, tuple[float, float]]) -> SourceFinding:
    """Run source finding on one cutout with its own settings and position."""
    cutout, settings, position_deg = source
    return find_sources(cutout, settings, position_deg=position_deg)


def collect_findings(
    finding_settings: pd.DataFrame, findings: Mapping[str, Callable[[], dict[str, Any]]]
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Join what was found in single sources: Gaussians, islands left out, and the log.

    Raises
    ------
    InputError
        If not one cutout could be processed; the message gives the first reason.
    """
    records = ((key, findings[key]()) for key in finding_settings["source_id"])
    gaussians, dropped, rows = [], [], []
    for chunk in in_chunks(records, _CHUNK):
        gaussians.append(_join(chunk, "gaussians", GAUSSIAN_UNITS))
        dropped.append(_join(chunk, "dropped", [field.name for field in fields(DroppedIsland)]))
        rows += [{"source_id": key, **record["log"]} for key, record in chunk]
    log = finding_settings.merge(pd.DataFrame(rows), on="source_id")
    if not (log["status"] == "ok").any():
        raise InputError(
            f"none of the {len(log)} cutouts can be processed: {log['reason'].iloc[0]}"
        )
    table = pd.concat(gaussians, ignore_index=True)
    table.attrs["units"] = GAUSSIAN_UNITS
    return table, pd.concat(dropped, ignore_index=True), log


def render_images(
    processing_log: pd.DataFrame,
    cutouts: Mapping[str, HDULoader],
    masks: Mapping[str, HDULoader],
) -> Iterator[tuple[dict[str, Picture], dict[str, Picture], dict[str, Picture]]]:
    """Make the 8-bit image, mask and masked image of every source, north up (Eqs. 3 to 5)."""
    done = processing_log.loc[processing_log["status"] == "ok", "source_id"]
    for chunk in in_chunks(done, _CHUNK):
        whole, islands, masked = {}, {}, {}
        for key in chunk:
            mask = masks[key]().data
            image = images.scale_to_8bit(cutouts[key]().data)
            whole[key] = images.flip_north_up(image)
            islands[key] = images.flip_north_up(images.mask_to_8bit(mask))
            masked[key] = images.flip_north_up(images.apply_mask(image, mask))
        yield whole, islands, masked


def _finding_record(result: SourceFinding | Failure, settings: FindingSettings) -> dict[str, Any]:
    if isinstance(result, Failure):
        log = {"status": "failed", "reason": result.message}
        return {"log": log, "gaussians": [], "dropped": []}
    counted: dict[str, Any] = {
        "status": "ok",
        "reason": "",
        "islands": result.islands,
        "islands_dropped": len(result.dropped),
        "gaussians": None if settings.masks_only else len(result.gaussians),
        "mean_jy_beam": float(np.median(result.mean)),
        "rms_jy_beam": float(np.median(result.rms)),
    }
    return {
        "log": counted,
        "gaussians": result.gaussians.to_dict("records"),
        "dropped": [asdict(island) for island in result.dropped],
    }


def _join(
    records: list[tuple[str, dict[str, Any]]], part: str, columns: Iterable[str]
) -> pd.DataFrame:
    """Make a table of one part of some records, with a column for the source."""
    return pd.DataFrame(
        [{"source_id": key, **row} for key, record in records for row in record[part]],
        columns=["source_id", *columns],
    )
