"""The pace of requests: no two closer than a service allows."""

from __future__ import annotations

import threading
import time


class RateLimiter:
    """Gives every request its own slot in time; requests do not come in bursts.

    Parameters
    ----------
    per_second
        Slots in a second.
    over
        Ends every wait, now and from now on, once it is set.
    """

    def __init__(self, per_second: float, over: threading.Event) -> None:
        self._interval_s = 1.0 / per_second
        self._over = over
        self._next_s = 0.0
        self._lock = threading.Lock()

    def acquire(self) -> None:
        """Take the next free slot, and wait for it."""
        with self._lock:
            slot_s = max(self._next_s, time.monotonic())
            self._next_s = slot_s + self._interval_s
        self._over.wait(max(0.0, slot_s - time.monotonic()))

    def pause(self, seconds: float) -> None:
        """Give no slot for so long to whoever asks from now on."""
        with self._lock:
            self._next_s = max(self._next_s, time.monotonic() + seconds)
