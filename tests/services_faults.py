"""What requests the stand-in of public services has had, and how they are told to fail."""

from __future__ import annotations

import hashlib
import math
import time
from dataclasses import dataclass, field

Position = tuple[float, float]

FAULTS = (
    *("refuse", "hang", "drip", "truncate", "half_file", "html", "not_found", "too_many"),
    *("server_error", "unavailable", "empty_list", "all_nan"),
)

_STEPS = {"empty_list": ("query", "table", "record"), "all_nan": ("image",)}
SAME_PLACE_DEG = 5 / 3600


@dataclass(eq=False)
class Request:
    """One request: what was asked, which a plan may look at, and what became of it."""

    service: str  # skyview, hips2fits, vizier, archive
    step: str  # form, query, image; table; record, file
    path: str
    survey: str = ""
    position: Position | None = None
    source: str = ""  # name of the source at that position; the table, record or file
    from_byte: int = 0  # of a file, of which only the rest is asked for
    attempt: int = 1  # how often this step has been asked for of this source
    started: float = field(default_factory=time.monotonic)
    in_flight: int = 0  # with this one
    status: int = 0
    fault: str = ""
    complete: bool = False  # the answer went out whole

    @property
    def delivered(self) -> bool:
        """Whether what was asked for went out as it should."""
        return self.complete and self.status == 200 and self.fault in ("", "hang", "drip")


@dataclass(frozen=True)
class Flaky:
    """A plan: some of the sources fail once or twice, and a few for good.

    Which ones, how and how often follows from the source's name alone.
    """

    transient: float = 0.10
    permanent: float = 0.03
    passing: tuple[str, ...] = ("refuse", "truncate", "server_error", "unavailable")
    lasting: tuple[str, ...] = ("not_found", "all_nan")
    seed: int = 0

    def __call__(self, request: Request) -> str | None:
        if request.position is None:
            return None
        kind, times, step = self._fate(request.source)
        if request.service == "hips2fits":
            step = "image"
        return kind if request.step == step and request.attempt <= times else None

    def fate(self, source: str) -> tuple[str, float]:
        """Tell the fault of a source ("": none), and how often it comes (infinity: always)."""
        kind, times, _ = self._fate(source)
        return kind, times

    def _fate(self, source: str) -> tuple[str, float, str]:
        digest = hashlib.sha256(f"{self.seed} {source}".encode()).digest()
        share = int.from_bytes(digest[:4], "big") / 2**32
        if share < self.permanent:
            kinds, times = self.lasting, math.inf
        elif share < self.permanent + self.transient:
            kinds, times = self.passing, 1.0 + digest[4] % 2
        else:
            return "", 0, ""
        kind = kinds[digest[5] % len(kinds)]
        steps = [step for step in ("query", "image") if step in _STEPS.get(kind, (step,))]
        return kind, times, steps[digest[6] % len(steps)]


@dataclass
class Order:
    kind: str
    left: float
    where: str
    source: str | None
    position: Position | None

    def fits(self, request: Request) -> bool:
        return (
            self.left > 0
            and can_have(self.kind, request.step)
            and self.where in request.path
            and self.source in (None, request.source)
            and (self.position is None or is_near(self.position, request.position))
        )


def is_near(one: Position, other: Position | None) -> bool:
    if other is None:
        return False
    east = (one[0] - other[0] + 180) % 360 - 180
    return math.hypot(east * math.cos(math.radians(one[1])), one[1] - other[1]) < SAME_PLACE_DEG


def can_have(kind: str, step: str) -> bool:
    return step in _STEPS.get(kind, (step,))
