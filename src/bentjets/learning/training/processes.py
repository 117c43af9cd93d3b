"""Training among several processes, which share each batch (loads torch).

Processes that torchrun started know of each other by their environment; `launch` starts such
processes on this machine.
"""

from __future__ import annotations

import atexit
import functools
import logging
import os
import signal
import tempfile
import uuid
from collections.abc import Callable
from typing import Any, TypeVar, cast

import torch
from torch import distributed

from bentjets.errors import BentjetsError
from bentjets.learning.training.record import StoppedError

T = TypeVar("T")


def is_launched() -> bool:
    """Tell whether this is one of the processes of torchrun, or of `launch`."""
    return bool(distributed.is_available() and distributed.is_torchelastic_launched())


def is_first() -> bool:
    """Tell whether this process writes files and speaks for the others: exactly one does."""
    return not is_launched() or int(os.environ["RANK"]) == 0


def count_processes() -> tuple[int, int]:
    """Count the processes of each machine, and the machines."""
    if not is_launched():
        return 1, 1
    local = int(os.environ["LOCAL_WORLD_SIZE"])
    return local, int(os.environ["WORLD_SIZE"]) // local


def agree(make: Callable[[], T]) -> T:
    """Let the first process make something, and give it to all of them.

    No process goes on before the first is done. What it cannot do, none of them can: all raise
    its `BentjetsError`.
    """
    if not is_launched():
        return make()
    group, told = _join(), [cast("Any", None)]
    if is_first():
        try:
            told = [make()]
        except BentjetsError as error:
            told = [error]
    distributed.broadcast_object_list(told, src=0, group=group)
    if isinstance(told[0], BentjetsError):
        raise told[0]
    return cast("T", told[0])


def launch(n: int, function: Callable[..., T], *arguments: Any) -> T:
    """Call a function in several new processes of this machine, as torchrun would.

    Parameters
    ----------
    n : int
        How many.
    function : callable
        A function of a module, which every process calls.
    *arguments
        What it is called with; copied into each process.

    Returns
    -------
    object
        What it gives in the first of them.

    Raises
    ------
    BentjetsError
        What the function raised.
    StoppedError
        If this process was told to stop (SIGTERM); the new ones are told too.
    """
    from torch.distributed.elastic.multiprocessing.api import DefaultLogsSpecs, SignalException
    from torch.distributed.launcher.api import LaunchConfig, elastic_launch

    # It would tell every step of these processes to the user's log.
    logging.getLogger("torchelastic-events-null").disabled = True
    threads = max(1, torch.get_num_threads() // n)
    try:
        with tempfile.TemporaryDirectory() as folder:
            config = LaunchConfig(
                min_nodes=1,
                max_nodes=1,
                nproc_per_node=n,
                logs_specs=DefaultLogsSpecs(log_dir=folder),
                run_id=uuid.uuid4().hex,
                rdzv_backend="c10d",
                rdzv_endpoint="127.0.0.1:0",
                local_addr="127.0.0.1",
                max_restarts=0,
            )
            told = elastic_launch(config, _answer)(threads, function, *arguments)[0]
    except SignalException as error:
        if error.sigval == signal.SIGINT:
            raise KeyboardInterrupt from error
        raise StoppedError(
            f"told to stop ({error.sigval.name}): the same command goes on from the last epoch"
        ) from error
    if isinstance(told, BentjetsError):
        raise told
    return cast("T", told)


def _answer(threads: int, function: Callable[..., Any], *arguments: Any) -> Any:
    """Call a function; an error with a message for the user is its answer."""
    torch.set_num_threads(threads)
    try:
        return function(*arguments)
    except StoppedError as error:
        # Who started it was told too, and does not wait for an answer.
        raise SystemExit(1) from error
    except BentjetsError as error:
        return error


@functools.cache
def _join() -> Any:
    """Connect the processes, once; give the group in which they talk of other things than numbers.

    Lightning finds them connected.
    """
    is_on_gpus = torch.cuda.is_available()
    if is_on_gpus:
        torch.cuda.set_device(int(os.environ["LOCAL_RANK"]))
    distributed.init_process_group("nccl" if is_on_gpus else "gloo")
    atexit.register(distributed.destroy_process_group)
    return distributed.new_group(backend="gloo")
