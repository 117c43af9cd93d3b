"""Where calls are carried out: in this process, in processes of this machine, or on Dask.

Only `bentjets.engine.sources` uses this module.
"""

from __future__ import annotations

import atexit
import contextlib
import functools
from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor, CancelledError, Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Protocol, Self

from bentjets.errors import BentjetsError, ServiceError

if TYPE_CHECKING:
    from distributed import Client

Call = Callable[[], Any]
Job = Callable[[], Any]
"""What waits for a call that was started, and returns its result."""

# Calls started ahead, for each worker: one slow image must not leave the others without work.
_AHEAD = 16
# Idle processes end after this time.
_IDLE_S = 60
# One thread each, or the processes would fight for the cores.
_ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
_CONNECT_S = 30
_WORKER_WAIT_S = 300
_DIED = "the process that worked on it died, each time it was tried: out of memory, perhaps?"


class WorkerDiedError(BentjetsError):
    """A call took its process down with it, each time it was tried."""


class Workers(Protocol):
    """Something that carries out calls."""

    def ahead(self) -> int:
        """Return how many calls may be started before the first result is asked for."""

    def start(self, call: Call) -> Job:
        """Begin a call; the job returned gives its result or raises its exception."""


class ThisProcess:
    """Calls are carried out here, when their result is asked for."""

    def ahead(self) -> int:
        """Return 0: nothing happens ahead of time."""
        return 0

    def start(self, call: Call) -> Job:
        """Begin nothing yet."""
        return call


class Threads:
    """Threads of this process, for calls that wait more than they compute.

    As a context manager, it drops at its end the calls that no thread has begun.

    Parameters
    ----------
    count
        How many.
    """

    def __init__(self, count: int) -> None:
        self._count = count
        self._executor = ThreadPoolExecutor(count)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._executor.shutdown(wait=False, cancel_futures=True)

    def ahead(self) -> int:
        """Return a number that keeps every thread busy."""
        return _AHEAD * self._count

    def start(self, call: Call) -> Job:
        """Begin a call."""
        return self._executor.submit(call).result


class LocalProcesses:
    """Processes of this machine (joblib's loky), which stay for the next calls.

    Parameters
    ----------
    n_jobs
        How many.
    """

    def __init__(self, n_jobs: int) -> None:
        self._n_jobs = n_jobs

    def ahead(self) -> int:
        """Return a number that keeps every process busy."""
        return _AHEAD * self._n_jobs

    def start(self, call: Call) -> Job:
        """Begin a call; if its process dies, it is tried once more, alone."""
        try:
            future = self._executor().submit(call)
        except BrokenExecutor:
            # A process died since the last call; the next executor has new ones.
            future = self._executor().submit(call)
        return functools.partial(_wait, future, call)

    def _executor(self) -> Any:
        from joblib.externals.loky import get_reusable_executor

        return get_reusable_executor(self._n_jobs, timeout=_IDLE_S, env=_ONE_THREAD)


def _wait(future: Future[Any], call: Call) -> Any:
    try:
        return future.result()
    except BrokenExecutor:
        # All calls of the dead process's pool end so, whichever of them is to blame.
        try:
            return _one_process().submit(call).result()
        except BrokenExecutor as error:
            _one_process.cache_clear()
            raise WorkerDiedError(_DIED) from error


@functools.cache
def _one_process() -> Any:
    """Start a process for calls that are tried alone, one after the other."""
    from joblib.externals.loky import ProcessPoolExecutor

    return ProcessPoolExecutor(max_workers=1, timeout=_IDLE_S, env=_ONE_THREAD)


class DaskWorkers:
    """Workers of a Dask cluster.

    Parameters
    ----------
    scheduler
        Address of the cluster's scheduler; None starts a cluster on this machine.
    n_jobs
        Number of workers of the cluster that is started here.

    Raises
    ------
    ServiceError
        If no scheduler answers, or no worker joins it.
    """

    def __init__(self, scheduler: str | None, n_jobs: int) -> None:
        self._client = _connect(scheduler, n_jobs)

    def ahead(self) -> int:
        """Return a number that keeps every worker busy, also those that joined late."""
        with _reachable():
            return _AHEAD * sum(self._client.nthreads().values())

    def start(self, call: Call) -> Job:
        """Begin a call; Dask gives it to another worker if its worker dies."""
        return functools.partial(self._wait, self._submit(call), call)

    def _submit(self, call: Call) -> Any:
        with _reachable():
            # The functions are pure, but naming a call by what is in it costs more than a name.
            return self._client.submit(call, pure=False)

    def _wait(self, future: Any, call: Call) -> Any:
        from distributed import KilledWorker

        try:
            with _reachable():
                return future.result()
        except KilledWorker:
            # Perhaps it was only next to the one that is to blame.
            again = self._submit(call)
        try:
            with _reachable():
                return again.result()
        except KilledWorker as error:
            raise WorkerDiedError(_DIED) from error


@contextlib.contextmanager
def _reachable() -> Iterator[None]:
    """Say in one line that a scheduler is gone; what a call raises never comes out here."""
    try:
        yield
    except (CancelledError, OSError) as error:
        raise ServiceError(
            "the Dask scheduler does not answer any more: start it and its workers again, then "
            "run again; what is finished is kept"
        ) from error


@functools.cache
def _connect(scheduler: str | None, n_jobs: int) -> Client:
    import dask
    from distributed import Client, LocalCluster

    if scheduler is None:
        # A worker that is not back in this time is given up, and with the last one the run hangs.
        dask.config.set({"distributed.deploy.lost-worker-timeout": "1 day"})
        cluster = LocalCluster(
            n_workers=n_jobs, threads_per_worker=1, host="127.0.0.1", dashboard_address=None
        )
        client = Client(cluster)
        atexit.register(cluster.close)
    else:
        try:
            client = Client(scheduler, timeout=_CONNECT_S)
        except (OSError, TimeoutError, ValueError) as error:
            raise ServiceError(
                f"no Dask scheduler answers at {scheduler}: start one (dask scheduler), or correct "
                "engine.scheduler"
            ) from error
    atexit.register(client.close)
    try:
        client.wait_for_workers(1, timeout=_WORKER_WAIT_S)
    except TimeoutError as error:
        raise ServiceError(
            f"no worker joined the Dask scheduler {scheduler or 'on this machine'} within "
            f"{_WORKER_WAIT_S} s: start some (dask worker ADDRESS --nthreads 1)"
        ) from error
    return client
