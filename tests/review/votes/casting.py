"""Votes for the tests of their store, and a program that writes them until it is stopped."""

from __future__ import annotations

import subprocess
import sys
import uuid
from pathlib import Path
from typing import Any

from bentjets.review.votes import Vote

CLICKS = ((10.5, 20.0), (74.25, 75.0), (130.0, 21.125))


def cast(source_id: str = "J0020+0004", expert: str = "Ann", **others: Any) -> Vote:
    """Make a vote; what is not said is as in most of them."""
    said = {"verdict": "accept", "voted_at": "2026-01-01T12:00:00.000Z", "seconds": 2.5}
    return Vote(
        **({"vote_id": uuid.uuid4().hex} | said | others), source_id=source_id, expert=expert
    )


def full(**others: Any) -> Vote:
    """Make a vote that says all that there is to say."""
    said = {
        "round": 2, "showing": 2, "verdict": "reject", "reason": "a \"double\", O'Dea\nsays; ü 🔭",
        "morphology": "NAT", "clicks": CLICKS, "opening_angle_deg": 71.25, "tail_1_arcsec": 100 / 3,
        "tail_2_arcsec": 61.0, "image_sha256": "a1" * 32,
    }  # fmt: skip
    return cast(**(said | others))


def start_writer(url: str, expert: str, confirmed: Path) -> subprocess.Popen[bytes]:
    """Start a process that casts votes until it is killed, or its standard input ends."""
    with confirmed.open("wb") as file:
        return subprocess.Popen(
            [sys.executable, __file__, url, expert], stdin=subprocess.PIPE, stdout=file
        )


def _write(url: str, expert: str) -> None:
    import os
    import select

    from bentjets.review.votes import VoteStore

    store = VoteStore(url)
    number = 0
    while not select.select([0], [], [], 0)[0]:
        vote = cast(f"J{number:06d}", expert)
        store.append([vote])
        # Straight to the file: what is told here was confirmed, whatever kills the process.
        os.write(1, f"{vote.vote_id}\n".encode())
        number += 1
    store.close()


if __name__ == "__main__":
    _write(*sys.argv[1:])
