"""What one expert has before them: a queue, and the votes that stand in it."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bentjets.errors import InputError
from bentjets.review.server.queue import Queue
from bentjets.review.server.sources import Sources
from bentjets.review.votes import Vote, VoteStore

FILTERS = ("all", "open", "done", "rejected", "unsure", "flagged", "stale")
VERDICTS = ("", "accept", "reject", "unsure")
WITHDRAWN = "withdrawn"
_SHOWINGS = 2


class Desk:
    """The places of an expert in one round.

    What stands at each place is kept in a few bytes, and read again when another program has
    written to the store.

    Parameters
    ----------
    expert
        Name of the expert.
    round_number
        1 independent, 2 adjudication.
    queue
        Their order.
    sources
        The sources.
    store
        Where the votes are.
    shows
        Whether labels are shown before the vote.
    """

    def __init__(
        self,
        expert: str,
        *,
        round_number: int,
        queue: Queue,
        sources: Sources,
        store: VoteStore,
        shows: bool,
    ) -> None:
        self.expert, self.round, self.queue = expert, round_number, queue
        self._sources, self._store = sources, store
        self._place_of = np.full((len(sources), _SHOWINGS), -1, dtype=np.int32)
        self._place_of[queue.sources, queue.showings - 1] = np.arange(len(queue))
        self._flagged = sources.is_flagged(shows=shows)[queue.sources]
        self._verdicts = np.zeros(len(queue), dtype=np.uint8)
        self._seconds = np.zeros(len(queue), dtype=np.float32)
        self._stale = np.zeros(len(queue), dtype=bool)
        self._known = -1
        # Two windows of one expert write one after the other.
        self.lock = threading.RLock()

    def __len__(self) -> int:
        return len(self.queue)

    def source_at(self, place: int) -> int:
        """Give the number of the source at a place.

        Raises
        ------
        InputError
            If there is no such place.
        """
        if not 0 <= place < len(self):
            raise InputError(f"there is no place {place}: they go from 0 to {len(self) - 1}")
        return int(self.queue.sources[place])

    def showing_at(self, place: int) -> int:
        """Tell whether the source is shown there for the first time (1) or again (2)."""
        return int(self.queue.showings[place])

    def progress(self) -> dict[str, Any]:
        """Tell how much is done, how long it took, and where to go on."""
        with self.lock:
            self._refresh()
            still_open = np.flatnonzero(self._verdicts == 0)
            return {
                "total": len(self),
                "done": len(self) - len(still_open),
                "seconds_looked": float(self._seconds.sum(dtype=np.float64)),
                "first_open": int(still_open[0]) if len(still_open) else None,
            }

    def places(self, chosen: str, near: int, count: int) -> dict[str, Any]:
        """List the places that a filter leaves, those around one of them.

        Raises
        ------
        InputError
            If there is no such filter.
        """
        with self.lock:
            self._refresh()
            matching = np.flatnonzero(self._matches(chosen))
            middle = int(np.searchsorted(matching, near))
            first = max(0, min(middle - count // 2, len(matching) - count))
            return {
                "places": [
                    {
                        "place": int(place),
                        "verdict": VERDICTS[self._verdicts[place]],
                        "flagged": bool(self._flagged[place]),
                    }
                    for place in matching[first : first + count]
                ],
                "total_matching": len(matching),
            }

    def put(self, place: int, vote: Vote, *, stale: bool = False) -> None:
        """Note what stands at a place from now on; the vote is in the store already."""
        with self.lock:
            is_withdrawn = vote.verdict == WITHDRAWN
            self._verdicts[place] = 0 if is_withdrawn else VERDICTS.index(vote.verdict)
            self._seconds[place] = 0.0 if is_withdrawn else vote.seconds
            self._stale[place] = stale
            self._known += 1

    def standing(self, place: int) -> pd.DataFrame:
        """Give the votes of all experts that stand on the source of a place in this round."""
        source_id = self._sources.source_ids[self.source_at(place)]
        return self._store.latest(round=self.round, source_ids=[source_id])

    def own(self, place: int, standing: pd.DataFrame) -> pd.DataFrame:
        """Take this expert's own vote at a place out of what stands; no row or one."""
        is_own = standing["expert"] == self.expert
        return standing[is_own & (standing["showing"] == self.showing_at(place))]

    def _matches(self, chosen: str) -> NDArray[np.bool_]:
        is_open = self._verdicts == 0
        filters: dict[str, NDArray[np.bool_]] = {
            "all": np.ones_like(is_open),
            "open": is_open,
            "done": ~is_open,
            "rejected": self._verdicts == VERDICTS.index("reject"),
            "unsure": self._verdicts == VERDICTS.index("unsure"),
            "flagged": self._flagged,
            "stale": self._stale,
        }
        if chosen not in filters:
            raise InputError(f"no filter is called so: choose from {', '.join(FILTERS)}")
        return filters[chosen]

    def _refresh(self) -> None:
        count = self._store.count(self.expert, self.round)
        if count == self._known:
            return
        votes = self._store.latest(self.expert, self.round)
        for kept in (self._verdicts, self._seconds, self._stale):
            kept[:] = 0
        current = self._sources.images_sha256()
        columns = ["source_id", "showing", "verdict", "seconds", "image_sha256"]
        for source_id, showing, verdict, seconds, seen in votes[columns].itertuples(
            index=False, name=None
        ):
            number = self._sources.numbers.get(source_id, -1)
            place = self._place_of[number, int(showing) - 1]
            if number < 0 or place < 0:
                continue
            self._verdicts[place] = VERDICTS.index(verdict)
            self._seconds[place] = seconds
            now = current[number].decode()
            self._stale[place] = bool(seen and now) and seen != now
        self._known = count
