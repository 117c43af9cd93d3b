"""The engine: how work on many sources is spread, cached and watched.

Pipelines hand `map_sources` a pure function of one source; that it runs in several processes, that
finished work is kept on disk and that a fault in one source does not end the run is decided here
and nowhere else.
"""

from __future__ import annotations

import functools
import itertools
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, TypeVar

from bentjets.errors import InputError

logger = logging.getLogger(__name__)

T = TypeVar("T")
R = TypeVar("R")

# A change of any of these may change a result, and so must not meet results of before.
_CACHED_WITH = ("bentjets", "bdsf", "numpy", "scipy", "astropy")

# Failed sources named on screen; all of them are in the pipeline's log.
_FAILURES_SHOWN = 5


@dataclass(frozen=True)
class EngineSettings:
    """Where and how widely work is spread.

    Parameters
    ----------
    n_jobs
        Number of processes; -1 means one per core.
    cache
        Folder of finished results, or None to keep none.
    """

    n_jobs: int = -1
    cache: Path | None = None

    def __post_init__(self) -> None:
        """Refuse what joblib would only refuse in the middle of a run."""
        if not isinstance(self.n_jobs, int) or self.n_jobs == 0:
            raise InputError(f"engine.n_jobs is {self.n_jobs!r}: give a number of processes, or -1")


@dataclass(frozen=True)
class Failure:
    """A source whose function raised: the record that takes the place of its result."""

    kind: str
    message: str


_settings = EngineSettings()


def configure(settings: EngineSettings) -> None:
    """Set how `map_sources` works from now on in this process (the project's hook calls this)."""
    global _settings  # noqa: PLW0603  one process runs one configuration
    _settings = settings


def map_sources(
    function: Callable[..., R],
    sources: Iterable[tuple[str, T]],
    *,
    total: int | None = None,
    cached: bool = True,
    **options: Any,
) -> Iterator[tuple[str, R | Failure]]:
    """Apply a pure function to every source, in parallel, and stream the results in order.

    Parameters
    ----------
    function
        Called as ``function(source, **options)``; must be importable (not a lambda) and depend on
        nothing but its arguments.
    sources
        Pairs of source_id and the function's first argument; read as they are needed, never all
        at once.
    total
        Number of sources, for the progress bar.
    cached
        Whether finished results are kept on disk, keyed by the function, its arguments and the
        versions of the libraries, and found again by the next run.
    **options
        Further arguments of the function, the same for every source.

    Yields
    ------
    tuple
        source_id and the result, or a `Failure` where the function raised an exception.
    """
    from joblib import Parallel, delayed
    from tqdm import tqdm

    attempt = functools.partial(_attempt, _cache(function) if cached else function, options)
    workers = Parallel(n_jobs=_settings.n_jobs, return_as="generator", pre_dispatch="2*n_jobs")
    results = workers(delayed(attempt)(source_id, source) for source_id, source in sources)
    # disable=None: a bar on a terminal, nothing in a log file.
    with tqdm(total=total, desc=function.__name__, unit="source", disable=None) as bar:
        failures = 0
        for source_id, result in results:
            if isinstance(result, Failure):
                failures += 1
                if failures <= _FAILURES_SHOWN:
                    logger.warning("%s: %s", source_id, result.message)
            yield source_id, result
            bar.update()
    if failures > _FAILURES_SHOWN:
        logger.warning("%d more sources without a result", failures - _FAILURES_SHOWN)


def in_chunks(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """Group a stream into lists of at most ``size``; Kedro logs a line for each thing it saves."""
    stream = iter(items)
    while chunk := list(itertools.islice(stream, size)):
        yield chunk


def _attempt(
    function: Callable[..., R], options: Mapping[str, Any], source_id: str, source: Any
) -> tuple[str, R | Failure]:
    try:
        return source_id, function(source, **options)
    except Exception as error:
        text = " ".join(str(error).split()) or type(error).__name__
        if not isinstance(error, InputError | ConnectionError):
            text = f"{type(error).__name__}: {text}"
        return source_id, Failure(kind=type(error).__name__, message=text)


def _cache(function: Callable[..., R]) -> Callable[..., R]:
    if _settings.cache is None:
        return function
    from joblib import Memory

    versions = "-".join(f"{name}{version(name)}" for name in _CACHED_WITH)
    return Memory(_settings.cache / versions, verbose=0).cache(function)
