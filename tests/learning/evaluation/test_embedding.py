"""Features in two dimensions: planted clusters part, and the same features give the same places."""

from __future__ import annotations

import numpy as np
import pytest

from bentjets.learning.data import RunPlan
from bentjets.learning.evaluation import project_features, tabulate_embedding
from bentjets.tables.results import EMBEDDING

N = 60


@pytest.fixture
def features() -> np.ndarray:
    """Two clusters, ten of their own widths apart in 32 features; the first half is one."""
    rng = np.random.default_rng(3)
    noise = rng.normal(size=(N, 32))
    noise[N // 2 :] += 10 * np.eye(32)[5]
    return noise


def test_planted_clusters_are_parted_along_the_first_axis(features):
    places, shares = project_features(features)
    assert places.shape == (N, 2)
    one, other = places[: N // 2, 0], places[N // 2 :, 0]
    assert max(one.max(), other.max()) > 0 > min(one.min(), other.min())
    assert one.max() < other.min() or other.max() < one.min()
    # Of the variance, 25 lies between the clusters, and 1 along each of 32 features.
    assert shares[0] == pytest.approx(26 / 57, abs=0.06)
    assert shares[1] < 0.1
    np.testing.assert_allclose(places.var(axis=0) / features.var(axis=0).sum(), shares)


def test_the_same_features_give_the_same_places(features):
    places, shares = project_features(features)
    again, shares_again = project_features(features.copy())
    np.testing.assert_array_equal(places, again)
    np.testing.assert_array_equal(shares, shares_again)


@pytest.mark.parametrize(
    "few", [np.zeros((0, 4)), np.ones((1, 4)), np.ones((5, 4)), np.arange(3.0)[:, None]]
)
def test_few_or_equal_images_have_places_too(few):
    places, shares = project_features(few)
    assert places.shape == (len(few), 2)
    assert np.isfinite(places).all()
    assert not places[:, 1].any() and shares[1] == 0.0


def test_it_is_told_what_each_source_was_to_the_network(features):
    ids = [f"S{number}" for number in range(N)]
    plan = RunPlan("single", 0, 7, tuple(ids[:40]), tuple(ids[40:50]), tuple(ids[50:]))
    table = EMBEDDING.validate(tabulate_embedding("net", plan, features, ids))
    assert table["source_id"].tolist() == ids
    assert table["part"].value_counts().to_dict() == {"training": 40, "validation": 10, "test": 10}
    assert set(table["run"]) == {"single-0-7"}


def test_sources_that_chose_the_epoch_are_not_called_unseen(features):
    ids = [f"S{number}" for number in range(N)]
    plan = RunPlan("paper", 0, 0, tuple(ids[:40]), tuple(ids[40:]), tuple(ids[40:]))
    table = tabulate_embedding("net", plan, features, ids)
    assert set(table["part"]) == {"training", "validation"}
