"""In which order an expert sees the sources, and which of them come twice."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bentjets.errors import InputError
from bentjets.review.server.sources import Sources

FIRST, REPEAT = 1, 2
SHUFFLED = "shuffled"
ORDERS = (SHUFFLED, "catalogue", "disagreement", "uncertainty", "suspicion")
"""In which order the sources may come."""

_FARTHEST = 50


@dataclass(frozen=True)
class Queue:
    """The places of one expert, from 0.

    Parameters
    ----------
    sources
        Number of the source at each place; int32.
    showings
        1 where it is shown for the first time, 2 where it is the repeat; uint8.
    """

    sources: NDArray[np.int32]
    showings: NDArray[np.uint8]

    def __len__(self) -> int:
        return len(self.sources)


def make_queue(
    sources: Sources,
    *,
    expert: str,
    seed: int,
    by: str = SHUFFLED,
    repeat_share: float = 0.0,
    only: Collection[str] | None = None,
) -> Queue:
    """Put the sources in an expert's order.

    Parameters
    ----------
    sources
        The sources.
    expert, seed, repeat_share
        As for `arrange`.
    by
        One of `ORDERS`: shuffled; as in the catalogue; where label, measured angle and networks
        disagree first; where the networks are least sure first; the most doubtful labels first.
    only
        The sources to look at; None: all of them.

    Raises
    ------
    InputError
        If the order is unknown, or needs networks and none has been trained.
    """
    chosen = np.array(
        [n for n, name in enumerate(sources.source_ids) if only is None or name in only], dtype=int
    )
    queue = arrange(
        [sources.source_ids[number] for number in chosen],
        expert=expert,
        seed=seed,
        repeat_share=repeat_share,
        ranking=_rank(sources, by, chosen),
    )
    return Queue(chosen[queue.sources].astype(np.int32), queue.showings)


def _rank(sources: Sources, by: str, chosen: NDArray[np.int_]) -> NDArray[np.float64] | None:
    match by:
        case "shuffled":
            return None
        case "catalogue":
            return -np.arange(len(chosen), dtype=np.float64)
        case "disagreement" | "uncertainty" if not sources.opinions.models:
            raise InputError(f"--by {by} needs trained networks: run kedro run first")
        case "disagreement":
            doubt = sources.opinions.disagreement(sources.labels, sources.class_disagreement())
            return doubt[chosen]
        case "uncertainty":
            return sources.opinions.uncertainty()[chosen]
        case "suspicion":
            if (suspicion := sources.suspicion()) is None:
                raise InputError("--by suspicion needs trained networks: run kedro run first")
            return suspicion[chosen]
    raise InputError(f"no order is called {by!r}: choose from {', '.join(ORDERS)}")


def arrange(
    source_ids: Sequence[str],
    *,
    expert: str,
    seed: int,
    repeat_share: float = 0.0,
    ranking: NDArray[np.floating] | None = None,
) -> Queue:
    """Put the sources in an expert's own order, some of them a second time.

    An order depends on seed and name alone, and the place of a source among the others on its own
    name: when sources are added or left out, the others stay in their order.

    Parameters
    ----------
    source_ids
        The sources, unique.
    expert
        Name of the expert.
    seed
        Of the order and of the choice of repeats.
    repeat_share
        Share of the sources that come twice, 0 to 1; at least `repeat_distance` others lie
        between, so that few are remembered.
    ranking
        What comes first: the largest. None: the order is shuffled.

    Returns
    -------
    Queue
        Every source once, and ``round(repeat_share n)`` of them twice, if so many can.
    """
    count = len(source_ids)
    if ranking is None:
        ranking = _draw(source_ids, f"{seed}/{expert}/order")
    order = np.argsort(-np.asarray(ranking), kind="stable").astype(np.int32)
    distance = repeat_distance(count)
    can_repeat = order[: max(count - distance, 0)]
    lots = _draw([source_ids[number] for number in can_repeat], f"{seed}/{expert}/repeat")
    places = np.sort(np.argsort(lots, kind="stable")[: round(repeat_share * count)])
    # Up to twice the distance: a fixed one would be noticed.
    farther = (lots[places] * 1e6 % 1.0 * distance).astype(int)
    keys = np.concatenate([np.arange(count), places + distance + farther + 0.5])
    by_key = np.argsort(keys, kind="stable")
    showings = np.repeat(np.array([FIRST, REPEAT], dtype=np.uint8), [count, len(places)])
    return Queue(np.concatenate([order, order[places]])[by_key], showings[by_key])


def find_conflicts(votes: pd.DataFrame) -> set[str]:
    """Find the sources on which the experts of the first round do not say the same.

    Parameters
    ----------
    votes
        What stands: columns ``source_id``, ``showing``, ``verdict``, ``morphology``. Repeats do
        not count.

    Returns
    -------
    set of str
        The sources with different verdicts, or with different morphologies where two experts name
        one.
    """
    first = votes[votes["showing"] == 1]
    verdicts = first.groupby("source_id")["verdict"].nunique()
    named = first[first["morphology"] != ""]
    morphologies = named.groupby("source_id")["morphology"].nunique()
    return {*verdicts.index[verdicts > 1], *morphologies.index[morphologies > 1]}


def repeat_distance(count: int) -> int:
    """Give the least number of other sources between a source and its repeat."""
    return min(_FARTHEST, count // 2)


def _draw(source_ids: Sequence[str], salt: str) -> NDArray[np.float64]:
    """Draw a number between 0 and 1 for each source, from its name and the salt alone."""
    key = hashlib.sha256(salt.encode()).digest()[:16]
    digests = (hashlib.blake2b(one.encode(), digest_size=8, key=key).digest() for one in source_ids)
    return np.fromiter((int.from_bytes(one) / 2.0**64 for one in digests), dtype=np.float64)
