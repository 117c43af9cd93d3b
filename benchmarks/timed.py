"""What a worker does for one source, with the time of each step (a module workers can import)."""

from __future__ import annotations

import functools
from collections import Counter
from dataclasses import dataclass
from time import perf_counter
from typing import Any

from bentjets.pipelines.processing.sources import FindingJob, FoundSource, find_in_source

_spent: Counter[str] = Counter()


@dataclass(frozen=True)
class TimedSource:
    """What was found, and the seconds it took: PyBDSF's steps by name, and all together."""

    found: FoundSource
    seconds: dict[str, float]


def find_and_time(job: FindingJob) -> TimedSource:
    """Do what a worker does, and time it."""
    _watch()
    _spent.clear()
    start = perf_counter()
    found = find_in_source(job)
    return TimedSource(found, {**_spent, "all": perf_counter() - start})


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
