from __future__ import annotations

from random import Random

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bentjets.radio.finding.neighbours import DroppedIsland, islands_of_source, list_dropped

COLUMNS = ["island", "x_px", "y_px", "total_flux_jy"]
SHAPE = (40, 60)
Pixel = tuple[int, int]
Field = dict[Pixel, list[Pixel]]
"""One pixel of each island, and the centres of its Gaussians."""

pixels = st.tuples(st.integers(0, SHAPE[1] - 1), st.integers(0, SHAPE[0] - 1))
fields = st.dictionaries(pixels, st.lists(pixels, max_size=3), max_size=6)
lengths = st.floats(0.5, 70.0)


def islands_at(*centres: Pixel) -> np.ndarray:
    """Number islands of 3 x 3 pixels around the given columns and rows."""
    ranks = np.full(SHAPE, -1)
    for island, (column, row) in enumerate(centres):
        ranks[row - 1 : row + 2, column - 1 : column + 2] = island
    return ranks


def gaussians_of(*rows: tuple[int, float, float]) -> pd.DataFrame:
    """Make a table of Gaussians of 1 mJy, 2 mJy and so on."""
    table = [(*row, 1e-3 * number) for number, row in enumerate(rows, start=1)]
    return pd.DataFrame(table, columns=COLUMNS)


def ranks_and_gaussians(field: Field) -> tuple[np.ndarray, pd.DataFrame]:
    ranks = np.full(SHAPE, -1)
    for island, (column, row) in enumerate(field):
        ranks[row, column] = island
    centres = enumerate(field.values())
    return ranks, gaussians_of(*((island, *xy) for island, own in centres for xy in own))


def test_the_island_at_the_position_is_the_source_and_one_beyond_reach_is_not() -> None:
    ranks = islands_at((10, 20), (30, 20))
    gaussians = gaussians_of((0, 10, 20), (1, 30, 20))
    assert islands_of_source(ranks, gaussians, (11.0, 20.0), 15) == {0}
    assert islands_of_source(ranks, gaussians, (29.0, 21.0), 15) == {1}


def test_a_position_is_a_column_and_a_row() -> None:
    ranks = islands_at((20, 10), (10, 20))
    gaussians = gaussians_of((0, 20, 10), (1, 10, 20))
    assert islands_of_source(ranks, gaussians, (20.0, 10.0), 5) == {0}


def test_friends_of_friends_belong_to_the_source() -> None:
    centres = [(5, 20), (15, 20), (25, 20), (36, 20), (46, 20)]
    gaussians = gaussians_of(*((island, *xy) for island, xy in enumerate(centres)))
    assert islands_of_source(islands_at(*centres), gaussians, (15.0, 20.0), 10) == {0, 1, 2}


def test_a_chain_may_run_through_any_gaussian_of_an_island() -> None:
    ranks = islands_at((10, 20), (30, 20), (50, 20))
    gaussians = gaussians_of((0, 10, 20), (1, 18, 20), (1, 30, 20), (1, 42, 20), (2, 50, 20))
    assert islands_of_source(ranks, gaussians, (10.0, 20.0), 8) == {0, 1, 2}
    assert islands_of_source(ranks, gaussians, (10.0, 20.0), 7.9) == {0}


def test_pixels_that_touch_do_not_link_islands_whose_gaussians_are_apart() -> None:
    ranks = islands_at((10, 20), (14, 20))
    gaussians = gaussians_of((0, 9, 20), (1, 15, 20))
    assert islands_of_source(ranks, gaussians, (10.0, 20.0), 5) == {0}


@pytest.mark.parametrize("position", [(18.0, 20.0), (18.0, 24.5), (-1.0, 20.0)])
def test_the_nearest_island_is_the_source_where_the_position_is_off_all(
    position: tuple[float, float],
) -> None:
    ranks = islands_at((10, 20), (30, 20))
    gaussians = gaussians_of((0, 10, 20), (1, 30, 20))
    assert islands_of_source(ranks, gaussians, position, 12) == {0}


