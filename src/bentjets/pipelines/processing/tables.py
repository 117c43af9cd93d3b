"""What was found in single sources, joined into tables."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields
from itertools import islice
from typing import Any

import pandas as pd

from bentjets.radio.finding import GAUSSIAN_UNITS, DroppedIsland

Record = Mapping[str, Any]
Records = Iterable[tuple[str, Record]]
_CHUNK = 1000
_NUMBERS = [
    *("islands", "islands_dropped", "gaussians", "gaussians_dropped"),
    *("mean_jy_beam", "rms_jy_beam", "rotation_deg"),
]
_NOT_REACHED = {"status": "failed", "reason": "it was not processed: run the pipeline again"}


def log_sources(
    finding_settings: pd.DataFrame,
    fits: Records,
    masks: Records,
    images: Records,
    masked_images: Records,
) -> pd.DataFrame:
    """Make the log of processing: one row for each source, with the first reason why one failed.

    Parameters
    ----------
    finding_settings
        ``source_id`` and the settings of each source.
    fits, masks, images, masked_images
        The records of the four steps, by source: ``status``, ``reason`` and what they tell. They
        are read once, as they take many times the memory of the log.

    Returns
    -------
    pandas.DataFrame
        The settings, then ``status`` (ok or failed), ``reason``, ``islands``,
        ``islands_dropped``, ``gaussians`` (fitted to the islands that stay; missing where none
        were fitted), ``mean_jy_beam``, ``rms_jy_beam``, ``rotation_deg`` (how far north is from
        up in the pictures).
    """
    steps = [
        _tabulate(records).reindex(finding_settings["source_id"]).fillna(_NOT_REACHED)
        for records in (fits, masks, images, masked_images)
    ]
    fit, mask, image, _ = steps
    log = fit[list(_NOT_REACHED)].copy()
    for step in steps:
        ok = log["status"] == "ok"
        log[ok] = step.loc[ok, list(_NOT_REACHED)]
    log["islands"] = mask["islands"]
    log["islands_dropped"] = mask["islands_dropped"]
    log["gaussians"] = fit["gaussians"] - mask["gaussians_dropped"].fillna(0)
    log[["mean_jy_beam", "rms_jy_beam"]] = fit[["mean_jy_beam", "rms_jy_beam"]]
    log["rotation_deg"] = image["rotation_deg"]
    counts = dict.fromkeys(("islands", "islands_dropped", "gaussians"), "Int64")
    return finding_settings.merge(log.astype(counts).reset_index(), on="source_id")


def _tabulate(records: Records) -> pd.DataFrame:
    """Put what a step tells into columns, by source; of two records of one, the last counts."""
    columns = ["source_id", *_NOT_REACHED, *_NUMBERS]
    rows = (_row(key, record) for key, record in records)
    tables: list[pd.DataFrame] = []
    while (chunk := list(islice(rows, _CHUNK))) or not tables:
        table = pd.DataFrame(chunk, columns=columns)
        tables.append(table.astype(dict.fromkeys(_NUMBERS, "float64")))
    joined = pd.concat(tables, ignore_index=True)
    return joined.drop_duplicates("source_id", keep="last").set_index("source_id")


def _row(source_id: str, record: Record) -> dict[str, Any]:
    # The Gaussians themselves have a table of their own.
    dropped = record.get("dropped", [])
    return {
        **record,
        "source_id": source_id,
        "islands_dropped": len(dropped),
        "gaussians_dropped": sum(island["gaussians"] for island in dropped),
        "gaussians": None,
        **record.get("log", {}),
    }


def join_gaussians(fits: Records, masks: Mapping[str, Record]) -> pd.DataFrame:
    """Join the Gaussians of all sources (Eq. 2), without those of islands that were left out.

    Parameters
    ----------
    fits
        The records of the fits, by source.
    masks
        The records of the masks from which islands were left out, at least.

    Returns
    -------
    pandas.DataFrame
        ``source_id`` and the columns of `GAUSSIAN_UNITS`, whose units are in its ``attrs``.
    """
    columns = ["source_id", *GAUSSIAN_UNITS]
    tables = [pd.DataFrame(columns=columns)]
    rows = _own_gaussians(fits, masks)
    while chunk := list(islice(rows, _CHUNK)):
        tables.append(pd.DataFrame(chunk, columns=columns))
    table = pd.concat(tables[1:] or tables, ignore_index=True)
    table.attrs["units"] = GAUSSIAN_UNITS
    return table


def list_dropped(masks: Mapping[str, Record]) -> pd.DataFrame:
    """List the islands that were left out as neighbours, one in a row."""
    columns = ["source_id", *(column.name for column in fields(DroppedIsland))]
    rows = [
        {"source_id": key, **island}
        for key, record in masks.items()
        for island in record.get("dropped", [])
    ]
    return pd.DataFrame(rows, columns=columns)


def _own_gaussians(fits: Records, masks: Mapping[str, Record]) -> Iterator[dict[str, Any]]:
    for key, record in fits:
        dropped = {island["island"] for island in masks.get(key, {}).get("dropped", [])}
        for row in record.get("gaussians", []):
            if row["island"] not in dropped:
                yield {"source_id": key, **row}
