"""Workers of every kind give the same results, and outlive what happens to them."""

from __future__ import annotations

import contextlib
import functools
import importlib
import json
import math
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType

import dask
import numpy as np
import pytest
from distributed import Client
from joblib import cpu_count

from bentjets.engine import EngineSettings, Failure, map_sources, workers
from bentjets.errors import ServiceError
from bentjets.pipelines.processing.fitting import FittingJob, fit_cutout
from bentjets.radio.cutouts import Cutout, fits_bytes
from bentjets.radio.finding import FindingSettings

# Workers import what they call by name, and the tests are no module of theirs.
CALLS = """
import os
import signal
import time
from pathlib import Path


def double(number, deadly=(), breath=0):
    time.sleep(breath)
    if number in deadly:
        os.kill(os.getpid(), signal.SIGKILL)
    return 2 * number


def double_at_second_try(number, deadly=(), marks=""):
    mark = Path(marks) / str(number)
    if number in deadly and not mark.exists():
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return 2 * number


def process_at_second_try(number, deadly=(), marks=""):
    double_at_second_try(number, deadly, marks)
    return os.getpid()
"""

ONE = EngineSettings(n_jobs=1)
SQUARES = [(f"s{i}", float(i)) for i in range(-2, 30)]


@pytest.fixture(scope="module", autouse=True)
def calls(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModuleType]:
    """A module that workers started from now on can import."""
    folder = tmp_path_factory.mktemp("calls")
    (folder / "bentjets_calls.py").write_text(CALLS)
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(folder))
        patch.setenv("PYTHONPATH", f"{folder}{os.pathsep}{os.environ.get('PYTHONPATH', '')}")
        _end_local_processes()
        yield importlib.import_module("bentjets_calls")
        _end_local_processes()


def _end_local_processes() -> None:
    from joblib.externals.loky import get_reusable_executor

    get_reusable_executor().shutdown(kill_workers=True)


def numbered(count: int) -> list[tuple[str, int]]:
    return [(f"s{i}", i) for i in range(count)]


def doubled(count: int) -> list[tuple[str, int]]:
    return [(f"s{i}", 2 * i) for i in range(count)]


def test_a_source_that_kills_its_process_becomes_a_failure_and_the_others_go_on(
    calls: ModuleType,
) -> None:
    engine = EngineSettings(n_jobs=2)
    results = dict(map_sources(calls.double, iter(numbered(12)), deadly=(3, 4), engine=engine))
    died = [results.pop("s3"), results.pop("s4")]
    assert all(isinstance(failure, Failure) for failure in died)
    assert {failure.kind for failure in died} == {"WorkerDiedError"}
    assert "the process that worked on it died" in died[0].message
    assert list(results.items()) == [one for one in doubled(12) if one[0] in results]


def test_of_sources_that_travel_together_only_the_deadly_one_fails(calls: ModuleType) -> None:
    engine = EngineSettings(n_jobs=2)
    stream = map_sources(calls.double, numbered(8), deadly=(2,), together=4, engine=engine)
    results = dict(stream)
    assert results.pop("s2").kind == "WorkerDiedError"
    assert list(results.items()) == [one for one in doubled(8) if one[0] != "s2"]


def test_a_call_whose_process_died_once_gets_its_result(calls: ModuleType, tmp_path: Path) -> None:
    engine = EngineSettings(n_jobs=2)
    stream = map_sources(
        calls.double_at_second_try, numbered(8), deadly=(2,), marks=str(tmp_path), engine=engine
    )
    assert list(stream) == doubled(8)
    assert [mark.name for mark in tmp_path.iterdir()] == ["2"]


def test_threads_that_still_wait_do_not_hold_up_the_end() -> None:
    over = threading.Event()
    with workers.Threads(1) as threads:
        threads.start(functools.partial(over.wait, 30))
        start = time.monotonic()
    assert time.monotonic() - start < 10
    over.set()


def test_calls_that_only_waited_do_not_need_a_process_each(
    calls: ModuleType, tmp_path: Path
) -> None:
    """Each new process would import PyBDSF, for seconds, and 16 calls wait for each worker."""
    engine = EngineSettings(n_jobs=2)
    options = {"deadly": (2,), "marks": str(tmp_path)}
    processes = dict(
        map_sources(calls.process_at_second_try, numbered(20), **options, engine=engine)
    )
    assert len(processes) == 20
    # Two before the death, one or two for what is tried alone, two after it.
    assert len(set(processes.values())) <= 6


