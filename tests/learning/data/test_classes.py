from __future__ import annotations

import pytest

from bentjets.errors import InputError
from bentjets.learning.data import label_codes, name_sample


def test_codes_are_text_in_the_order_of_the_classes() -> None:
    assert list(label_codes({"FR-I": 100, "FR-II": "200"}).items()) == [
        ("FR-I", "100"),
        ("FR-II", "200"),
    ]


@pytest.mark.parametrize(
    ("classes", "complaint"),
    [
        ({}, "classes declares none: give at least 2"),
        ({"WAT": "100"}, "classes declares WAT: give at least 2"),
        ({"WAT": "100", "NAT": "200", "FR-I": 100}, "gives WAT and FR-I the same label code '100'"),
    ],
)
def test_codes_that_cannot_be_told_apart_are_refused(classes, complaint) -> None:
    with pytest.raises(InputError, match=complaint):
        label_codes(classes)


@pytest.mark.parametrize(
    ("classes", "name"),
    [
        (["WAT", "NAT"], "bent radio galaxies"),
        (["NAT"], "bent radio galaxies"),
        (["FR-I", "FR-II"], "radio galaxies"),
        (["WAT", "FR-I"], "radio galaxies"),
    ],
)
def test_a_sample_is_bent_if_all_of_it_is(classes, name) -> None:
    assert name_sample(classes) == name
