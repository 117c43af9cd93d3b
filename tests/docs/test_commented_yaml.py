"""What a file of conf says of its keys is found, wherever it says it."""

from __future__ import annotations

from pathlib import Path

import pytest

TEXT = """\
# Above the block.
block:
  first: 1.4e9   # beside
  second: [1, 2] # beside,
                 # and below
  # Above the third,
  # in two lines.
  third:         # beside its key
    - a
    - b
  text: "# none" # of it
  fourth: {a: {b: 2}}
"""


@pytest.fixture
def entries(project: Path, tmp_path: Path, monkeypatch):
    monkeypatch.syspath_prepend(str(project / "docs" / "_ext"))
    from commented_yaml import read_entries

    (tmp_path / "some.yml").write_text(TEXT)
    return {".".join(one.path): one for one in read_entries(tmp_path / "some.yml")}


@pytest.mark.parametrize(
    ("key", "comment"),
    [
        ("block", "Above the block."),
        ("block.first", "beside"),
        ("block.second", "beside, and below"),
        ("block.third", "Above the third, in two lines. beside its key"),
        ("block.text", "of it"),
        ("block.fourth", ""),
        ("block.fourth.a.b", ""),
    ],
)
def test_comment(entries, key: str, comment: str) -> None:
    assert entries[key].comment == comment


def test_values_are_told_as_they_are_written(entries) -> None:
    assert entries["block.first"].written == "1.4e9"
    assert entries["block.third"].written == "[a, b]"
    assert entries["block.fourth"].value == {"a": {"b": 2}}
