from __future__ import annotations

import pytest
import yaml
from pydantic import ValidationError

from bentjets.transport import Politeness


def test_defaults_are_polite() -> None:
    assert (Politeness().per_second, Politeness().in_flight, Politeness().attempts) == (4.0, 4, 5)


def test_the_shipped_parameters_are_the_defaults(project) -> None:
    shipped = yaml.safe_load((project / "conf/base/parameters_acquisition.yml").read_text())
    assert Politeness.model_validate(shipped["acquisition"]["requests"]) == Politeness()


def test_whole_numbers_serve_where_any_number_does() -> None:
    assert Politeness(per_second=1, read_s=30).read_s == 30.0


def test_parts_of_a_second_serve() -> None:
    short = {name: 0.5 for name in ("per_second", "connect_s", "read_s", "answer_s", "backoff_s")}
    assert Politeness.model_validate(short).model_dump() == Politeness().model_dump() | short


@pytest.mark.parametrize("name", Politeness.model_fields)
@pytest.mark.parametrize("value", [0, -1, True, "4", None, float("inf"), float("nan")])
def test_what_is_not_a_number_above_zero_is_refused(name, value) -> None:
    with pytest.raises(ValidationError) as caught:
        Politeness.model_validate({name: value})
    assert [error["loc"] for error in caught.value.errors()] == [(name,)]


@pytest.mark.parametrize("name", ["in_flight", "attempts", "give_up_after"])
def test_counts_are_whole(name) -> None:
    with pytest.raises(ValidationError, match="valid integer"):
        Politeness.model_validate({name: 2.5})


def test_unknown_settings_are_refused() -> None:
    with pytest.raises(ValidationError, match="speed"):
        Politeness.model_validate({"speed": 3})


def test_every_setting_says_what_it_means() -> None:
    assert all(field.description for field in Politeness.model_fields.values())
