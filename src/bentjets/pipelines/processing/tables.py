"""What was found in single sources, joined into tables."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields
from itertools import islice
from typing import Any

import pandas as pd

from bentjets.radio.finding import GAUSSIAN_UNITS, DroppedIsland

Record = Mapping[str, Any]
_CHUNK = 1000
_LOG_COLUMNS = [
    *("source_id", "status", "reason", "islands", "islands_dropped", "gaussians"),
    *("mean_jy_beam", "rms_jy_beam", "rotation_deg"),
]
_NOT_REACHED = {"status": "failed", "reason": "it was not processed: run the pipeline again"}


def log_sources(
    finding_settings: pd.DataFrame,
    fits: Mapping[str, Record],
    masks: Mapping[str, Record],
    images: Mapping[str, Record],
    masked_images: Mapping[str, Record],
) -> pd.DataFrame:
    """Make the log of processing: one row for each source, with the first reason why one failed.

    Parameters
    ----------
    finding_settings
        ``source_id`` and the settings of each source.
    fits, masks, images, masked_images
        The records of the four steps, by source: ``status``, ``reason`` and what they tell.

    Returns
    -------
    pandas.DataFrame
        The settings, then ``status`` (ok or failed), ``reason``, ``islands``,
        ``islands_dropped``, ``gaussians`` (fitted to the islands that stay; missing where none
        were fitted), ``mean_jy_beam``, ``rms_jy_beam``, ``rotation_deg`` (how far north is from
        up in the pictures).
    """
    rows = []
    for source_id in finding_settings["source_id"]:
        steps = [table.get(source_id) for table in (fits, masks, images, masked_images)]
        fit, mask, image, _ = (step or {} for step in steps)
        failed = next((step for step in steps if step is None or step["status"] != "ok"), {})
        failed = _NOT_REACHED if failed is None else failed
        found, dropped = fit.get("log", {}), mask.get("dropped", [])
        lost = sum(island["gaussians"] for island in dropped)
        rows.append(
            {
                "source_id": source_id,
                "status": failed.get("status", "ok"),
                "reason": failed.get("reason", ""),
                "islands": mask.get("islands"),
                "islands_dropped": len(dropped) if mask else None,
                "gaussians": None if found.get("gaussians") is None else found["gaussians"] - lost,
                "mean_jy_beam": found.get("mean_jy_beam"),
                "rms_jy_beam": found.get("rms_jy_beam"),
                "rotation_deg": image.get("rotation_deg"),
            }
        )
    log = pd.DataFrame(rows, columns=_LOG_COLUMNS)
    counts = dict.fromkeys(("islands", "islands_dropped", "gaussians"), "Int64")
    return finding_settings.merge(log.astype(counts), on="source_id")


def join_gaussians(fits: Iterable[tuple[str, Record]], masks: Mapping[str, Record]) -> pd.DataFrame:
    """Join the Gaussians of all sources (Eq. 2), without those of islands that were left out.

    Parameters
    ----------
    fits
        The records of the fits, by source.
    masks
        The records of the masks.

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


def _own_gaussians(
    fits: Iterable[tuple[str, Record]], masks: Mapping[str, Record]
) -> Iterator[dict[str, Any]]:
    for key, record in fits:
        dropped = {island["island"] for island in masks.get(key, {}).get("dropped", [])}
        for row in record.get("gaussians", []):
            if row["island"] not in dropped:
                yield {"source_id": key, **row}
