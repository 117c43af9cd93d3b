"""A large survey takes little memory, and looking at it takes none."""

from __future__ import annotations

import gc
import tracemalloc
from pathlib import Path

import pytest

from bentjets.review.server import Room, make_queue
from bentjets.review.votes import VoteStore
from review.many import many_sources

COUNT = 1500
VIEWS = 25


@pytest.fixture
def traced():
    tracemalloc.start()

    def in_use() -> int:
        gc.collect()
        return tracemalloc.get_traced_memory()[0]

    yield in_use
    tracemalloc.stop()


def test_memory_is_small_for_each_source_and_flat_while_they_are_looked_at(
    made: Path, tmp_path: Path, traced
) -> None:
    sources, pictures = many_sources(made, COUNT)
    store = VoteStore(f"sqlite:///{tmp_path / 'reviews.db'}")
    before = traced()
    queue = make_queue(sources, expert="ann", seed=1, repeat_share=0.05)
    room = Room(sources, pictures, store, {"ann": queue})
    room.state("ann")
    assert (traced() - before) / COUNT < 100
    for place in range(5):
        room.show("ann", place)
    before = traced()
    for place in range(5, 5 + VIEWS):
        room.show("ann", place)
        pictures.image(room.source_id("ann", place))
    # An image that was kept would be 90,000 bytes.
    assert (traced() - before) / VIEWS < 3000
    store.close()
