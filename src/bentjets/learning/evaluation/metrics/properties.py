"""Where a model is good: accuracy by flux, size, signal to noise and angle."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bentjets.learning.evaluation.metrics.intervals import wilson_interval
from bentjets.learning.evaluation.predictions import predicted_class

PROPERTIES = ("peak_jy_beam", "snr", "largest_angular_size_arcsec", "opening_angle_deg")
"""Columns of the manifest by which the results are told."""

_PARTS = 3
_COLUMNS = [
    "model", "protocol", "property", "low", "high", "n", "accuracy", "accuracy_low",
    "accuracy_high",
]  # fmt: skip


def accuracy_by_property(
    predictions: pd.DataFrame, manifest: pd.DataFrame, classes: Sequence[str]
) -> pd.DataFrame:
    """Tell the accuracy on the lower, middle and upper third of sources by each property.

    Parameters
    ----------
    predictions : DataFrame
        The tidy table.
    manifest : DataFrame
        One row per source: ``source_id`` and those of `PROPERTIES` that are known.
    classes : sequence of str
        Names of the classes.

    Returns
    -------
    DataFrame
        Columns ``model``, ``protocol``, ``property`` (column of the manifest), ``low`` and
        ``high`` (of the sources of this part), ``n`` (images, the mean over the seeds),
        ``accuracy``, ``accuracy_low`` and ``accuracy_high`` (Wilson's 95 % interval for n
        images). The parts are those of all sources predicted under the protocol, the same for
        every model; equal values stay together, so there may be fewer than three. Sources
        without a value are left out.
    """
    table = predictions[["model", "protocol", "seed", "source_id"]].copy()
    table["right"] = predicted_class(predictions, classes) == predictions["label"].to_numpy()
    known = manifest.set_index("source_id")
    rows: list[tuple[object, ...]] = []
    for name in (name for name in PROPERTIES if name in known):
        values = pd.to_numeric(known[name], errors="coerce")
        valued = table.assign(value=table["source_id"].map(values)).dropna(subset="value")
        for protocol, some in valued.groupby("protocol", sort=False):
            parted = some.assign(part=_part(some.drop_duplicates("source_id")["value"], some))
            for _, part in parted.groupby("part"):
                edges = (float(part["value"].min()), float(part["value"].max()))
                for model, cell in part.groupby("model", sort=False):
                    rows.append((model, protocol, name, *edges, *_describe(cell)))
    found = pd.DataFrame(rows, columns=_COLUMNS)
    return found.sort_values(["model", "protocol"], kind="stable", ignore_index=True)


def _part(values: pd.Series[float], rows: pd.DataFrame) -> NDArray[np.int64]:
    """Give the part of each row, counted from 0: thirds of the sources' values."""
    cuts = np.quantile(values, np.arange(1, _PARTS) / _PARTS)
    return np.searchsorted(cuts, rows["value"].to_numpy(np.float64), side="left")


def _describe(cell: pd.DataFrame) -> tuple[float, ...]:
    n, accuracy = len(cell) / cell["seed"].nunique(), float(cell["right"].mean())
    return (n, accuracy, *wilson_interval(accuracy * n, n))
