"""Each expert's own order, and repeats that nobody notices."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bentjets.errors import InputError
from bentjets.review.server import Sources, Tables, find_conflicts, make_queue
from bentjets.review.server.queue import arrange, repeat_distance


def names(count: int) -> list[str]:
    return [f"J{number:04d}" for number in range(count)]


def make_sources(count: int = 6, **tables) -> Sources:
    catalogue = pd.DataFrame(
        {
            **{"source_id": names(count), "name": names(count), "ra_deg": 1.0, "dec_deg": 2.0},
            "morphology": ["WAT", "NAT"] * (count // 2),
        }
    )
    log = pd.DataFrame({"source_id": names(count), "status": "ok", "rms_jy_beam": 1e-4})
    return Sources(Tables(catalogue, log, **tables))


def predictions(wat: list[float]) -> pd.DataFrame:
    rows = {"source_id": names(len(wat)), "probability_WAT": wat}
    table = pd.DataFrame(rows).assign(model="cnn", kind="network")
    # A baseline is sure of everything, and is not asked.
    ruler = table.assign(model="ruler", kind="baseline", probability_WAT=1.0)
    both = pd.concat([table, ruler])
    return both.assign(probability_NAT=1 - both["probability_WAT"])


@given(count=st.integers(0, 300), share=st.floats(0, 1), seed=st.integers(0, 9))
def test_every_source_comes_once_and_the_repeats_twice_and_far_apart(count, share, seed) -> None:
    queue = arrange(names(count), expert="ann", seed=seed, repeat_share=share)
    first = np.flatnonzero(queue.showings == 1)
    again = np.flatnonzero(queue.showings == 2)
    assert sorted(queue.sources[first]) == list(range(count))
    can = count - repeat_distance(count)
    assert len(again) == min(round(share * count), can)
    assert len(set(queue.sources[again])) == len(again)
    where = dict(zip(queue.sources[first], first, strict=True))
    gaps = [
        place - where[source] for source, place in zip(queue.sources[again], again, strict=True)
    ]
    assert all(gap > repeat_distance(count) for gap in gaps)


def test_the_distances_of_repeats_differ() -> None:
    queue = arrange(names(400), expert="ann", seed=1, repeat_share=0.1)
    where = {}
    gaps = set()
    for place, (source, showing) in enumerate(zip(queue.sources, queue.showings, strict=True)):
        gaps |= {place - where[source]} if showing == 2 else set()
        where[source] = place
    assert len(gaps) > 15


def test_each_expert_has_an_order_of_their_own_the_same_after_every_start() -> None:
    one, again, other, seeded = (
        arrange(names(200), expert=expert, seed=seed).sources.tolist()
        for expert, seed in (("ann", 1), ("ann", 1), ("bob", 1), ("ann", 2))
    )
    assert one == again
    assert one != list(range(200))
    assert one not in (other, seeded)


def test_sources_that_join_leave_the_order_of_the_others() -> None:
    few = [names(200)[n] for n in arrange(names(150), expert="ann", seed=1).sources]
    many = [names(200)[n] for n in arrange(names(200), expert="ann", seed=1).sources]
    assert [name for name in many if name in few] == few


def test_the_catalogue_s_order_and_a_choice_of_sources() -> None:
    sources = make_sources()
    queue = make_queue(sources, expert="ann", seed=1, by="catalogue", only={"J0001", "J0004"})
    assert queue.sources.tolist() == [1, 4]


def test_where_networks_disagree_with_the_label_comes_first() -> None:
    sources = make_sources(predictions=lambda: predictions([0.9, 0.8, 0.1, 0.3, 0.6, 0.0]))
    queue = make_queue(sources, expert="ann", seed=1, by="disagreement")
    # Labels are WAT, NAT, WAT, NAT, WAT, NAT: doubts are .1, .8, .9, .3, .4, 0.
    assert queue.sources.tolist() == [2, 1, 4, 3, 0, 5]


def test_an_angle_that_speaks_against_the_class_counts_too() -> None:
    quality = pd.DataFrame(
        {"source_id": names(6), "angle_against_class": [0, 0, 0, 0, 0, 180.0], "image_sha256": ""}
    )
    sources = make_sources(
        quality=quality, predictions=lambda: predictions([0.9, 0.8, 0.1, 0.3, 0.6, 0.0])
    )
    queue = make_queue(sources, expert="ann", seed=1, by="disagreement")
    assert queue.sources.tolist() == [5, 2, 1, 4, 3, 0]


def test_where_networks_are_least_sure_comes_first_and_what_none_saw_last() -> None:
    few = predictions([0.9, 0.8, 0.45, 0.3, 0.6, 0.0])
    sources = make_sources(predictions=lambda: few[few["source_id"] != "J0002"])
    queue = make_queue(sources, expert="ann", seed=1, by="uncertainty")
    assert queue.sources.tolist() == [4, 3, 1, 0, 5, 2]


def test_the_most_doubtful_labels_come_first_and_what_was_not_tested_last() -> None:
    places = pd.DataFrame({"source_id": names(6)[1:], "suspicion": [3, 1, 5, 2, 4]})
    sources = make_sources(doubts=lambda: places)
    queue = make_queue(sources, expert="ann", seed=1, by="suspicion")
    assert queue.sources.tolist() == [2, 4, 1, 5, 3, 0]


@pytest.mark.parametrize("by", ["disagreement", "uncertainty", "suspicion"])
def test_an_order_by_networks_needs_networks(by) -> None:
    with pytest.raises(InputError, match=f"--by {by} needs trained networks"):
        make_queue(make_sources(), expert="ann", seed=1, by=by)


def test_conflicts_are_different_verdicts_or_morphologies_of_the_first_showing() -> None:
    said = [
        *[("same", 1, "accept", ""), ("same", 1, "accept", "WAT")],
        *[("verdict", 1, "accept", ""), ("verdict", 1, "unsure", "")],
        *[("class", 1, "accept", "WAT"), ("class", 1, "accept", "NAT")],
        *[("repeat", 1, "accept", ""), ("repeat", 2, "reject", "")],
    ]
    votes = pd.DataFrame(said, columns=["source_id", "showing", "verdict", "morphology"])
    assert find_conflicts(votes) == {"verdict", "class"}


def test_without_an_image_there_is_nothing_to_look_at() -> None:
    catalogue = pd.DataFrame({"source_id": ["J1"], "ra_deg": [1.0], "dec_deg": [1.0]})
    log = pd.DataFrame({"source_id": ["J1"], "status": ["failed"], "rms_jy_beam": [np.nan]})
    with pytest.raises(InputError, match="run kedro run --pipelines acquisition,processing"):
        Sources(Tables(catalogue, log))
