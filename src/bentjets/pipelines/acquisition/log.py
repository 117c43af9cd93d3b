"""The log of acquisition: how each source fared, and whether the run may go on."""

from __future__ import annotations

import hashlib
from typing import Any

import pandas as pd

from bentjets.engine import Failure
from bentjets.errors import InputError, ServiceError
from bentjets.radio.surveys import Fetched, MissingFileError, OutsideFootprintError
from bentjets.transport import ServiceDownError

_STATUS = {
    OutsideFootprintError.__name__: "outside footprint",
    MissingFileError.__name__: "missing",
    ServiceDownError.__name__: "not asked",
}


def describe_outcome(result: Fetched | Failure, started: str) -> dict[str, Any]:
    """Make a row of the log; what is older than this run was not asked for again.

    Parameters
    ----------
    result
        The cutout of a source, or why there is none.
    started
        When the run began (UTC, ISO 8601, to the microsecond).
    """
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


def judge_log(log: pd.DataFrame, max_failed_fraction: float) -> None:
    """End the run where too much is missing.

    Raises
    ------
    InputError
        If not one cutout could be had.
    ServiceError
        If the service was down, or too many sources failed.
    """
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
