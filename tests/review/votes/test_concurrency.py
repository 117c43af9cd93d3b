"""Eight writers at once, some of whom are killed, lose nothing that was confirmed."""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from bentjets.review.votes import VoteStore
from review.votes.casting import cast, start_writer

WRITERS = [f"expert {number}" for number in range(8)]
# A minute is asked for by hand: BENTJETS_WRITING_S=60.
WRITING_S = float(os.environ.get("BENTJETS_WRITING_S", "5"))


def test_eight_writers_and_a_reader_lose_nothing(url: str, tmp_path: Path) -> None:
    """They open a new database at once; four are killed, and the others write on."""
    confirmed = {name: tmp_path / name for name in WRITERS}
    running = {name: start_writer(url, name, path) for name, path in confirmed.items()}
    try:
        _wait(lambda: all(path.stat().st_size for path in confirmed.values()))
        store, seen, end = VoteStore(url), 0, time.monotonic() + WRITING_S
        while time.monotonic() < end:
            store.append([cast("J1", "both"), cast("J2", "both")])
            count = store.count("both", 1)
            assert count == seen + 2
            seen = count
            time.sleep(0.05)
        assert all(one.is_alive() for one in running.values())
        for name in WRITERS[:4]:
            running[name].kill()
        rest = {confirmed[name]: confirmed[name].stat().st_size for name in WRITERS[4:]}
        _wait(lambda: all(path.stat().st_size > size for path, size in rest.items()))
    finally:
        for one in running.values():
            one.kill()
            one.join()
    written = _check_all_are_there(store, confirmed)
    print(f"{written} votes of eight writers in {WRITING_S:g} s, and {seen} beside them: all there")
    store.append([cast(expert="afterwards")])
    assert store.count("afterwards", 1) == 1
    store.close()


def _wait(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end, "a writer does not write"
        time.sleep(0.02)


def _check_all_are_there(store: VoteStore, confirmed: dict[str, Path]) -> int:
    found = store.read()
    assert max(Counter(found["vote_id"]).values()) == 1
    written = 0
    for name, path in confirmed.items():
        said = path.read_text().split()
        kept = found.loc[found["expert"] == name, "vote_id"].tolist()
        # The last one may have been written, and the process killed before it could tell.
        assert kept[: len(said)] == said
        assert len(kept) - len(said) in (0, 1)
        written += len(said)
    return written
