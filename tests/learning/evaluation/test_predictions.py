import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from bentjets.errors import InputError
from bentjets.learning.data.splitting.protocols import RunPlan
from bentjets.learning.evaluation import (
    ensemble_predictions,
    join_predictions,
    predicted_class,
    tabulate_run,
)
from bentjets.tables.results import PREDICTIONS

CLASSES = ("WAT", "NAT")
THREE = ("FRI", "FRII", "bent")
ORDER = ["S00002", "S00000", "S00001"]


def test_a_run_is_written_in_the_order_of_its_test():
    plan = RunPlan("cross_validation", 3, 7, ("S1",), ("S2",), ("S4", "S3"))
    labels = {"S3": "bent", "S4": "FRI"}
    table = tabulate_run("net", "network", plan, np.eye(3)[[0, 2]], labels, THREE)
    assert list(table.columns) == [
        *("model", "kind", "protocol", "fold", "seed", "source_id", "label"),
        *("probability_FRI", "probability_FRII", "probability_bent"),
    ]
    assert table.iloc[1].tolist() == ["net", "network", "cross_validation", 3, 7, "S3", "bent", 0,
                                      0, 1]  # fmt: skip
    assert list(predicted_class(table, THREE)) == ["FRI", "bent"]
    PREDICTIONS.validate(table)


def test_a_run_without_test_sources_has_no_rows():
    plan = RunPlan("single", 0, 0, ("S1",), (), ())
    table = tabulate_run("net", "network", plan, np.empty((0, 2)), {}, CLASSES)
    assert len(table) == 0
    assert len(predicted_class(table, CLASSES)) == 0


def test_the_first_of_equals_is_predicted(tidy):
    table = tidy([[0.4, 0.4, 0.2], [0.2, 0.4, 0.4]], ["FRI", "FRI"], classes=THREE)
    assert list(predicted_class(table, THREE)) == ["FRI", "FRII"]


def test_the_joint_table_is_sorted_by_run_and_by_the_splits(tidy):
    parts = [
        tidy([0.1, 0.2, 0.3], ["WAT"] * 3, model=model, seed=seed, fold=fold)
        for model, fold, seed in (("b", 0, 0), ("a", 1, 10), ("a", 1, 2), ("a", 0, 3))
    ]
    joined = join_predictions(parts, CLASSES, ORDER)
    runs = joined[["model", "fold", "seed"]].drop_duplicates().to_numpy().tolist()
    assert runs == [["a", 0, 3], ["a", 1, 2], ["a", 1, 10], ["b", 0, 0]]
    assert list(joined["source_id"][:3]) == ORDER
    assert list(joined["probability_WAT"][:3]) == [0.3, 0.1, 0.2]
    assert_frame_equal(joined, join_predictions(parts[::-1], CLASSES, ORDER))
    PREDICTIONS.validate(joined)


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"source_id": "S9"}, "S9 is none of the splits"),
        ({"label": "FRI"}, "S00000 has a label that is none of WAT, NAT"),
        ({"probability_NAT": 0.5}, "S00000 has probabilities that do not sum to 1"),
        ({"probability_NAT": np.nan}, "S00000 has probabilities that do not sum to 1"),
        ({"probability_WAT": 1.5, "probability_NAT": -0.5}, "S00000 has probabilities that do not"),
        ({"source_id": "S00001"}, "S00001 is predicted twice by one run"),
    ],
)
def test_what_is_wrong_is_one_line_that_names_the_run(tidy, change, complaint):
    table = tidy([0.1, 0.2], ["WAT", "NAT"], model="vgg", seed=4, fold=2).assign(**change)
    with pytest.raises(InputError) as error:
        join_predictions([table], CLASSES, ORDER)
    assert str(error.value).startswith(complaint)
    assert "(predictions of vgg, single fold 2, seed 4): run the modelling again" in str(
        error.value
    )


def test_without_predictions_it_says_so(tidy):
    for parts in ([], [tidy([], [])]):
        with pytest.raises(InputError, match="there are no predictions: train a model"):
            join_predictions(parts, CLASSES, ORDER)


def test_a_network_of_other_classes_is_named(tidy):
    table = tidy([0.1], ["FRI"], classes=("FRI", "FRII"), model="vgg")
    with pytest.raises(InputError, match="the predictions of vgg have no probability_WAT"):
        join_predictions([table], CLASSES, ORDER)


def test_an_ensemble_of_the_seeds_of_one_model(tidy):
    parts = [
        tidy([0.1, 0.9], ["NAT", "WAT"], seed=3),
        tidy([0.3, 0.2], ["NAT", "WAT"], seed=8),
    ]
    found = ensemble_predictions(pd.concat(parts), {"both": ["net"]}, CLASSES)
    expected = tidy([0.2, 0.55], ["NAT", "WAT"], model="both", kind="ensemble", seed=3)
    assert_frame_equal(found, expected)


def test_an_ensemble_of_models_in_each_fold_and_protocol(tidy):
    def run(model, value, fold, sources, protocol="cross_validation"):
        return tidy([value], ["WAT"], model=model, fold=fold, sources=sources, protocol=protocol)

    table = pd.concat(
        [
            run("a", 0.2, 0, ["S1"]), run("a", 0.4, 1, ["S2"]), run("b", 0.6, 0, ["S1"]),
            run("b", 1.0, 1, ["S2"]), run("a", 0.5, 0, ["S1"], "single"),
        ]
    )  # fmt: skip
    found = ensemble_predictions(table, {"ab": ["b", "a"]}, CLASSES)
    assert found[["protocol", "fold", "source_id"]].to_numpy().tolist() == [
        ["cross_validation", 0, "S1"], ["cross_validation", 1, "S2"],
    ]  # fmt: skip
    assert found["probability_WAT"].to_list() == pytest.approx([0.4, 0.7])


def test_one_run_is_no_ensemble(tidy):
    found = ensemble_predictions(tidy([0.1], ["WAT"]), {"alone": ["net"]}, CLASSES)
    assert found.empty
    assert list(found) == list(tidy([0.1], ["WAT"]))


def test_an_ensemble_of_three_classes_sums_to_one(tidy):
    random = np.random.default_rng(0)
    parts = [
        tidy(random.dirichlet(np.ones(3), 9), ["FRI"] * 9, classes=THREE, seed=seed)
        for seed in range(3)
    ]
    found = ensemble_predictions(pd.concat(parts), {"e": ["net"]}, THREE)
    assert found.filter(like="probability_").sum(axis=1).to_list() == pytest.approx([1] * 9)


@pytest.mark.parametrize(
    ("ensembles", "complaint"),
    [
        ({"net": ["net"]}, "modelling.ensembles.net: a model has this name"),
        ({"all": ["net", "vgg"]}, "modelling.ensembles.all names vgg: choose of net"),
        ({"all": []}, "modelling.ensembles.all names no model: choose of net"),
    ],
)
def test_ensembles_that_cannot_be(tidy, ensembles, complaint):
    with pytest.raises(InputError, match=complaint):
        ensemble_predictions(tidy([0.1], ["WAT"]), ensembles, CLASSES)


def test_members_that_predicted_other_sources_are_refused(tidy):
    parts = [tidy([0.1, 0.2], ["WAT"] * 2, seed=0), tidy([0.1], ["WAT"], seed=1)]
    with pytest.raises(InputError, match=r"all: S00001 \(fold 0 of single\) is not predicted by"):
        ensemble_predictions(pd.concat(parts), {"all": ["net"]}, CLASSES)