def test_processes_that_died_between_two_calls_are_replaced(calls: ModuleType) -> None:
    engine = EngineSettings(n_jobs=2)
    for process in set(
        dict(map_sources(calls.process_at_second_try, numbered(8), engine=engine)).values()
    ):
        os.kill(process, signal.SIGKILL)
    assert list(map_sources(calls.double, numbered(8), engine=engine)) == doubled(8)


# Dask: real clusters on the loopback, each started once.


@pytest.fixture(scope="module")
def own_cluster(calls: ModuleType) -> Iterator[object]:
    """The client of the cluster that the engine starts on this machine, with two workers."""
    # A cluster that gives up on a worker at once shows sooner what happens after 15 seconds.
    with dask.config.set({"distributed.deploy.lost-worker-timeout": "10 ms"}):
        client = workers._connect(None, 2)
        yield client
        client.close()
        client.cluster.close()
        workers._connect.cache_clear()


@dataclass(frozen=True)
class Cluster:
    """A scheduler that runs, and where."""

    address: str
    scheduler: subprocess.Popen[bytes]

    def settings(self) -> EngineSettings:
        return EngineSettings(backend="dask", scheduler=self.address)


@pytest.fixture(scope="module")
def start_dask(
    calls: ModuleType, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[int], Cluster]]:
    """Start a scheduler with so many workers, as users do."""
    started: list[subprocess.Popen[bytes]] = []

    def start(n_workers: int) -> Cluster:
        folder = tmp_path_factory.mktemp("dask")
        file = folder / "scheduler.json"
        # Port 0: any that is free.
        place = ["--host", "127.0.0.1", "--no-dashboard", "--scheduler-file", str(file)]
        scheduler = _start(folder, "scheduler", "--port", "0", *place)
        for _ in range(n_workers):
            _start(folder, "worker", "--nthreads", "1", "--local-directory", str(folder), *place)
        _wait_until(lambda: file.is_file() and file.read_text().endswith("}"))
        return Cluster(json.loads(file.read_text())["address"], scheduler)

    def _start(folder: Path, *words: str) -> subprocess.Popen[bytes]:
        with (folder / "log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "dask", *words],
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        started.append(process)
        return process

    yield start
    for process in started:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _wait_until(done: Callable[[], bool]) -> None:
    for _ in range(600):
        if done():
            return
        time.sleep(0.1)
    pytest.fail("nothing happened for a minute")


@pytest.fixture(scope="module")
def running_cluster(start_dask: Callable[[int], Cluster]) -> Iterator[EngineSettings]:
    """Settings for a cluster that runs already, with two workers."""
    settings = start_dask(2).settings()
    workers._connect(settings.scheduler, cpu_count()).wait_for_workers(2, timeout=60)
    yield settings
    _forget_clusters()


def _forget_clusters() -> None:
    with contextlib.suppress(ValueError):  # there was no client
        Client.current().close()
    workers._connect.cache_clear()


def test_a_dask_cluster_on_this_machine_gives_what_one_process_gives(own_cluster: object) -> None:
    one = list(map_sources(math.sqrt, SQUARES, engine=ONE))
    engine = EngineSettings(backend="dask", n_jobs=2)
    assert list(map_sources(math.sqrt, iter(SQUARES), engine=engine)) == one
    assert [key for key, root in one if isinstance(root, Failure)] == ["s-2", "s-1"]


def test_a_dask_cluster_on_this_machine_has_workers_of_one_thread(own_cluster: Client) -> None:
    assert list(own_cluster.nthreads().values()) == [1, 1]
    assert workers.DaskWorkers(None, 2).ahead() == 2 * 16


def test_a_dask_cluster_on_this_machine_replaces_a_worker_that_died(
    own_cluster, calls: ModuleType, tmp_path: Path
) -> None:
    engine = EngineSettings(backend="dask", n_jobs=2)
    stream = map_sources(
        calls.double_at_second_try, numbered(20), deadly=(7,), marks=str(tmp_path), engine=engine
    )
    assert list(stream) == doubled(20)
    assert (tmp_path / "7").exists()
    own_cluster.wait_for_workers(2, timeout=30)


def test_a_running_dask_cluster_gives_what_one_process_gives(
    running_cluster: EngineSettings,
) -> None:
    one = list(map_sources(math.sqrt, SQUARES, engine=ONE))
    engine = running_cluster
    assert list(map_sources(math.sqrt, iter(SQUARES), engine=engine)) == one


def test_a_dask_worker_that_dies_costs_a_retry_and_not_the_run(
    running_cluster: EngineSettings, calls: ModuleType, tmp_path: Path
) -> None:
    engine = running_cluster
    stream = map_sources(
        calls.double_at_second_try, numbered(40), deadly=(11,), marks=str(tmp_path), engine=engine
    )
    assert list(stream) == doubled(40)
    assert (tmp_path / "11").exists()


def test_dask_workers_find_islands_although_they_may_have_no_children(
    running_cluster: EngineSettings, cutout: Cutout
) -> None:
    """Workers under a nanny are daemons; PyBDSF would fit several islands in processes."""
    data = cutout.data.copy()
    y, x = np.mgrid[:150, :150]
    for column, row in ((30, 120), (120, 120), (110, 25)):
        data += 5e-3 * np.exp(-((x - column) ** 2 + (y - row) ** 2) / (2 * 2.0**2))
    content = fits_bytes(replace(cutout, data=data.astype(np.float32)).to_hdu())
    sources = [("several", FittingJob(content, FindingSettings()))]
    ((_, here),) = map_sources(fit_cutout, sources, engine=ONE)
    engine = running_cluster
    ((_, there),) = map_sources(fit_cutout, sources, engine=engine)
    assert not isinstance(there, Failure), there
    assert len({row["island"] for row in there["gaussians"]}) >= 4
    assert there == here


@pytest.fixture
def _clusters_are_forgotten() -> Iterator[None]:
    yield
    _forget_clusters()


@pytest.mark.usefixtures("_clusters_are_forgotten")
def test_a_source_that_kills_dask_workers_takes_no_other_source_with_it(
    start_dask: Callable[[int], Cluster], calls: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker has the next call at hand already, and Dask blames both for its death."""
    monkeypatch.setattr(workers, "_AHEAD", 1)
    engine = start_dask(1).settings()
    # Calls that come within 0.1 s are carried out in no order.
    results = dict(map_sources(calls.double, numbered(5), deadly=(2,), breath=0.2, engine=engine))
    assert results.pop("s2").kind == "WorkerDiedError"
    assert list(results.items()) == [one for one in doubled(5) if one[0] != "s2"]


@pytest.mark.usefixtures("_clusters_are_forgotten")
def test_an_address_without_a_scheduler_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "_CONNECT_S", 1)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # and nobody listens
        address = f"tcp://127.0.0.1:{taken.getsockname()[1]}"
        engine = EngineSettings(backend="dask", scheduler=address)
        with pytest.raises(ServiceError, match=f"no Dask scheduler answers at {address}: start"):
            list(map_sources(math.sqrt, SQUARES, engine=engine))


@pytest.mark.usefixtures("_clusters_are_forgotten")
def test_a_scheduler_without_workers_is_told(
    start_dask: Callable[[int], Cluster], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workers, "_WORKER_WAIT_S", 1)
    cluster = start_dask(0)
    engine = cluster.settings()
    complaint = f"no worker joined the Dask scheduler {cluster.address} .* start some"
    with pytest.raises(ServiceError, match=complaint):
        list(map_sources(math.sqrt, SQUARES, engine=engine))


@pytest.mark.usefixtures("_clusters_are_forgotten")
def test_a_scheduler_that_dies_ends_the_run_with_one_line(
    start_dask: Callable[[int], Cluster], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workers, "_CONNECT_S", 5)
    cluster = start_dask(1)
    engine = cluster.settings()
    stream = map_sources(math.sqrt, ((f"s{i}", float(i)) for i in range(500)), engine=engine)
    assert next(stream) == ("s0", 0.0)
    os.killpg(cluster.scheduler.pid, signal.SIGKILL)
    with pytest.raises(ServiceError, match="the Dask scheduler does not answer any more"):
        list(stream)
