"""What names the project and its version says the same everywhere."""

from __future__ import annotations

import json
import re
from pathlib import Path

import yaml

import bentjets

PROJECT = Path(__file__).resolve().parents[1]


def test_version_and_licence_are_the_same_in_every_file() -> None:
    citation = yaml.safe_load((PROJECT / "CITATION.cff").read_text())
    codemeta = json.loads((PROJECT / "codemeta.json").read_text())
    assert citation["version"] == codemeta["version"] == bentjets.__version__
    assert codemeta["license"].endswith(citation["license"])
    assert f"## [{bentjets.__version__}]" in (PROJECT / "CHANGELOG.md").read_text()


def test_the_citation_has_what_its_format_asks_for() -> None:
    """As ``cffconvert --validate`` does, whose packages are too old to stand beside ours."""
    citation = yaml.safe_load((PROJECT / "CITATION.cff").read_text())
    assert {"cff-version", "message", "title", "authors"} <= citation.keys()
    for one in (citation["preferred-citation"], *citation["references"]):
        assert {"type", "title", "authors"} <= one.keys()
        assert all({"family-names", "given-names"} <= author.keys() for author in one["authors"])


def test_the_paper_cites_what_its_bibliography_has() -> None:
    text = (PROJECT / "paper" / "paper.md").read_text()
    entries = re.findall(r"^@\w+\{(\w+),", (PROJECT / "paper" / "paper.bib").read_text(), re.M)
    cited = set(re.findall(r"@(\w+\d{4}|pybdsf|kedro)\b", text))
    assert cited == set(entries)
    assert len(text.split()) < 1000
