"""Votes for the tests of their store, and a process that writes them until it is killed."""

from __future__ import annotations

import multiprocessing
import os
import uuid
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from bentjets.review.votes import Vote, VoteStore

# What every writer imports is imported once.
_PROCESSES = multiprocessing.get_context("forkserver")
_PROCESSES.set_forkserver_preload(["bentjets.review.votes", "sqlalchemy.dialects.postgresql"])


def cast(source_id: str = "J0020+0004", expert: str = "Ann", **others: Any) -> Vote:
    """Make a vote; what is not said is as in most of them."""
    said = {"verdict": "accept", "voted_at": "2026-01-01T12:00:00.000Z", "seconds": 2.5}
    named = {"vote_id": uuid.uuid4().hex, "source_id": source_id, "expert": expert}
    return Vote(**(named | said | others))


def start_writer(url: str, expert: str, confirmed: Path) -> BaseProcess:
    """Start a process that casts votes, and names each in a file when it is confirmed."""
    confirmed.touch()
    process = _PROCESSES.Process(target=_write, args=(url, expert, confirmed), daemon=True)
    process.start()
    return process


def _write(url: str, expert: str, confirmed: Path) -> None:
    store = VoteStore(url)
    # Without a buffer: what is told here was confirmed, whatever kills the process.
    file = os.open(confirmed, os.O_WRONLY)
    while True:
        vote = cast(expert=expert)
        store.append([vote])
        os.write(file, f"{vote.vote_id}\n".encode())
