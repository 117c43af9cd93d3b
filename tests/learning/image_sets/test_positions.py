"""Positions in the names of images."""

from __future__ import annotations

import math

import pytest
import yaml

from bentjets.errors import InputError
from bentjets.learning.image_sets import compile_patterns, find_position


@pytest.fixture(scope="module")
def shipped(project):
    text = (project / "conf" / "base" / "parameters_acquisition.yml").read_text()
    return compile_patterns(yaml.safe_load(text)["acquisition"]["image_set"]["positions"])


@pytest.mark.parametrize(
    ("name", "ra_deg", "dec_deg"),
    [
        ("143.442_10.152_2_Baldi2018", 143.442, 10.152),
        ("100_010.451_-009.284", 10.451, -9.284),
        ("200_354.001_+056.500", 354.001, 56.5),
        ("J010.451-009.284", 10.451, -9.284),
        ("J0046-0805", 11.5, -(8 + 5 / 60)),
        ("FIRST_J123456.7-001530.5", 15 * (12 + 34 / 60 + 56.7 / 3600), -(15 / 60 + 30.5 / 3600)),
        ("J1217+0336_2", 184.25, 3.6),
    ],
)
def test_patterns_of_conf_read_the_names_of_published_sets(shipped, name, ra_deg, dec_deg) -> None:
    assert find_position(name, shipped) == pytest.approx((ra_deg, dec_deg), abs=1e-9)


@pytest.mark.parametrize("name", ["img_000123", "data_batch_0_00012", "400.1_10.0", "J9946-0805"])
def test_other_names_have_none(shipped, name) -> None:
    assert all(map(math.isnan, find_position(name, shipped)))


@pytest.mark.parametrize("pattern", ["(?P<ra_deg>1", "no groups", r"(?P<ra_deg>\d)_(?P<dec>\d)"])
def test_a_pattern_that_is_none_is_told(pattern) -> None:
    with pytest.raises(InputError, match=r"acquisition\.image_set\.positions: "):
        compile_patterns([pattern])
