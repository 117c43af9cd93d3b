"""A result is found again where nothing that it depends on has changed, and nowhere else."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from bentjets.engine import recipe
from bentjets.engine.recipe import Recipe, digest
from bentjets.pipelines.curation.assessing import assess_image
from bentjets.pipelines.processing.fitting import fit_cutout
from bentjets.pipelines.processing.imaging import draw_image
from bentjets.pipelines.processing.masking import mask_islands

PLAIN = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text()
    | st.binary(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(PLAIN, PLAIN)
def test_equal_values_and_they_alone_have_equal_digests(one: object, other: object) -> None:
    assert (digest(one) == digest(other)) is (repr_sorted(one) == repr_sorted(other))


def repr_sorted(value: object) -> str:
    """Spell a plain value so that only equal ones of equal types are spelt alike."""
    match value:
        case dict():
            return f"d{sorted((key, repr_sorted(item)) for key, item in value.items())}"
        case list():
            return f"l{[repr_sorted(item) for item in value]}"
    return repr(value)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ([b"ab", b"c"], [b"a", b"bc"]),
        (1, True),
        ("1", 1),
        (1, 1.0),
        ([], {}),
        (b"", ""),
        ([[]], []),
    ],
)
def test_what_only_looks_alike_has_another_digest(one: object, other: object) -> None:
    assert digest(one) != digest(other)


def test_a_number_of_numpy_is_that_number() -> None:
    assert digest(np.float64(3.5)) == digest(3.5)


def test_an_order_of_keys_does_not_count() -> None:
    assert digest({"a": 1, "b": 2}) == digest({"b": 2, "a": 1})


@dataclass(frozen=True)
class Job:
    content: bytes
    depth: int


class Settings(BaseModel):
    threshold: float = 3.0


def test_fields_of_jobs_and_settings_count() -> None:
    assert digest(Job(b"a", 1)) == digest(Job(b"a", 1)) != digest(Job(b"a", 2))
    assert digest(Settings()) == digest(Settings(threshold=3.0)) != digest(Settings(threshold=4.0))


class Limits(BaseModel):
    threshold: float = 3.0


def test_settings_of_another_kind_are_others_though_their_fields_are_alike() -> None:
    assert len({digest(Settings()), digest(Limits()), digest({"threshold": 3.0})}) == 3


def test_what_is_not_plain_is_refused() -> None:
    with pytest.raises(TypeError, match="a set cannot be part of a key"):
        digest({1, 2})


class TestCode:
    """The steps of the pipelines depend on their own rooms, not on their neighbours'."""

    @pytest.mark.parametrize(
        ("step", "used", "not_used"),
        [
            (
                fit_cutout,
                ["radio.finding.fit.pybdsf", "radio.cutouts.cutout"],
                ["radio.imaging", "radio.finding.neighbours", "radio.finding.mask", "validation"],
            ),
            (
                mask_islands,
                ["radio.finding.mask", "radio.finding.neighbours"],
                ["radio.imaging", "radio.measuring", "radio.finding.fit.pybdsf"],
            ),
            (draw_image, ["radio.imaging.orientation"], ["radio.finding", "radio.measuring"]),
            (assess_image, ["radio.measuring.opening_angle"], ["radio.finding", "radio.imaging"]),
        ],
    )
    def test_of_each_step(self, step, used: list[str], not_used: list[str]) -> None:
        modules = Recipe.of(step).modules
        for name in used:
            assert f"bentjets.{name}" in modules
        everywhere = ["radio.simulation", "radio.surveys", "radio.catalogues", "learning", "engine"]
        for name in [*not_used, *everywhere]:
            assert not [one for one in modules if one.startswith(f"bentjets.{name}")], name


CODE = '''"""A step."""
from bentjets_helper import shift

def step(number):
    """Do it."""
    return shift(number)  # at last
'''


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(recipe, "_PACKAGE", "bentjets_steps")
    package = tmp_path / "bentjets_steps"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "helper.py").write_text("def shift(number):\n    return number + 1\n")
    (package / "other.py").write_text("def turn(number):\n    return -number\n")
    code = CODE.replace("bentjets_helper", "bentjets_steps.helper")
    (package / "step.py").write_text(code)
    yield package
    forget()


def forget() -> None:
    for name in [name for name in sys.modules if name.startswith("bentjets_steps")]:
        del sys.modules[name]
    for cached in (recipe._imports, recipe._file, recipe._parse, recipe._code_digest):
        cached.cache_clear()
    importlib.invalidate_caches()


def digest_of_step() -> str:
    forget()
    return Recipe.of(importlib.import_module("bentjets_steps.step").step).digest


@pytest.mark.parametrize(
    ("file", "old", "new", "counts"),
    [
        ("step.py", "shift(number)  #", "shift(number + 1)  #", True),
        ("helper.py", "+ 1", "+ 2", True),
        ("step.py", '"""Do it."""', '"""Do it well."""', False),
        ("step.py", "# at last", "# finally", False),
        ("other.py", "-number", "+number", False),
    ],
)
def test_only_code_that_a_step_uses_counts(
    folder: Path, file: str, old: str, new: str, counts: bool
) -> None:
    before = digest_of_step()
    text = (folder / file).read_text()
    assert old in text
    (folder / file).write_text(text.replace(old, new))
    assert (digest_of_step() != before) is counts


def test_the_version_of_a_library_that_is_named_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    before = [Recipe.of(fit_cutout, names).digest for names in ((), ("numpy",))]
    monkeypatch.setattr(recipe, "version", lambda name: "99.0")
    after = [Recipe.of(fit_cutout, names).digest for names in ((), ("numpy",))]
    assert before[0] == after[0]
    assert before[1] != after[1]
