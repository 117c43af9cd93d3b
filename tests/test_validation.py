"""What is wrong with settings, said in one line."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, Field, model_validator

from bentjets.errors import InputError
from bentjets.validation import suggest, validate

STRICT = ConfigDict(extra="forbid", frozen=True, strict=True)


class Circle(BaseModel):
    model_config = STRICT
    service: Literal["circle"]
    radius: float = Field(gt=0)


class Box(BaseModel):
    model_config = STRICT
    service: Literal["box", "square"]
    sides: list[int] = Field(min_length=1)


class Drawing(BaseModel):
    model_config = STRICT
    title: str
    shapes: dict[str, Annotated[Circle | Box, Field(discriminator="service")]] = {}
    frame: Circle | None = None
    dark: bool = False

    @model_validator(mode="after")
    def _check(self) -> Drawing:
        if self.title == "frame" and self.frame is None:
            raise ValueError("frame must be drawn: give one")
        if self.title == "empty":
            raise ValueError("there is nothing to draw")
        return self


@pytest.mark.parametrize(
    ("wrong", "line"),
    [
        ({"titel": "a"}, "titel is unknown: did you mean title?"),
        ({"q": 1}, "q is unknown: choose from dark, frame, shapes, title"),
        ({"title": 3}, "title is 3: give a text"),
        ({"dark": 1}, "dark is 1: give true or false"),
        ({"dark": None}, "dark is None: give true or false"),
        ({"frame": 7}, "frame is 7: give a mapping of settings"),
        ({"frame": {"service": "circle"}}, "frame.radius is missing: add it to the parameters"),
        ({"shapes": []}, "shapes is []: give a mapping"),
        (
            {"shapes": {"circle": {"service": "circle", "radius": 0}}},
            "shapes.circle.radius is 0: give a number above 0",
        ),
        (
            {"shapes": {"a": {"service": "box", "sides": []}}},
            "shapes.a.sides is []: give a list of 1 or more",
        ),
        (
            {"shapes": {"a": {"service": "box", "sides": [1, 2.5]}}},
            "shapes.a.sides.1 is 2.5: give a whole number",
        ),
        (
            {"shapes": {"a": {"service": "square", "side": [1]}}},
            "shapes.a.side is unknown: did you mean sides? (and 1 more such mistake)",
        ),
        (
            {"shapes": {"a": {"service": "cube"}}},
            "shapes.a.service is 'cube': give 'circle', 'box', 'square'",
        ),
        (
            {"shapes": {"a": {"radius": 1}}},
            "shapes.a.service is missing: add it to the parameters",
        ),
        ({"title": "frame"}, "frame must be drawn: give one"),
        ({"title": "empty"}, "there is nothing to draw"),
        ({"title": [9] * 99}, f"title is [{'9, ' * 24}9, ...: give a text"),
    ],
)
def test_the_first_mistake_is_one_line(wrong: dict[str, Any], line: str) -> None:
    with pytest.raises(InputError) as caught:
        validate(Drawing, {"title": "shapes", **wrong})
    assert str(caught.value) == line


def test_settings_that_are_right_come_back_typed_and_pass_again() -> None:
    drawing = validate(Drawing, {"title": "a", "shapes": {"b": {"service": "box", "sides": [1]}}})
    assert drawing.shapes["b"] == Box(service="box", sides=[1])
    assert validate(Drawing, drawing) == drawing


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=6,
)
names = st.sampled_from(["title", "titel", "shapes", "frame", "dark"])


@given(st.dictionaries(names | st.text(max_size=5), values, max_size=4))
def test_whatever_is_given_is_accepted_or_refused_in_one_line(settings: dict[str, Any]) -> None:
    try:
        validate(Drawing, settings)
    except InputError as error:
        assert str(error) and "\n" not in str(error)


def test_the_nearest_name_is_suggested_or_all_are_listed() -> None:
    assert suggest("treshold", ["dilation", "threshold"]) == "did you mean threshold?"
    assert suggest("x", ["dilation", "threshold"]) == "choose from dilation, threshold"


def test_a_key_that_would_break_the_line_is_quoted() -> None:
    with pytest.raises(InputError) as caught:
        validate(Drawing, {"title": "sky", "\n": None})
    assert str(caught.value).startswith(r"'\n' is unknown")
