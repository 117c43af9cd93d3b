"""Curves against scikit-learn's, and bands that hold them."""

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import (
    average_precision_score,
    precision_recall_curve,
    roc_auc_score,
    roc_curve,
)

from bentjets.learning.evaluation import measure_predictions
from bentjets.learning.evaluation.metrics.curves import (
    FALSE_POSITIVE_RATE,
    RECALL,
    measure_curves,
)

CLASSES = ["WAT", "NAT"]


def make_predictions(n=120, folds=1, seeds=(0,), classes=CLASSES, ties=False):
    rng = np.random.default_rng(7)
    label = rng.integers(0, len(classes), n)
    parts = []
    for seed in seeds:
        scores = rng.gamma(1.0, 1.0, (n, len(classes))) + 1.5 * np.eye(len(classes))[label]
        shares = scores / scores.sum(axis=1, keepdims=True)
        if ties:
            rounded = np.round(shares[:, 0], 1)
            shares = np.stack([rounded, 1 - rounded], axis=1)
        table = pd.DataFrame(shares, columns=[f"probability_{name}" for name in classes])
        parts.append(
            table.assign(
                model="net", kind="network", protocol="cross_validation", seed=seed,
                fold=np.arange(n) % folds, source_id=[f"S{one}" for one in range(n)],
                label=np.array(classes)[label],
            )
        )  # fmt: skip
    return pd.concat(parts, ignore_index=True)


def own_groups(predictions):
    return {one: place for place, one in enumerate(predictions["source_id"].unique())}


def truth(predictions):
    return (predictions["label"] == "NAT").to_numpy(), predictions["probability_NAT"].to_numpy()


@pytest.mark.parametrize("ties", [False, True])
def test_of_one_fold_they_are_those_of_scikit_learn(ties):
    predictions = make_predictions(ties=ties)
    roc, precision_recall = measure_curves(predictions, own_groups(predictions), CLASSES)
    is_nat, score = truth(predictions)
    assert roc.area == pytest.approx(roc_auc_score(is_nat, score))
    assert precision_recall.area == pytest.approx(average_precision_score(is_nat, score))
    false, true, _ = roc_curve(is_nat, score, drop_intermediate=False)
    between = ~np.isin(np.round(FALSE_POSITIVE_RATE, 9), np.round(false, 9))
    expected = np.interp(FALSE_POSITIVE_RATE, false, true)
    np.testing.assert_allclose(roc.value[between], expected[between])
    precision, recall, _ = precision_recall_curve(is_nat, score)
    # scikit-learn gives them by falling recall, and a last point of its own.
    steps = precision[:-1][::-1][np.searchsorted(recall[:-1][::-1], RECALL - 1e-12)]
    np.testing.assert_allclose(precision_recall.value, steps)


def test_over_folds_and_seeds_the_area_is_that_of_the_table():
    predictions = make_predictions(folds=4, seeds=(0, 1))
    groups = own_groups(predictions)
    roc, precision_recall = measure_curves(predictions, groups, CLASSES)
    (entry,) = measure_predictions(predictions, groups, CLASSES)["entries"]
    assert roc.area == pytest.approx(entry["metrics"]["auc"]["value"])
    each = [truth(rows) for _, rows in predictions.groupby(["seed", "fold"])]
    areas = [average_precision_score(*one) for one in each]
    expected = np.average(areas, weights=[is_nat.sum() for is_nat, _ in each])
    assert precision_recall.area == pytest.approx(expected)
    assert np.trapezoid(roc.value, FALSE_POSITIVE_RATE) == pytest.approx(roc.area, abs=0.005)


def test_of_three_classes_they_are_means_over_each_against_the_rest():
    classes = ["a", "b", "c"]
    predictions = make_predictions(classes=classes)
    roc, precision_recall = measure_curves(predictions, own_groups(predictions), classes)
    pairs = [(predictions["label"] == one, predictions[f"probability_{one}"]) for one in classes]
    assert roc.area == pytest.approx(np.mean([roc_auc_score(*pair) for pair in pairs]))
    found = np.mean([average_precision_score(*pair) for pair in pairs])
    assert precision_recall.area == pytest.approx(found)


def test_bands_hold_the_curves_and_narrow_with_more_images():
    widths = []
    for n in (60, 600):
        predictions = make_predictions(n, folds=2)
        for curve in measure_curves(predictions, own_groups(predictions), CLASSES):
            assert (curve.low <= curve.value).all() and (curve.value <= curve.high).all()
            assert curve.low.min() >= 0 and curve.high.max() <= 1
            assert curve.area_low < curve.area < curve.area_high
            widths.append((curve.high - curve.low).mean())
    assert widths[2] < 0.6 * widths[0] and widths[3] < 0.6 * widths[1]


def test_images_of_a_group_are_drawn_together():
    predictions = make_predictions(300)
    alone, _ = measure_curves(predictions, own_groups(predictions), CLASSES)
    # Groups of images that are alike: sorted by how well they are classified.
    good = predictions.sort_values("probability_NAT")["source_id"]
    grouped, _ = measure_curves(
        predictions, {one: place // 15 for place, one in enumerate(good)}, CLASSES
    )
    assert grouped.area_high - grouped.area_low > 1.2 * (alone.area_high - alone.area_low)


def test_folds_of_one_class_do_not_count():
    predictions = make_predictions(80, folds=2)
    only = predictions[(predictions["fold"] == 0) | (predictions["label"] == "NAT")]
    roc, _ = measure_curves(only, own_groups(only), CLASSES)
    assert roc.area == pytest.approx(roc_auc_score(*truth(only[only["fold"] == 0])))
