"""The engine: how work on many sources is spread, cached and watched.

Pipelines hand `map_sources` a pure function of one source; where it runs, that finished work is
kept on disk and that a fault in one source does not end the run is decided here and nowhere else.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import itertools
import logging
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from bentjets.engine.workers import (
    DaskWorkers,
    Job,
    LocalProcesses,
    ThisProcess,
    Threads,
    WorkerDiedError,
    Workers,
)
from bentjets.errors import EndOfRunError, InputError

if TYPE_CHECKING:
    import pandas as pd

logger = logging.getLogger(__name__)

T = TypeVar("T")
R = TypeVar("R")
P = ParamSpec("P")

_BACKENDS = ("loky", "dask")

# Failed sources named on screen; all of them are in the pipeline's log.
_FAILURES_SHOWN = 5

# Backgrounds are mostly constant, so that little of them is left; and a damaged file shows.
_COMPRESSION = 1


@dataclass(frozen=True)
class EngineSettings:
    """Where and how widely work is spread.

    Parameters
    ----------
    backend
        ``loky``: processes of this machine; ``dask``: a Dask cluster.
    n_jobs
        Number of processes, or of workers of a Dask cluster on this machine; -1 means one per
        core.
    scheduler
        Address of the scheduler of a running Dask cluster; None starts one on this machine.
    cache
        Folder of finished results, or None to keep none.
    shards, shard
        In how many shares the catalogue is split, and which of them this run does, from 0.
    """

    backend: str = "loky"
    n_jobs: int = -1
    scheduler: str | None = None
    cache: Path | None = None
    shards: int = 1
    shard: int = 0

    def __post_init__(self) -> None:
        """Refuse what would only show in the middle of a run."""
        if self.backend not in _BACKENDS:
            raise InputError(
                f"engine.backend is {self.backend!r}: choose from {', '.join(_BACKENDS)}"
            )
        if not isinstance(self.n_jobs, int) or self.n_jobs == 0 or self.n_jobs < -1:
            raise InputError(f"engine.n_jobs is {self.n_jobs!r}: give a number of processes, or -1")
        if self.scheduler is not None and self.backend != "dask":
            raise InputError("engine.scheduler is Dask's: set engine.backend to dask")
        if not isinstance(self.shards, int) or self.shards < 1:
            raise InputError(
                f"engine.shards is {self.shards!r}: give a number of shares, 1 or more"
            )
        if self.shard not in range(self.shards):
            raise InputError(
                f"engine.shard is {self.shard!r}: give a number from 0 to {self.shards - 1}"
            )


@dataclass(frozen=True)
class Failure:
    """A source whose function raised: the record that takes the place of its result.

    Parameters
    ----------
    kind
        Class of the exception.
    message
        What it says.
    record
        What the exception's attribute ``record`` tells besides, if it has one.
    """

    kind: str
    message: str
    record: Mapping[str, Any] = field(default_factory=dict)


_settings = EngineSettings()


def configure(settings: EngineSettings) -> None:
    """Set how `map_sources` works from now on in this process (the project's hook calls this)."""
    global _settings  # noqa: PLW0603  one process runs one configuration
    _settings = settings


def take_share(catalogue: pd.DataFrame) -> pd.DataFrame:
    """Return the rows that this run is to do: every n-th, where the work is split in n shares."""
    return catalogue.iloc[_settings.shard :: _settings.shards].reset_index(drop=True)


def is_share() -> bool:
    """Tell whether this run does only a share of the catalogue."""
    return _settings.shards > 1


def map_sources(
    function: Callable[..., R],
    sources: Iterable[tuple[str, T]],
    *,
    total: int | None = None,
    cached: bool = True,
    made_with: Iterable[str] = (),
    waiting: int = 0,
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
        Whether finished results are kept on disk, keyed by the function and its arguments, and
        found again by the next run.
    made_with
        Libraries of which another version may give another result: it does not meet results of
        the old one.
    waiting
        For a function that waits for a service instead of computing: how many calls may wait at
        the same time, in threads of this process. 0 means that it computes.
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
    ServiceError
        If the Dask cluster does not answer.
    """
    from tqdm import tqdm

    function_kept = _cache(function, made_with) if cached else function
    # disable=None: a bar on a terminal, nothing in a log file.
    with (
        Threads(waiting) if waiting else contextlib.nullcontext() as threads,
        tqdm(total=total, desc=function.__name__, unit="source", disable=None) as bar,
    ):
        workers = functools.cache(lambda: threads or _workers())
        failures = 0
        for source_id, job in _jobs(function_kept, options, sources, workers):
            result = _result(job)
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


def remember(function: Callable[..., R], *, ignoring: Iterable[str] = ()) -> Callable[..., R]:
    """Return the function with its results kept on disk, keyed by its arguments.

    Parameters
    ----------
    function
        Importable, and depending on nothing but its arguments. Changing its text forgets its
        results.
    ignoring
        Names of arguments that do not change the result.
    """
    return _cache(function, (), ignoring)


def _jobs(
    function: Callable[..., R],
    options: Mapping[str, Any],
    sources: Iterable[tuple[str, Any]],
    workers: Callable[[], Workers],
) -> Iterator[tuple[str, Job]]:
    """Start calls some way ahead of their results; workers only if something is not cached."""
    is_cached = getattr(function, "check_call_in_cache", None)
    started: deque[tuple[str, Job]] = deque()
    ahead = 0
    for source_id, source in sources:
        call = functools.partial(_attempt, function, options, source)
        if is_cached and is_cached(source, **options):
            started.append((source_id, call))
        else:
            started.append((source_id, workers().start(call)))
            ahead = workers().ahead()
        while len(started) > ahead:
            yield started.popleft()
    yield from started


def _workers() -> Workers:
    from joblib import cpu_count

    n_jobs = cpu_count() if _settings.n_jobs == -1 else _settings.n_jobs
    if _settings.backend == "dask":
        return DaskWorkers(_settings.scheduler, n_jobs)
    return ThisProcess() if n_jobs == 1 else LocalProcesses(n_jobs)


def _attempt(function: Callable[..., R], options: Mapping[str, Any], source: Any) -> R | Failure:
    """Call the function where the source is worked on; what it raises travels as a record."""
    try:
        return function(source, **options)
    except EndOfRunError:
        raise
    except Exception as error:
        text = " ".join(str(error).split()) or type(error).__name__
        if not isinstance(error, InputError | ConnectionError):
            text = f"{type(error).__name__}: {text}"
        return Failure(type(error).__name__, text, getattr(error, "record", {}))


def _result(job: Job) -> Any:
    try:
        return job()
    except WorkerDiedError as error:
        return Failure(kind=type(error).__name__, message=str(error))


def _cache(
    function: Callable[..., R], made_with: Iterable[str], ignoring: Iterable[str] = ()
) -> Callable[..., R]:
    if _settings.cache is None:
        return function
    from joblib import Memory

    versions = "-".join(f"{name}-{_version(name)}" for name in made_with)
    folder = _settings.cache / versions
    try:
        memory = Memory(folder, compress=_COMPRESSION, verbose=0)
        # What a first call would write; in a call, a full disk would be the fault of a source.
        memory.cache(function, ignore=list(ignoring))._check_previous_func_code()
    except OSError as error:
        raise InputError(
            f"engine.cache {folder} cannot be written ({error}): make room or make it writable, "
            "or set BENTJETS_CACHE to another folder"
        ) from error
    return memory.cache(function, ignore=list(ignoring))


@functools.cache
def _version(name: str) -> str:
    if name != "bentjets":
        return version(name)
    # Between two versions of ours, the text of the astronomy tells old results from new ones.
    text = b"".join(
        path.read_bytes() for path in sorted(Path(__file__).parents[1].glob("radio/**/*.py"))
    )
    return hashlib.sha256(text).hexdigest()[:12]
