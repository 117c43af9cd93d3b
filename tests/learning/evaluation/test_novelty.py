"""How unlike an image is to those of training: calibrated, kept with the run."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from bentjets.errors import InputError
from bentjets.learning.evaluation.novelty import (
    NOVELTY_FILE,
    fit_novelty,
    load_novelty,
    save_novelty,
)


def draw_features(n: int, seed: int, size: int = 40) -> np.ndarray:
    """Features that are correlated, as those of a network are."""
    mixing = np.random.default_rng(0).normal(size=(12, size))
    random = np.random.default_rng(seed)
    return random.normal(size=(n, 12)) @ mixing + 0.1 * random.normal(size=(n, size)) + 3.0


@pytest.fixture
def novelty():
    return fit_novelty(draw_features(300, 1), draw_features(100, 2))


def test_about_one_in_a_hundred_like_those_of_training_is_called_unlike(novelty) -> None:
    others = novelty.p_value(novelty.distance(draw_features(20_000, 3)))
    assert 0.002 < (others < 0.01).mean() < 0.03
    assert (novelty.distance(draw_features(20_000, 3)) > novelty.threshold).mean() == pytest.approx(
        (others < 0.01).mean(), abs=1e-4
    )


def test_p_values_of_images_like_those_of_training_are_spread_evenly(novelty) -> None:
    values = novelty.p_value(novelty.distance(draw_features(5_000, 4)))
    tail = values[values < 0.1]
    assert len(tail) / 5_000 == pytest.approx(0.1, abs=0.06)
    assert stats.kstest(tail / 0.1, "uniform").statistic < 0.3


@pytest.mark.parametrize(
    "strange",
    [
        np.full((50, 40), 3.0) + np.random.default_rng(5).normal(size=(50, 40)) * 2.0,
        draw_features(50, 6) * 4.0,
        draw_features(50, 7)[:, ::-1],
    ],
    ids=["uncorrelated", "larger", "other features"],
)
def test_what_is_unlike_is_told(novelty, strange) -> None:
    assert (novelty.p_value(novelty.distance(strange)) < 0.01).mean() > 0.8


def test_directions_in_which_training_does_not_vary_count(novelty) -> None:
    off = draw_features(1, 8)
    nothing = np.linalg.svd(np.random.default_rng(0).normal(size=(12, 40)))[2][-1]
    assert novelty.distance(off + 3.0 * nothing) > novelty.distance(off) + 5


@given(st.lists(st.floats(0, 1e6), min_size=2, max_size=20))
@settings(max_examples=50)
def test_p_values_fall_with_distance_from_one(distances) -> None:
    fitted = fit_novelty(draw_features(60, 1), draw_features(30, 2))
    ordered = np.sort(np.asarray(distances))
    values = fitted.p_value(ordered)
    assert ((values >= 0) & (values <= 1)).all()
    assert (np.diff(values) <= 0).all()
    assert fitted.p_value(np.zeros(1)) == 1.0
    assert fitted.p_value(np.array([fitted.threshold])) == pytest.approx(0.01)


@pytest.mark.parametrize(("n", "size"), [(3, 40), (5, 2), (400, 128)])
def test_few_images_and_constant_features_do_not_fail(n, size) -> None:
    features = np.random.default_rng(1).normal(size=(n, size))
    features[:, 0] = 0.5
    fitted = fit_novelty(features, features[:1])
    values = fitted.p_value(fitted.distance(np.concatenate([features, features + 1e3])))
    assert np.isfinite(values).all()
    assert (values[n:] < 0.01).all()


def test_too_few_images_are_refused() -> None:
    with pytest.raises(InputError, match="2 training and 1 held-out images"):
        fit_novelty(np.zeros((2, 4)), np.zeros((1, 4)))
    with pytest.raises(InputError, match="5 training and 0 held-out images"):
        fit_novelty(np.zeros((5, 4)), np.zeros((0, 4)))


def test_it_is_kept_with_the_run(novelty, tmp_path) -> None:
    assert load_novelty(tmp_path) is None
    save_novelty(tmp_path, novelty)
    assert [path.name for path in tmp_path.iterdir()] == [NOVELTY_FILE]
    features = draw_features(20, 9)
    kept = load_novelty(tmp_path)
    np.testing.assert_array_equal(kept.distance(features), novelty.distance(features))
    assert kept.threshold == novelty.threshold


def test_features_of_another_network_are_refused(novelty) -> None:
    with pytest.raises(InputError, match="have 7 features, those of training 40"):
        novelty.distance(np.zeros((2, 7)))


@pytest.mark.parametrize("content", [b"", b"not safetensors at all", None])
def test_a_damaged_file_is_named(novelty, tmp_path, content) -> None:
    save_novelty(tmp_path, novelty)
    path = tmp_path / NOVELTY_FILE
    path.write_bytes(path.read_bytes()[:200] if content is None else content)
    with pytest.raises(InputError, match=r"novelty\.safetensors is damaged: train"):
        load_novelty(tmp_path)
