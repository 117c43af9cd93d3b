import json
import time

import numpy as np
import pandas as pd
import pytest

from bentjets.errors import InputError
from bentjets.learning.evaluation import measure_predictions, wilson_interval

CLASSES = ("WAT", "NAT")
THREE = ("FRI", "FRII", "bent")
OVERALL = {"accuracy", "balanced_accuracy", "auc", "macro_f1", "ece", "brier"}


def alone(table):
    """Make each source a group of its own."""
    return {source: number for number, source in enumerate(sorted(set(table["source_id"])))}


def measure(table, classes=CLASSES, groups=None):
    return measure_predictions(table, groups or alone(table), classes)["entries"]


def draw(tidy, n, key, accuracy=0.8, **run):
    random = np.random.default_rng(key)
    labels = np.array(CLASSES)[np.arange(n) % 2]
    right = random.random(n) < accuracy
    sure = random.uniform(0.5, 1, n)
    return tidy(np.where((labels == "WAT") == right, sure, 1 - sure), labels, **run)


def test_a_small_table_by_hand(tidy):
    table = tidy([0.9, 0.8, 0.3, 0.1], ["WAT", "WAT", "WAT", "NAT"], protocol="paper")
    found = measure_predictions(table, alone(table), CLASSES)
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    assert found["classes"] == ["WAT", "NAT"]
    [entry] = found["entries"]
    assert {key: entry[key] for key in ("model", "kind", "protocol", "folds", "seeds", "n")} == {
        "model": "net", "kind": "network", "protocol": "paper", "folds": 1, "seeds": [0], "n": 4,
    }  # fmt: skip
    assert entry["groups"] == 4
    assert entry["metrics"].keys() == OVERALL
    assert entry["confusion"] == [[2, 1], [0, 1]]
    low, high = wilson_interval(3, 4)
    accuracy = entry["metrics"]["accuracy"]
    assert accuracy == {"value": 0.75, "low": low, "high": high, "spread": None}
    wat = entry["per_class"]["WAT"]
    assert wat["support"] == 3
    assert (wat["precision"]["value"], wat["recall"]["value"]) == pytest.approx((1, 2 / 3))
    assert (wat["precision"]["low"], wat["precision"]["high"]) == wilson_interval(2, 2)
    assert (wat["recall"]["low"], wat["recall"]["high"]) == wilson_interval(2, 3)
    assert wat["f1"]["value"] == pytest.approx(0.8)
    assert entry["metrics"]["auc"]["value"] == 1
    assert entry["metrics"]["brier"]["value"] == pytest.approx((0.01 + 0.04 + 0.49 + 0.01) / 4)


