import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from bentjets.errors import InputError
from bentjets.learning.evaluation import wilson_interval
from bentjets.learning.evaluation.metrics.intervals import bootstrap_interval, draw_groups


def test_wilson_of_the_paper():
    assert wilson_interval(53, 63) == pytest.approx((0.7319, 0.9115), abs=2e-3)


@given(st.integers(1, 500), st.data(), st.floats(0.5, 0.999))
def test_wilson_holds_the_share_mirrors_and_is_scipys(n, data, confidence):
    successes = data.draw(st.integers(0, n))
    low, high = wilson_interval(successes, n, confidence)
    assert 0 <= low <= successes / n <= high <= 1
    mirrored = wilson_interval(n - successes, n, confidence)
    assert mirrored == pytest.approx((1 - high, 1 - low), abs=1e-9)
    scipys = binomtest(successes, n).proportion_ci(confidence, method="wilson")
    assert (low, high) == pytest.approx((scipys.low, scipys.high), abs=1e-9)


@pytest.mark.parametrize(("successes", "n"), [(0, 0), (3, 2), (-1, 2), (float("nan"), 2)])
def test_wilson_of_nonsense(successes, n):
    with pytest.raises(InputError, match="give 0 <= successes <= n"):
        wilson_interval(successes, n)


@pytest.mark.parametrize("n_groups", [1, 7, 5000])
def test_every_draw_takes_as_many_groups_and_always_the_same(n_groups):
    counts = np.concatenate(list(draw_groups(n_groups)))
    assert counts.shape == (1000, n_groups)
    assert (counts.sum(axis=1) == n_groups).all()
    assert counts.mean(axis=0) == pytest.approx(np.ones(n_groups), abs=0.2)
    np.testing.assert_array_equal(counts, np.concatenate(list(draw_groups(n_groups))))


def test_a_number_that_grows_by_drawing_is_moved_back():
    drawn = 0.12 + np.linspace(-0.02, 0.02, 1001)
    low, high = bootstrap_interval(0.08, drawn)
    assert (low, high) == pytest.approx((0.08 - 0.019, 0.08 + 0.019), abs=1e-9)


def test_draws_that_tell_nothing_are_left_out():
    assert bootstrap_interval(0.5, np.array([np.nan, 0.5])) == (0.5, 0.5)
    assert bootstrap_interval(0.5, np.array([np.nan])) == (0.5, 0.5)
    assert bootstrap_interval(0.01, np.array([0.0, 0.03]))[0] == 0.0
