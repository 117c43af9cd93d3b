import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bentjets.errors import InputError
from bentjets.learning.data import PROTOCOLS, fold_of_batch, plan_runs


def make_splits(batches):
    return pd.DataFrame({"source_id": [f"S{i}" for i in range(len(batches))], "batch": batches})


@st.composite
def splits(draw):
    n_batches = draw(st.integers(3, 12))
    extra = draw(st.lists(st.integers(0, n_batches - 1), max_size=40))
    return make_splits(draw(st.permutations([*range(n_batches), *extra]))), n_batches


@given(splits(), st.data())
@settings(max_examples=60)
def test_a_cross_validation_tests_every_source_once_per_seed(given_splits, data):
    table, n_batches = given_splits
    # Two folds of three batches leave none to learn from in one of them.
    folds = data.draw(st.integers(min(3, n_batches), n_batches))
    plans = plan_runs(
        table, protocol="cross_validation", folds=folds, seeds=[3, 1], validation_batch=0
    )
    assert [(plan.seed, plan.fold) for plan in plans] == [
        (seed, fold) for seed in (3, 1) for fold in range(folds)
    ]
    for seed in (3, 1):
        tested = [name for plan in plans if plan.seed == seed for name in plan.test]
        assert sorted(tested) == sorted(table["source_id"])


@given(splits(), st.sampled_from(sorted(PROTOCOLS)), st.data())
@settings(max_examples=60)
def test_the_parts_have_no_source_in_common_and_lack_none(given_splits, protocol, data):
    table, n_batches = given_splits
    # Two folds of three batches leave none to learn from in one of them.
    folds = data.draw(st.integers(min(3, n_batches), n_batches))
    batch = data.draw(st.integers(0, n_batches - 2))
    table = table.assign(split=np.where(table["batch"] == n_batches - 1, "test", "train"))
    plans = plan_runs(table, protocol=protocol, folds=folds, seeds=[0], validation_batch=batch)
    batch_of = table.set_index("source_id")["batch"]
    for plan in plans:
        training, validation, test = map(set, (plan.training, plan.validation, plan.test))
        assert training and validation and test
        assert training | validation | test == set(table["source_id"])
        assert not training & (validation | test)
        assert validation == test if protocol == "paper" else not validation & test
        # A batch, which holds whole groups, is never parted.
        batches = [{batch_of[name] for name in part} for part in (training, validation, test)]
        assert not batches[0] & (batches[1] | batches[2])
        order = [name for name in table["source_id"] if name in training]
        assert list(plan.training) == order


def test_the_test_batch_is_the_last_and_the_validation_batch_is_chosen():
    table = make_splits([0, 1, 2, 3, 0])
    (single,) = plan_runs(table, protocol="single", folds=5, seeds=[7], validation_batch=1)
    assert single.training == ("S0", "S2", "S4")
    assert (single.validation, single.test, single.name) == (("S1",), ("S3",), "single-0-7")
    (paper,) = plan_runs(table, protocol="paper", folds=5, seeds=[7], validation_batch=1)
    assert paper.training == ("S0", "S1", "S2", "S4")
    assert paper.validation == paper.test == ("S3",)


def test_a_published_split_is_taken_as_it_is():
    table = make_splits([0, 1, 2, 3])
    table["split"] = ["train", "train", "validation", "test"]
    (plan,) = plan_runs(table, protocol="published", folds=2, seeds=[0], validation_batch=0)
    assert (plan.training, plan.validation, plan.test) == (("S0", "S1"), ("S2",), ("S3",))
    table["split"] = ["train", "train", "train", "test"]
    (plan,) = plan_runs(table, protocol="published", folds=2, seeds=[0], validation_batch=8)
    assert (plan.training, plan.validation, plan.test) == (("S0", "S1"), ("S2",), ("S3",))


@pytest.mark.parametrize("batch", [-1, 3, 9])
def test_the_validation_batch_must_be_one_of_training(batch):
    with pytest.raises(InputError, match=f"validation_batch is {batch}: choose .* 0 to 2"):
        plan_runs(
            make_splits([0, 1, 2, 3]), protocol="single", folds=2, seeds=[0], validation_batch=batch
        )


@pytest.mark.parametrize("folds", [0, 1, 5])
def test_impossible_folds(folds):
    with pytest.raises(InputError, match=f"modelling.folds is {folds}, and there are 4 batches"):
        fold_of_batch([0, 1], 4, folds)


@pytest.mark.parametrize(
    ("batches", "protocol", "advice"),
    [
        ([0, 1], "cross_validation", r"curation\.n_batches or modelling\.folds"),
        ([0, 1, 2], "cross_validation", r"curation\.n_batches or modelling\.folds"),
        ([0, 1], "single", r"curation\.n_batches$"),
        ([0], "paper", r"curation\.n_batches$"),
    ],
)
def test_too_few_batches_to_learn_from(batches, protocol, advice):
    with pytest.raises(InputError, match=f"protocol {protocol} leaves none of .* raise {advice}"):
        plan_runs(make_splits(batches), protocol=protocol, folds=2, seeds=[0], validation_batch=0)


def test_no_source_at_all():
    with pytest.raises(InputError, match="there are no splits"):
        plan_runs(make_splits([]), protocol="single", folds=2, seeds=[0], validation_batch=0)


def test_neighbouring_batches_make_a_fold():
    assert fold_of_batch(range(10), 10, 5).tolist() == [0, 0, 1, 1, 2, 2, 3, 3, 4, 4]
    assert np.bincount(fold_of_batch(range(10), 10, 3)).tolist() == [4, 3, 3]