def test_no_island_is_the_source_where_none_is_within_reach() -> None:
    gaussians = gaussians_of((0, 10, 20))
    assert islands_of_source(islands_at((10, 20)), gaussians, (30.0, 20.0), 18.9) == set()
    assert islands_of_source(islands_at((10, 20)), gaussians, (30.0, 20.0), 19.0) == {0}
    assert islands_of_source(islands_at(), gaussians_of(), (30.0, 20.0), 19.0) == set()


def test_an_island_without_gaussians_links_to_nothing() -> None:
    ranks = islands_at((10, 20), (20, 20))
    assert islands_of_source(ranks, gaussians_of((1, 20, 20)), (10.0, 20.0), 30) == {0}
    assert islands_of_source(ranks, gaussians_of((0, 10, 20)), (10.0, 20.0), 30) == {0}
    assert islands_of_source(ranks, gaussians_of(), (10.0, 20.0), 30) == {0}


def test_dropped_islands_are_described() -> None:
    ranks = islands_at((10, 20), (30, 20), (10, 35))
    gaussians = gaussians_of((0, 10, 20), (1, 29, 20), (1, 31, 20))
    assert list_dropped(ranks, gaussians, {0}, (10.0, 20.0), 2.0) == (
        DroppedIsland(1, separation_arcsec=38.0, gaussians=2, total_flux_jy=5e-3),
        DroppedIsland(2, separation_arcsec=28.0, gaussians=0, total_flux_jy=0.0),
    )


def test_nothing_is_dropped_where_all_islands_are_the_source() -> None:
    ranks = islands_at((10, 20), (30, 20))
    assert list_dropped(ranks, gaussians_of((0, 10, 20)), {0, 1}, (10.0, 20.0), 2.0) == ()


def test_without_a_source_all_islands_are_dropped() -> None:
    dropped = list_dropped(islands_at((10, 20), (30, 20)), gaussians_of(), set(), (50.0, 5.0), 2.0)
    assert [one.island for one in dropped] == [0, 1]


@given(field=fields, position=pixels, short=lengths, factor=st.floats(1.0, 5.0))
def test_a_longer_link_never_loses_an_island(
    field: Field, position: Pixel, short: float, factor: float
) -> None:
    ranks, gaussians = ranks_and_gaussians(field)
    few = islands_of_source(ranks, gaussians, position, short)
    assert few <= islands_of_source(ranks, gaussians, position, short * factor)


@given(field=fields, position=pixels, link=lengths, order=st.randoms(use_true_random=False))
def test_the_order_of_the_gaussians_does_not_matter(
    field: Field, position: Pixel, link: float, order: Random
) -> None:
    ranks, gaussians = ranks_and_gaussians(field)
    shuffled = gaussians.iloc[order.sample(range(len(gaussians)), len(gaussians))]
    own = islands_of_source(ranks, gaussians, position, link)
    assert islands_of_source(ranks, shuffled, position, link) == own


@given(field=fields, position=pixels, link=lengths)
def test_no_gaussian_of_another_island_is_within_reach_of_the_source(
    field: Field, position: Pixel, link: float
) -> None:
    ranks, gaussians = ranks_and_gaussians(field)
    own = islands_of_source(ranks, gaussians, position, link)
    is_own = gaussians["island"].isin(own)
    for _, theirs in gaussians[~is_own].iterrows():
        steps = np.hypot(gaussians["x_px"] - theirs["x_px"], gaussians["y_px"] - theirs["y_px"])
        assert not (steps[is_own] <= link).any()


@given(field=fields, position=pixels, link=lengths)
def test_an_island_is_either_the_source_s_or_dropped(
    field: Field, position: Pixel, link: float
) -> None:
    ranks, gaussians = ranks_and_gaussians(field)
    own = islands_of_source(ranks, gaussians, position, link)
    dropped = list_dropped(ranks, gaussians, own, position, 1.8)
    assert sorted([*own, *(one.island for one in dropped)]) == list(range(len(field)))
