"""Threads of torch do not spin while they wait for each other."""

import os
import subprocess
import sys

import pytest

NAMES = ("OMP_WAIT_POLICY", "GOMP_SPINCOUNT")


def read_settings(**changes):
    """What the threads' library says that it was told, in a process of its own."""
    environment = {name: value for name, value in os.environ.items() if name not in NAMES}
    found = subprocess.run(
        [sys.executable, "-c", "import bentjets, torch"],
        env=environment | {"OMP_DISPLAY_ENV": "verbose"} | changes,
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return found.stderr


@pytest.mark.skipif(sys.platform != "linux", reason="torch brings this library on Linux only")
def test_waiting_threads_sleep():
    told = read_settings()
    assert "OMP_WAIT_POLICY = 'PASSIVE'" in told
    assert "GOMP_SPINCOUNT = '0'" in told


@pytest.mark.skipif(sys.platform != "linux", reason="torch brings this library on Linux only")
def test_who_wants_otherwise_is_heard():
    told = read_settings(OMP_WAIT_POLICY="ACTIVE", GOMP_SPINCOUNT="77")
    assert "OMP_WAIT_POLICY = 'ACTIVE'" in told
    assert "GOMP_SPINCOUNT = '77'" in told
