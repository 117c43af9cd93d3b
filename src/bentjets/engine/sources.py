"""One function for many sources: spread over workers, kept on disk, a fault in one ends no run."""

from __future__ import annotations

import contextlib
import functools
import itertools
import logging
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from bentjets.engine.batches import Batch, Failure
from bentjets.engine.progress import Progress
from bentjets.engine.recipe import Recipe
from bentjets.engine.results import MISSING, ResultCache
from bentjets.engine.settings import EngineSettings
from bentjets.engine.stored import StoredEntries
from bentjets.engine.workers import DaskWorkers, Job, LocalProcesses, ThisProcess, Threads, Workers
from bentjets.files import StoredFile

if TYPE_CHECKING:
    import pandas as pd

logger = logging.getLogger(__name__)

SHORT_CALLS = 8
"""How many calls travel together where one is as short as the way to a worker."""

T = TypeVar("T")
R = TypeVar("R")
P = ParamSpec("P")


def take_share(catalogue: pd.DataFrame, engine: EngineSettings) -> pd.DataFrame:
    """Return the rows that this run is to do: every n-th, where the work is split in n shares."""
    return catalogue.iloc[engine.shard :: engine.shards].reset_index(drop=True)


def map_sources(  # noqa: PLR0913  what is done, to what, and how it is spread
    function: Callable[..., R],
    sources: Iterable[tuple[str, T | Failure]],
    *,
    engine: EngineSettings,
    total: int | None = None,
    cached: bool = True,
    made_with: Iterable[str] = (),
    stored: Mapping[str, Mapping[str, StoredFile]] | None = None,
    waiting: int = 0,
    together: int = 1,
    **options: Any,
) -> Iterator[tuple[str, R | Failure]]:
    """Apply a pure function to every source, in parallel, and stream the results in order.

    Parameters
    ----------
    function
        Called as ``function(source, **options)``; must be importable (not a lambda) and depend on
        nothing but its arguments. If its results are kept, they and its arguments are plain values
        (text, bytes, numbers, None, lists, dicts); arguments may be dataclasses of these.
    sources
        Pairs of source_id and the function's first argument; read as they are needed, never all
        at once. A `Failure` in place of an argument is handed on.
    engine
        Where and how widely the work is spread, and where results are kept.
    total
        Number of sources, for the progress bar.
    cached
        Whether finished results are kept on disk, and found again by the next run.
    made_with
        Libraries of which another version may give another result: it does not meet results of
        the old one.
    stored
        Entries of the results (bytes) that the caller saves as files, with the files that are there
        by source. Of them the SHA-256 alone is kept; where the file is still what was made, the
        result has it again, else it is made anew.
    waiting
        For a function that waits for a service instead of computing: how many calls may wait at
        the same time, in threads of this process. 0 means that it computes.
    together
        How many sources are sent to a worker at a time; more than one where a call is as short as
        the way to the worker.
    **options
        Further arguments of the function, the same for every source.

    Yields
    ------
    tuple
        source_id and the result, or a `Failure` where the function raised an exception, or its
        process died.

    Raises
    ------
    EndOfRunError
        If the function raised one.
    InputError
        If results cannot be kept.
    ServiceError
        If the Dask cluster does not answer.
    """
    with contextlib.ExitStack() as stack:
        results = _open_results(function, made_with, engine) if cached else None
        if results:
            stack.enter_context(results)
        threads = stack.enter_context(Threads(waiting)) if waiting else None
        workers = functools.cache(lambda: threads or _workers(engine))
        step = function.__name__.replace("_", " ")
        progress = stack.enter_context(Progress(step, total, results is not None))
        call = functools.partial(function, **options)
        kept = _Kept(results, StoredEntries(stored or {}), options) if results else None
        for source_id, job, is_new in _jobs(call, sources, workers, kept, together):
            result = job()
            failure = result if isinstance(result, Failure) else None
            progress.advance(source_id, failure, is_new=is_new)
            yield source_id, result


def in_chunks(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """Group a stream into lists of at most ``size``; an empty stream gives one empty list.

    Kedro logs a line for each thing it saves, and a generator node must yield once at least.
    """
    stream = iter(items)
    chunk = list(itertools.islice(stream, size))
    yield chunk
    while chunk := list(itertools.islice(stream, size)):
        yield chunk


def release_saved(node: Callable[P, Iterator[tuple[dict[str, Any], ...]]]) -> Callable[P, Any]:
    """Let a node that streams dicts of files hold none that is saved (a decorator).

    Kedro takes the outputs of a generator apart with `itertools.tee`, which keeps blocks of 57
    items alive; by the time the node is asked for the next item, the last one is saved.
    """

    @functools.wraps(node)
    def stream(*arguments: P.args, **options: P.kwargs) -> Iterator[tuple[dict[str, Any], ...]]:
        for outputs in node(*arguments, **options):
            yield outputs
            for files in outputs:
                files.clear()

    return stream


@dataclass(frozen=True)
class _Kept:
    """Results of one function with one set of options, on disk."""

    results: ResultCache
    stored: StoredEntries
    options: Mapping[str, Any]

    def find(self, source_id: str, source: Any) -> tuple[bytes, Any]:
        """Give the key of a source's result, and the result, or `MISSING`."""
        key = self.results.key(source, self.options)
        return key, self.stored.restore(source_id, self.results.get(key))

    def keeping(self, job: Job, key: bytes) -> Job:
        """Keep what a job gives, unless it failed: then it is tried anew next time."""

        def keep() -> Any:
            result = job()
            if not isinstance(result, Failure):
                self.results.put(key, self.stored.shorten(result))
            return result

        return keep


def _jobs(
    call: Callable[..., Any],
    sources: Iterable[tuple[str, Any]],
    workers: Callable[[], Workers],
    kept: _Kept | None,
    together: int,
) -> Iterator[tuple[str, Job, bool]]:
    """Start calls some way ahead of their results; workers only if something is not kept yet.

    With each source comes whether it is worked on, and not found finished.
    """
    started: deque[tuple[str, Job, bool]] = deque()
    batch: Batch | None = None
    ahead = 0
    for source_id, source in sources:
        key, found = b"", source if isinstance(source, Failure) else MISSING
        if kept and found is MISSING:
            key, found = kept.find(source_id, source)
        if found is not MISSING:
            started.append((source_id, functools.partial(_given, found), False))
        else:
            if batch is None or batch.is_started:
                batch = Batch(call, workers(), together)
            job = batch.add(source)
            started.append((source_id, kept.keeping(job, key) if kept else job, True))
            ahead = workers().ahead()
        while len(started) > ahead:
            yield started.popleft()
    yield from started


def _open_results(
    function: Callable[..., Any], made_with: Iterable[str], engine: EngineSettings
) -> ResultCache | None:
    recipe = Recipe.of(function, made_with)
    if edited := recipe.edited():
        logger.warning(
            "%s was edited while this process goes on: results of %s are neither kept nor found",
            *(", ".join(edited), recipe.step),
        )
        return None
    return ResultCache.of(engine, recipe)


def _given(result: Any) -> Any:
    return result


def _workers(engine: EngineSettings) -> Workers:
    from joblib import cpu_count

    n_jobs = cpu_count() if engine.n_jobs == -1 else engine.n_jobs
    if engine.backend == "dask":
        return DaskWorkers(engine.scheduler, n_jobs)
    return ThisProcess() if n_jobs == 1 else LocalProcesses(n_jobs)
