"""Steps of the acquisition pipeline."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pandas as pd

from bentjets.engine import Failure, in_chunks, map_sources, take_share
from bentjets.errors import InputError
from bentjets.learning.splits import list_batch_contents
from bentjets.radio.catalogues import read_catalogue
from bentjets.radio.published import download_record
from bentjets.radio.surveys import MissingCutoutError, fetch_cutout, open_survey

LOG_COLUMNS = ["source_id", "status", "reason", "attempts", "sha256"]
_CHUNK = 64


def load_catalogue(
    acquisition: Mapping[str, Any], classes: Mapping[str, str], seed: int
) -> pd.DataFrame:
    """Read the chosen catalogue and check it; keep this run's share."""
    entries, chosen = acquisition["catalogues"], acquisition["catalogue"]
    entry = _entry(entries, chosen, "catalogue")
    return take_share(read_catalogue(entry, classes=classes, seed=seed))


def fetch_cutouts(
    catalogue: pd.DataFrame, acquisition: Mapping[str, Any], seed: int
) -> Iterator[tuple[dict[str, bytes], dict[str, dict[str, Any]]]]:
    """Fetch the cutout of every source from the chosen survey; stream FITS files and records."""
    chosen = acquisition["survey"]
    settings = _entry(acquisition["surveys"], chosen, "survey")
    survey = open_survey(chosen, settings, seed=seed)
    sources = ((row["source_id"], row) for row in catalogue.to_dict("records"))
    # A local file is as near as the cache, and may have changed since.
    remote = settings["service"] not in ("simulated", "folder")
    results = map_sources(fetch_cutout, sources, total=len(catalogue), cached=remote, survey=survey)
    for chunk in in_chunks(results, _CHUNK):
        cutouts = {key: result for key, result in chunk if isinstance(result, bytes)}
        yield cutouts, {key: _log_record(result) for key, result in chunk}


def collect_acquisition_log(
    catalogue: pd.DataFrame, acquisition_records: Mapping[str, Callable[[], dict[str, Any]]]
) -> pd.DataFrame:
    """Join the records into one table: one row per source of the catalogue.

    Raises
    ------
    InputError
        If not one cutout could be had; the message gives the first reason.
    """
    rows = [
        {"source_id": source_id, **acquisition_records[source_id]()}
        for source_id in catalogue["source_id"]
    ]
    log = pd.DataFrame(rows, columns=LOG_COLUMNS)
    if not (log["status"] == "fetched").any():
        raise InputError(f"none of the {len(log)} sources has a cutout: {log['reason'].iloc[0]}")
    return log


def download_batches(acquisition: Mapping[str, Any]) -> dict[str, bytes]:
    """Download the published batches, as they are."""
    return download_record(acquisition["published_record"], timeout_s=acquisition["timeout_s"])


def adopt_batches(
    published: Mapping[str, Callable[[], dict[str, Any]]], classes: Mapping[str, str]
) -> tuple[dict[str, dict[str, Any]], pd.DataFrame]:
    """Take published batches for our own, and list what is in them as a manifest."""
    batches = {name: load() for name, load in published.items()}
    return batches, list_batch_contents(batches, classes)


def _entry(entries: Mapping[str, Any], chosen: str, kind: str) -> Mapping[str, Any]:
    if chosen not in entries:
        raise InputError(
            f"{kind} {chosen!r} is unknown: choose from {', '.join(entries)}, or declare it in "
            "the acquisition parameters"
        )
    entry: Mapping[str, Any] = entries[chosen]
    return entry


def _log_record(result: bytes | Failure) -> dict[str, Any]:
    if isinstance(result, bytes):
        sha256 = hashlib.sha256(result).hexdigest()
        return {"status": "fetched", "reason": "", "attempts": 1, "sha256": sha256}
    status = "missing" if result.kind == MissingCutoutError.__name__ else "failed"
    return {"status": status, "reason": result.message, "attempts": 1, "sha256": ""}
