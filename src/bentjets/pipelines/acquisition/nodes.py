"""Steps of the acquisition pipeline."""

from __future__ import annotations

import contextlib
import hashlib
import logging
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import pandas as pd

from bentjets.engine import (
    Failure,
    in_chunks,
    map_sources,
    release_saved,
    remember,
    take_share,
)
from bentjets.errors import InputError, ServiceError
from bentjets.learning.data import label_codes, list_batch_contents
from bentjets.radio.catalogues import find_oddities, query_vizier, read_catalogue
from bentjets.radio.surveys import (
    Fetched,
    MissingFileError,
    OutsideFootprintError,
    Survey,
    download,
    fetch_cutout,
    open_survey,
    read_addresses,
)
from bentjets.transport import Politeness, PoliteSession, ServiceDownError, download_record

logger = logging.getLogger(__name__)

LOG_COLUMNS = ["source_id", "status", "reason", "attempts", "seconds", "sha256"]
_CHUNK = 64
_STATUS = {
    OutsideFootprintError.__name__: "outside footprint",
    MissingFileError.__name__: "missing",
    ServiceDownError.__name__: "not asked",
}


def load_catalogue(
    acquisition: Mapping[str, Any], classes: Mapping[str, Any], seed: int
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Read the chosen catalogue, check it and list its oddities; keep this run's share."""
    entry = _entry(acquisition["catalogues"], acquisition["catalogue"], "catalogue")
    survey = _entry(acquisition["surveys"], acquisition["survey"], "survey")
    catalogue = read_catalogue(
        entry,
        classes=label_codes(classes),
        seed=seed,
        session=_session("VizieR", acquisition),
        server=read_addresses(acquisition["services"], "vizier")[0],
        query=remember(query_vizier, ignoring=["session", "server"]),
    )
    # A folder of images does not say how large they are on the sky.
    cutout_arcsec = survey.get("size_px", 0) * survey.get("pixel_scale_arcsec", 0.0)
    oddities = find_oddities(catalogue, cutout_arcsec=cutout_arcsec)
    for kind, count in oddities["kind"].value_counts(sort=False).items():
        logger.warning("%d × %s: see catalogue_oddities.csv", count, kind)
    return take_share(catalogue), oddities


@release_saved
def fetch_cutouts(
    catalogue: pd.DataFrame, acquisition: Mapping[str, Any], seed: int
) -> Iterator[tuple[dict[str, bytes], dict[str, dict[str, Any]]]]:
    """Fetch the cutout of every source from the chosen survey; stream FITS files and records."""
    started = datetime.now(UTC).isoformat(timespec="microseconds")
    rows = catalogue.itertuples(index=False, name=None)
    sources = (dict(zip(catalogue, row, strict=True)) for row in rows)
    with contextlib.closing(_open_survey(acquisition, seed)) as survey:
        # What services gave is remembered as it came; local files are as near as that.
        results = map_sources(
            fetch_cutout,
            ((source["source_id"], source) for source in sources),
            total=len(catalogue),
            cached=False,
            waiting=survey.waiting,
            survey=survey,
        )
        for chunk in in_chunks(results, _CHUNK):
            cutouts = {key: result.file for key, result in chunk if isinstance(result, Fetched)}
            yield cutouts, {key: _log_record(result, started) for key, result in chunk}


def collect_acquisition_log(
    catalogue: pd.DataFrame,
    acquisition_records: Mapping[str, Callable[[], dict[str, Any]]],
    acquisition: Mapping[str, Any],
) -> Iterator[pd.DataFrame]:
    """Join the records into one table, one row per source of the catalogue; then judge it.

    Raises
    ------
    InputError
        If not one cutout could be had; the message gives the first reason.
    ServiceError
        If the service was down, or more sources failed than ``max_failed_fraction`` allows; the
        message gives the most frequent reason.
    """
    rows = [
        {"source_id": source_id, **acquisition_records[source_id]()}
        for source_id in catalogue["source_id"]
    ]
    log = pd.DataFrame(rows, columns=LOG_COLUMNS)
    yield log  # saved, whatever comes next
    _judge(log, acquisition["max_failed_fraction"])


def download_batches(acquisition: Mapping[str, Any]) -> dict[str, bytes]:
    """Download the published batches, as they are."""
    return download_record(
        acquisition["published_record"],
        session=_session("the archive", acquisition),
        md5=acquisition["published_md5"],
    )


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


def _session(service: str, acquisition: Mapping[str, Any]) -> PoliteSession:
    return PoliteSession(service, Politeness.from_settings(acquisition["requests"]))


def _open_survey(acquisition: Mapping[str, Any], seed: int) -> Survey:
    chosen = acquisition["survey"]
    return open_survey(
        chosen,
        _entry(acquisition["surveys"], chosen, "survey"),
        seed=seed,
        services=acquisition["services"],
        politeness=Politeness.from_settings(acquisition["requests"]),
        download=remember(download, ignoring=["service"]),
    )


def _log_record(result: Fetched | Failure, started: str) -> dict[str, Any]:
    """Make a row of the log; what is older than this run was not asked for again."""
    if isinstance(result, Failure):
        cost, reason, sha256 = dict(result.record), result.message, ""
        status = _STATUS.get(result.kind, "failed")
    else:
        cost = {name: getattr(result, name) for name in ("attempts", "seconds", "date")}
        reason, sha256 = "", hashlib.sha256(result.file).hexdigest()
        status = "fetched"
    if cost.get("date") and cost["date"] < started:
        cost = {}
        status = "cached" if sha256 else status
    return {
        "status": status,
        "reason": reason,
        "attempts": cost.get("attempts", 0),
        "seconds": cost.get("seconds", 0.0),
        "sha256": sha256,
    }


def _judge(log: pd.DataFrame, max_failed_fraction: float) -> None:
    if log.empty:  # a share that no source fell to
        return
    if not (log["sha256"] != "").any():
        raise InputError(f"none of the {len(log)} sources has a cutout: {log['reason'].iloc[0]}")
    again = (
        "What was fetched is kept: run the same command again for the rest. "
        "acquisition_log.csv has all reasons"
    )
    not_asked, failed = (log[log["status"] == status] for status in ("not asked", "failed"))
    if len(not_asked):
        raise ServiceError(
            f"{len(not_asked)} of {len(log)} sources are missing: {not_asked['reason'].iloc[0]}. "
            f"{again}"
        )
    if len(failed) > max_failed_fraction * len(log):
        raise ServiceError(
            f"{len(failed)} of {len(log)} sources failed, more than "
            f"acquisition.max_failed_fraction allows; most often: {failed['reason'].mode()[0]}. "
            f"{again}"
        )