def test_every_interval_holds_its_value(tidy):
    table = pd.concat([draw(tidy, 80, seed, seed=seed) for seed in range(3)])
    pairs = {source: number // 2 for source, number in alone(table).items()}
    for groups in (alone(table), pairs):
        [entry] = measure(table, groups=groups)
        numbers = [*entry["metrics"].values()]
        for one in entry["per_class"].values():
            numbers += [one["precision"], one["recall"], one["f1"]]
        for number in numbers:
            assert 0 <= number["low"] < number["value"] < number["high"] <= 1
            assert number["spread"] > 0


def test_values_are_means_over_seeds_and_spread_their_deviation(tidy):
    parts = [draw(tidy, 50, seed, seed=seed) for seed in (4, 9)]
    each = [measure(part)[0]["metrics"] for part in parts]
    [entry] = measure(pd.concat(parts))
    assert entry["seeds"] == [4, 9]
    for name in OVERALL:
        values = [one[name]["value"] for one in each]
        assert entry["metrics"][name]["value"] == pytest.approx(np.mean(values))
        assert entry["metrics"][name]["spread"] == pytest.approx(np.std(values, ddof=1))
    assert np.sum(entry["confusion"]) == 50


def test_folds_are_pooled(tidy):
    parts = [
        tidy([0.9, 0.9], ["WAT", label], fold=fold, protocol="cross_validation", sources=sources)
        for fold, label, sources in ((0, "NAT", ["a", "b"]), (1, "WAT", ["c", "d"]))
    ]
    [entry] = measure(pd.concat(parts))
    assert (entry["folds"], entry["n"]) == (2, 4)
    assert entry["metrics"]["accuracy"]["value"] == 0.75


def test_the_bootstrap_agrees_with_wilson_where_both_serve(tidy):
    """The same images in pairs that say nothing: accuracy's interval hardly changes."""
    table = draw(tidy, 400, 3)
    width = {}
    for name, size in (("alone", 1), ("pairs", 2)):
        groups = {source: number // size for source, number in alone(table).items()}
        accuracy = measure(table, groups=groups)[0]["metrics"]["accuracy"]
        width[name] = accuracy["high"] - accuracy["low"]
    assert width["pairs"] == pytest.approx(width["alone"], rel=0.2)


def test_images_that_belong_together_count_once(tidy):
    """Each image ten times over: with groups the interval stays, as if there were no copies."""
    once = draw(tidy, 40, 5)
    copies = pd.concat([once.assign(source_id=once["source_id"] + f"x{i}") for i in range(10)])
    groups = {source: int(source[1:6]) for source in copies["source_id"]}
    accuracy = measure(copies, groups=groups)[0]["metrics"]["accuracy"]
    expected = measure(once)[0]["metrics"]["accuracy"]
    assert accuracy["value"] == expected["value"]
    assert accuracy["high"] - accuracy["low"] == pytest.approx(
        expected["high"] - expected["low"], rel=0.15
    )


def test_all_right_in_groups_is_not_certain(tidy):
    table = tidy([0.9] * 10, ["WAT"] * 10)
    groups = {source: number // 2 for source, number in alone(table).items()}
    accuracy = measure(table, groups=groups)[0]["metrics"]["accuracy"]
    assert (accuracy["low"], accuracy["high"]) == wilson_interval(5, 5)


def test_a_single_image(tidy):
    [entry] = measure(tidy([0.9], ["WAT"]))
    assert entry["metrics"]["accuracy"]["value"] == 1
    assert entry["metrics"]["auc"] == {"value": None, "low": None, "high": None, "spread": None}
    assert entry["per_class"]["NAT"]["recall"] == {
        "value": 0.0, "low": None, "high": None, "spread": None,
    }  # fmt: skip


def test_three_classes_one_of_them_missing_in_the_test(tidy):
    probabilities = [[0.8, 0.1, 0.1], [0.2, 0.7, 0.1], [0.6, 0.3, 0.1], [0.1, 0.2, 0.7]]
    found = measure_predictions(
        table := tidy(probabilities, ["FRI", "FRII", "FRII", "FRI"], classes=THREE),
        alone(table),
        THREE,
    )
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    [entry] = found["entries"]
    assert entry["confusion"] == [[1, 0, 1], [1, 1, 0], [0, 0, 0]]
    assert entry["metrics"]["balanced_accuracy"]["value"] == 0.5
    assert entry["per_class"]["bent"]["support"] == 0
    assert entry["per_class"]["bent"]["precision"]["value"] == 0
    # FRI: of the four pairs 0.8 wins both, 0.1 none; FRII: both 0.7 and 0.3 win both.
    assert entry["metrics"]["auc"]["value"] == pytest.approx((2 / 4 + 4 / 4) / 2)
    brier = [(0.04 + 0.01 + 0.01), (0.04 + 0.09 + 0.01), (0.36 + 0.49 + 0.01), (0.81 + 0.04 + 0.49)]
    assert entry["metrics"]["brier"]["value"] == pytest.approx(np.mean(brier) / 2)


def test_a_constant_guess_has_half_the_area_in_any_folds(tidy):
    """The more of a class a fold tests, the less its training has: pooled ranks go backwards."""
    parts = [
        tidy([share] * 4, labels, fold=fold, protocol="cross_validation", kind="baseline",
             sources=[f"{fold}{i}" for i in range(4)])
        for fold, (share, labels) in enumerate(
            [(0.4, ["WAT"] * 3 + ["NAT"]), (0.6, ["NAT"] * 3 + ["WAT"])]
        )
    ]  # fmt: skip
    assert measure(pd.concat(parts))[0]["metrics"]["auc"]["value"] == 0.5


def test_the_surest_images_are_kept_until_one_in_twenty_is_wrong(tidy):
    sure = np.linspace(0.99, 0.6, 40)
    labels = np.where(np.isin(np.arange(40), [15, 22, 30]), "NAT", "WAT")
    abstain = measure(tidy(sure, labels))[0]["abstain"]
    # One of 22 is wrong, then two of 23 to 30; none of these shares is 95 %.
    assert abstain["share"] == 22 / 40
    assert abstain["threshold"] == pytest.approx(sure[21])
    assert abstain["accuracy"] == pytest.approx(21 / 22)
    assert abstain["target"] == 0.95


def test_equally_sure_images_are_kept_or_left_together(tidy):
    nothing = {"target": 0.95, "share": 0.0, "threshold": None, "accuracy": None}
    assert measure(tidy([0.9, 0.9], ["WAT", "NAT"]))[0]["abstain"] == nothing
    everything = measure(tidy([0.9, 0.9], ["WAT", "WAT"]))[0]["abstain"]
    assert everything == {"target": 0.95, "share": 1.0, "threshold": 0.9, "accuracy": 1.0}


def test_the_order_of_the_rows_plays_no_part(tidy):
    table = pd.concat([draw(tidy, 30, seed, seed=seed) for seed in range(2)])
    shuffled = table.sample(frac=1, random_state=0).sort_values("seed", kind="stable")
    one, two = measure(table)[0], measure(shuffled)[0]
    assert one == two


def test_what_cannot_be_measured_is_one_line(tidy):
    table = tidy([0.9, 0.8], ["WAT", "NAT"])
    with pytest.raises(InputError, match="there are no predictions to measure"):
        measure_predictions(table[:0], {}, CLASSES)
    with pytest.raises(InputError, match="S00001 is predicted and in no split"):
        measure_predictions(table, {"S00000": 0}, CLASSES)
    with pytest.raises(InputError, match=r"the seeds of net \(single\) predicted different"):
        measure(pd.concat([table, table[:1].assign(seed=1)]))


def test_twenty_thousand_images_take_seconds(tidy):
    table = draw(tidy, 20_000, 0)
    groups = {source: number // 2 for source, number in alone(table).items()}
    start = time.perf_counter()
    measure(table, groups=groups)
    assert time.perf_counter() - start < 10
