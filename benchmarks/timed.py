"""What a worker does for one source, with the time of each step (a module workers can import)."""

from __future__ import annotations

import functools
import gzip
from collections import Counter
from time import perf_counter
from typing import Any

from bentjets.pipelines.processing.fitting import FittingJob, fit_cutout
from bentjets.pipelines.processing.masking import MaskingJob, mask_islands

_spent: Counter[str] = Counter()


def find(job: FittingJob) -> dict[str, Any]:
    """Fit a cutout and make its mask, as the workers do in two steps."""
    fitted = fit_cutout(job)
    masked = mask_islands(MaskingJob(gzip.decompress(fitted["islands"]), job.settings.dilation))
    return {**fitted, "mask": masked["mask"]}


def find_and_time(job: FittingJob) -> dict[str, Any]:
    """Do that, and tell the seconds it took: PyBDSF's steps by name, and all together."""
    _watch()
    _spent.clear()
    start = perf_counter()
    found = find(job)
    return {**found, "seconds": {**_spent, "all": perf_counter() - start}}


@functools.cache
def _watch() -> None:
    """Put a clock around each step of PyBDSF."""
    import bdsf

    for kind in {type(step) for step in bdsf.default_chain}:
        kind.__call__ = _clocked(kind.__name__.removeprefix("Op_"), kind.__call__)


def _clocked(name: str, step: Any) -> Any:
    _spent[name] = 0.0

    @functools.wraps(step)
    def clocked(*arguments: Any) -> Any:
        start = perf_counter()
        try:
            return step(*arguments)
        finally:
            _spent[name] += perf_counter() - start

    return clocked
