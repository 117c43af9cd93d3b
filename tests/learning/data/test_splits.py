from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bentjets.errors import InputError
from bentjets.learning.data import (
    is_batch_name,
    list_batch_contents,
    name_batch,
    pack_batch,
    split_batches,
)

CLASSES = {"WAT": "100", "NAT": "200"}


def make_batch(name: str, **codes: str) -> dict:
    images = np.zeros((len(codes), 4, 4), dtype=np.uint8)
    return pack_batch(images, list(codes.values()), list(codes), name)


def test_batches_are_named_as_the_published_ones() -> None:
    names = [name_batch(number, 10) for number in range(10)]
    assert names == [*(f"data_batch_{number}" for number in range(9)), "test_batch"]


@pytest.mark.parametrize(
    "name", ["data_batch_0", "data_batch_12", "data_batch_0.pkl", "test_batch", "batches.meta"]
)
def test_names_of_batches_are_known(name) -> None:
    assert is_batch_name(name)


@pytest.mark.parametrize(
    "name", ["", "README.txt", "my_test_batch", "data_batch", "test_batch/../../x", "test_batch\n"]
)
def test_names_that_only_look_like_those_of_batches_are_not(name) -> None:
    assert not is_batch_name(name)


@given(st.integers(3, 14), st.data())
def test_every_batch_serves_once_and_the_test_batch_for_the_test_alone(n_batches, data) -> None:
    names = [name_batch(number, n_batches) for number in range(n_batches)]
    validation = data.draw(st.sampled_from(names[:-1]))
    listed = data.draw(st.permutations([*names, "batches.meta"]))
    split = split_batches(listed, validation=validation)
    assert (split.validation, split.test) == ((validation,), ("test_batch",))
    assert sorted([*split.training, validation, "test_batch"]) == sorted(names)
    again = split_batches([*names, "batches.meta"], validation=validation)
    assert split == again  # whatever the order in which a folder lists its files


@pytest.mark.parametrize("validation", ["test_batch", "batches.meta", "data_batch_7"])
def test_validation_on_no_training_batch_is_refused(validation) -> None:
    names = ["data_batch_0", "data_batch_1", "test_batch", "batches.meta"]
    with pytest.raises(InputError, match="choose one of data_batch_0, data_batch_1"):
        split_batches(names, validation=validation)


@pytest.mark.parametrize(
    "names", [["data_batch_0", "test_batch"], ["data_batch_0", "data_batch_1"]]
)
def test_too_few_batches_are_refused(names) -> None:
    with pytest.raises(InputError, match="there must be two data batches"):
        split_batches(names, validation="data_batch_0")


@pytest.mark.parametrize("names", [[], {}])
def test_without_batches_the_curation_pipeline_is_asked_for(names) -> None:
    with pytest.raises(InputError, match="there are no batches: run the curation pipeline"):
        split_batches(names, validation="data_batch_1")


def test_published_batches_make_a_manifest() -> None:
    batches = {
        "test_batch": make_batch("testing", J5="200"),
        "batches.meta": {"labels": ["WAT", "NAT"]},
        "data_batch_1": make_batch("second", J3="200", J4="100"),
        "data_batch_0": make_batch("first", J1="100", J2="101"),  # 101: a small WAT
    }
    table = list_batch_contents(batches, CLASSES)
    assert table.to_dict("list") == {
        "source_id": ["J1", "J3", "J4", "J5"],
        "name": ["J1", "J3", "J4", "J5"],
        "morphology": ["WAT", "NAT", "WAT", "NAT"],
        "label": ["100", "200", "100", "200"],
        "batch": [0, 1, 1, 2],
        "split": ["train", "train", "train", "test"],
    }


def test_rows_of_the_manifest_are_numbered_through() -> None:
    batches = {
        "test_batch": make_batch("testing", J5="200"),
        "data_batch_0": make_batch("first", J1="100", J3="200"),
    }
    assert list(list_batch_contents(batches, CLASSES).index) == [0, 1, 2]


def test_published_batches_without_a_test_batch_are_refused() -> None:
    with pytest.raises(InputError, match="test_batch is missing"):
        list_batch_contents({"data_batch_0": make_batch("first", J1="100")}, CLASSES)
