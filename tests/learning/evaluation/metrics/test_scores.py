import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as sk

from bentjets.learning.evaluation.metrics.scores import RankedScores, score_sums, tally


def draw(seed, n, k, ties=False):
    random = np.random.default_rng(seed)
    labels = random.integers(0, k, n)
    probabilities = random.dirichlet(np.ones(k), n)
    if ties:
        probabilities = np.eye(k)[random.integers(0, k, n)] * 0.5 + 0.5 / k
    return labels, probabilities


def score(labels, probabilities, weights=None):
    columns = tally(labels, probabilities)
    weights = np.ones(len(labels)) if weights is None else weights
    sums = weights[None] @ columns
    return {name: value[0] for name, value in score_sums(sums, probabilities.shape[1]).items()}


@settings(max_examples=50)
@given(st.integers(0, 2**32), st.integers(1, 60), st.integers(2, 4), st.booleans())
def test_scores_are_those_of_scikit_learn(seed, n, k, ties):
    labels, probabilities = draw(seed, n, k, ties)
    found, predicted, every = score(labels, probabilities), probabilities.argmax(1), range(k)
    assert found["accuracy"] == pytest.approx(sk.accuracy_score(labels, predicted))
    recalls = sk.recall_score(labels, predicted, labels=every, average=None, zero_division=0)
    assert found["recall"] == pytest.approx(recalls)
    assert found["balanced_accuracy"] == pytest.approx(recalls[np.unique(labels)].mean())
    precision, _, f1, _ = sk.precision_recall_fscore_support(
        labels, predicted, labels=every, zero_division=0
    )
    assert found["precision"] == pytest.approx(precision)
    assert found["f1"] == pytest.approx(f1)
    assert found["macro_f1"] == pytest.approx(f1.mean())
    np.testing.assert_allclose(
        found["confusion"], sk.confusion_matrix(labels, predicted, labels=every)
    )
    if k == 2:
        assert found["brier"] == pytest.approx(np.mean((probabilities[:, 1] - labels) ** 2))


@settings(max_examples=30)
@given(st.integers(0, 2**32), st.integers(2, 4), st.booleans())
def test_a_weight_of_two_is_the_image_twice(seed, k, ties):
    labels, probabilities = draw(seed, 30, k, ties)
    weights = np.random.default_rng(seed).integers(0, 3, 30)
    rows = np.repeat(np.arange(30), weights)
    one, two = score(labels, probabilities, weights), score(labels[rows], probabilities[rows])
    for name, value in one.items():
        np.testing.assert_allclose(value, two[name], err_msg=name)
    folds = np.arange(30) % 2
    areas = RankedScores(labels, probabilities, folds).areas(weights[None].astype(float))
    repeated = RankedScores(labels[rows], probabilities[rows], folds[rows])
    np.testing.assert_allclose(areas, repeated.areas(np.ones((1, len(rows)))))


@settings(max_examples=50)
@given(st.integers(0, 2**32), st.integers(2, 4), st.booleans())
def test_areas_are_those_of_scikit_learn(seed, k, ties):
    labels, probabilities = draw(seed, 50, k, ties)
    [found] = RankedScores(labels, probabilities, np.zeros(50)).areas(np.ones((1, 50)))
    each = [
        sk.roc_auc_score(labels == number, probabilities[:, number])
        for number in range(k)
        if len(set(labels == number)) == 2
    ]
    assert found == pytest.approx(np.mean(each))


def test_only_images_of_one_fold_are_ranked_against_each_other():
    """In each fold the ranks are perfect; the second fold's network says more throughout."""
    labels = np.array([0, 1, 0, 1])
    second = np.array([0.1, 0.2, 0.8, 0.9])
    probabilities = np.stack([1 - second, second], axis=1)
    [area] = RankedScores(labels, probabilities, np.array([0, 0, 1, 1])).areas(np.ones((1, 4)))
    assert area == 1
    [pooled] = RankedScores(labels, probabilities, np.zeros(4)).areas(np.ones((1, 4)))
    assert pooled == 0.75


def test_one_class_alone_has_no_area():
    ranked = RankedScores(np.zeros(3, int), np.full((3, 2), 0.5), np.zeros(3))
    assert np.isnan(ranked.areas(np.ones((2, 3)))).all()


def test_calibration_error_by_hand():
    """Two bins: 0.9 and right half of the time, 0.6 and always right."""
    confidence = np.array([0.9, 0.9, 0.6, 0.6])
    probabilities = np.stack([confidence, 1 - confidence], axis=1)
    found = score(np.array([0, 1, 0, 0]), probabilities)
    assert found["ece"] == pytest.approx((2 * 0.4 + 2 * 0.4) / 4)
