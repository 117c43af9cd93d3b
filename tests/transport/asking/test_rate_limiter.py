from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from bentjets.transport import RateLimiter


@pytest.fixture
def over() -> threading.Event:
    return threading.Event()


def slots(limiter: RateLimiter, count: int, *, threads: int = 1) -> list[float]:
    """Take slots, and tell when each came, in s from now."""

    def take(_: int) -> float:
        limiter.acquire()
        return time.monotonic() - start

    start = time.monotonic()
    with ThreadPoolExecutor(threads) as pool:
        return sorted(pool.map(take, range(count)))


@pytest.mark.parametrize("threads", [1, 6])
def test_slots_are_spread_evenly_however_many_threads_ask(over, threads) -> None:
    times = slots(RateLimiter(50, over), 12, threads=threads)
    assert times[0] < 0.02
    # Never before its time: the first twelve slots are not one burst at the start of the second.
    for number, slot_s in enumerate(times):
        assert slot_s >= number / 50 - 0.002


def test_idle_time_is_not_saved_up(over) -> None:
    limiter = RateLimiter(50, over)
    limiter.acquire()
    time.sleep(0.2)
    assert slots(limiter, 4)[-1] >= 3 / 50 - 0.002


def test_a_pause_holds_for_the_slots_to_come(over) -> None:
    limiter = RateLimiter(1000, over)
    limiter.pause(0.2)
    limiter.pause(0.01)  # a shorter one does not end it
    assert slots(limiter, 3, threads=3)[0] >= 0.198


def test_when_all_is_over_nobody_waits(over) -> None:
    limiter = RateLimiter(0.01, over)
    limiter.acquire()
    threading.Timer(0.1, over.set).start()
    assert slots(limiter, 3, threads=3)[-1] < 5
