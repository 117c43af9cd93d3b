"""Steps of the processing pipeline (section 3 of Hossain et al. 2025)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import fields, replace
from typing import Any, Protocol

import pandas as pd

from bentjets.engine import Failure, in_chunks, is_share, map_sources, release_saved
from bentjets.errors import InputError
from bentjets.pipelines.processing.sources import (
    FindingJob,
    FoundSource,
    RenderingJob,
    find_in_source,
    render_source,
)
from bentjets.radio.finding import (
    GAUSSIAN_UNITS,
    MADE_WITH,
    DroppedIsland,
    FindingSettings,
    read_settings,
    settings_per_source,
)

_CHUNK = 64


class StoredFile(Protocol):
    """A file of a source, as bytes: what is in it is decoded, and made, by the workers."""

    def read(self) -> bytes:
        """Return the bytes of the file."""


def choose_settings(
    acquisition_log: pd.DataFrame, overrides: pd.DataFrame, processing: Mapping[str, Any]
) -> pd.DataFrame:
    """Settle thresholds and dilation of every source that has a cutout, before any work starts."""
    fetched = acquisition_log.loc[acquisition_log["sha256"] != "", "source_id"]
    return settings_per_source(
        fetched.to_list(),
        overrides,
        FindingSettings(**processing),
        known=None if is_share() else acquisition_log["source_id"].to_list(),
    )


@release_saved
def find_islands(
    finding_settings: pd.DataFrame,
    catalogue: pd.DataFrame,
    cutouts: Mapping[str, StoredFile],
    processing: Mapping[str, Any],
) -> Iterator[tuple[dict[str, bytes], dict[str, bytes], dict[str, dict[str, Any]]]]:
    """Run source finding on every cutout; stream backgrounds, masks and findings."""
    defaults = FindingSettings(**processing)
    positions = catalogue.set_index("source_id")[["ra_deg", "dec_deg"]]
    sources = (
        (key, FindingJob(cutouts[key].read(), replace(defaults, **own), tuple(positions.loc[key])))
        for key, own in read_settings(finding_settings)
    )
    results = map_sources(find_in_source, sources, total=len(finding_settings), made_with=MADE_WITH)
    for chunk in in_chunks(results, _CHUNK):
        found = {key: result for key, result in chunk if isinstance(result, FoundSource)}
        yield (
            {key: result.background for key, result in found.items()},
            {key: result.mask for key, result in found.items()},
            {key: _finding(result) for key, result in chunk},
        )


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
        dropped.append(_join(chunk, "dropped", [column.name for column in fields(DroppedIsland)]))
        rows += [{"source_id": key, **record["log"]} for key, record in chunk]
    log = finding_settings.merge(pd.DataFrame(rows), on="source_id")
    if not (log["status"] == "ok").any():
        raise InputError(
            f"none of the {len(log)} cutouts can be processed: {log['reason'].iloc[0]}"
        )
    table = pd.concat(gaussians, ignore_index=True)
    table.attrs["units"] = GAUSSIAN_UNITS
    return table, pd.concat(dropped, ignore_index=True), log


@release_saved
def render_images(
    processing_log: pd.DataFrame,
    cutouts: Mapping[str, StoredFile],
    masks: Mapping[str, StoredFile],
) -> Iterator[tuple[dict[str, bytes], dict[str, bytes], dict[str, bytes]]]:
    """Make the 8-bit image, mask and masked image of every source, north up (Eqs. 3 to 5)."""
    done = processing_log.loc[processing_log["status"] == "ok", "source_id"]
    sources = ((key, RenderingJob(cutouts[key].read(), masks[key].read())) for key in done)
    results = map_sources(
        render_source, sources, total=len(done), made_with=("bentjets", "numpy", "pillow")
    )
    for chunk in in_chunks(results, _CHUNK):
        drawn = [(key, result) for key, result in chunk if not isinstance(result, Failure)]
        whole, islands, masked = ({key: files[n] for key, files in drawn} for n in range(3))
        yield whole, islands, masked


def _finding(result: FoundSource | Failure) -> dict[str, Any]:
    if isinstance(result, FoundSource):
        return result.record
    log = {"status": "failed", "reason": result.message}
    return {"log": log, "gaussians": [], "dropped": []}


def _join(
    records: list[tuple[str, dict[str, Any]]], part: str, columns: Iterable[str]
) -> pd.DataFrame:
    """Make a table of one part of some records, with a column for the source."""
    return pd.DataFrame(
        [{"source_id": key, **row} for key, record in records for row in record[part]],
        columns=["source_id", *columns],
    )
