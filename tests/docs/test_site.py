"""The documentation site: it builds without a warning, is complete, and needs nobody else."""

from __future__ import annotations

import importlib
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
import yaml

from bentjets.tables import Table

# What a browser loads by itself, and by which attribute.
LOADED = {
    *(("script", "src"), ("img", "src"), ("iframe", "src"), ("source", "src"), ("video", "src")),
    *(("link", "href"), ("object", "data"), ("image", "href"), ("use", "href")),
}
WAIT_S = 300


class Page(HTMLParser):
    """The places of a page, and what it refers to."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.ids: set[str] = set()
        self.links: list[str] = []
        self.loaded: list[str] = []
        self.words: list[str] = []
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name == "id" and value:
                self.ids.add(value)
            if (tag, name) in LOADED and value:
                self.loaded.append(value)
            if tag == "a" and name == "href" and value:
                self.links.append(value)

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


@pytest.fixture(scope="module")
def build(project: Path, tmp_path_factory) -> tuple[Path, subprocess.CompletedProcess[str]]:
    out = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "sphinx", "--quiet", "-W", "--keep-going"]
    done = subprocess.run(
        [*command, "--doctree-dir", str(out / "doctrees"), "docs", str(out / "html")],
        cwd=project,
        env={key: value for key, value in os.environ.items() if key != "BENTJETS_INTERSPHINX"},
        capture_output=True,
        text=True,
        timeout=WAIT_S,
        check=False,
    )
    return out / "html", done


@pytest.fixture(scope="module")
def pages(build) -> dict[str, Page]:
    site, _ = build
    files = [path for path in site.rglob("*.html") if "_static" not in path.parts]
    return {path.relative_to(site).as_posix(): Page(path) for path in files}


def leaves(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    if isinstance(value, dict) and value:
        for key, inner in value.items():
            yield from leaves(inner, (*path, str(key)))
    else:
        yield path


def anchor(kind: str, path: tuple[str, ...]) -> str:
    return re.sub(r"[^a-z0-9]+", "-", "-".join((kind, *path)).lower()).strip("-")


def test_it_builds_without_a_warning(build) -> None:
    _, done = build
    assert (done.returncode, done.stderr) == (0, "")


def test_every_parameter_has_a_place(project: Path, pages) -> None:
    ids = pages["reference/parameters.html"].ids
    files = sorted((project / "conf" / "base").glob("parameters*.yml"))
    stated = [path for file in files for path in leaves(yaml.safe_load(file.read_text()))]
    stated += [
        ("globals", key)
        for key in yaml.safe_load((project / "conf" / "base" / "globals.yml").read_text())
    ]
    # Of what is one value to its model, such as an optimizer with its arguments, the whole.
    missing = [
        path
        for path in stated
        if not any(anchor("parameter", path[:n]) in ids for n in range(len(path), 0, -1))
    ]
    assert len(stated) > 200
    assert missing == []


def test_a_parameter_is_told_with_all_that_is_known(pages) -> None:
    text = pages["reference/parameters.html"].text
    start = text.index("processing.threshold_pixel")
    assert "an island must hold a pixel above this many rms" in text[start : start + 200]
    assert "default 5.0 · allowed number" in text[start : start + 300]
    start = text.index("acquisition.max_failed_fraction")
    assert "at least 0, at most 1 in folder : 1" in text[start : start + 400]
    assert "connect_s How long to wait for a connection, in s." in text
    assert "default 10 · unit s · allowed number above 0" in text


def test_every_dataset_has_a_place_and_every_column_a_row(project: Path, pages) -> None:
    page = pages["reference/datasets.html"]
    told = letters(page.text)
    for file in sorted((project / "conf" / "base").glob("catalog_*.yml")):
        for name, entry in yaml.safe_load(file.read_text()).items():
            assert anchor("dataset", (name,)) in page.ids, name
            for column in columns_of(entry):
                assert column in told, (name, column)


def test_a_dataset_is_told_with_its_steps_and_its_rules(pages) -> None:
    text = pages["reference/datasets.html"].text
    start = text.index("file: data/01_raw/catalogue.csv type: CSVDataset layer: raw")
    assert "written by: acquisition.load_catalogue read by: " in text[start : start + 200]
    assert "dec_deg float64 deg declination at least -90, at most 90" in text
    assert "written by: modelling.{model}.train_runs" in text


def test_everything_has_a_meaning(project: Path, monkeypatch) -> None:
    monkeypatch.syspath_prepend(str(project / "docs" / "_ext"))
    from parameters_page import write_parameters

    lines = write_parameters(project / "conf").splitlines()
    assert [before for before, line in pairwise(lines) if line == ": "] == []


def columns_of(entry: dict[str, Any]) -> list[str]:
    validator = entry.get("validator")
    if validator is None:
        return []
    module, _, name = (validator["class"] if isinstance(validator, dict) else validator).rpartition(
        "."
    )
    table = getattr(importlib.import_module(module), name)
    assert isinstance(table, Table)
    return [letters(column.description) for column in table.schema.columns.values()]


def letters(text: str) -> str:
    return re.sub(r"\W", "", text)


def test_no_page_loads_anything_from_elsewhere(build, pages) -> None:
    site, _ = build
    foreign = {
        (name, address)
        for name, page in pages.items()
        for address in page.loaded
        if urlsplit(address).netloc
    }
    assert foreign == set()
    imported = re.compile(r"(?:url\(|@import)\s*['\"]?(?:https?:)?//")
    assert [path for path in site.rglob("*.css") if imported.search(path.read_text())] == []
    assert [name for name in pages if "cdn" in (site / name).read_text().lower()] == []


def test_every_local_link_leads_somewhere(build, pages) -> None:
    site, _ = build
    broken = []
    for name, page in pages.items():
        for link in page.links:
            split = urlsplit(link)
            if split.scheme or split.netloc:
                continue
            target = (site / name).parent / unquote(split.path) if split.path else site / name
            known = pages.get(target.resolve().relative_to(site.resolve()).as_posix())
            if not target.exists() or (
                split.fragment and known and unquote(split.fragment) not in known.ids
            ):
                broken.append((name, link))
    assert broken == []


def test_the_reference_has_what_the_packages_export(pages) -> None:
    everything = {name: page.ids for name, page in pages.items()}
    for package in ("cutouts", "finding", "imaging", "measuring", "surveys", "catalogues"):
        exported = importlib.import_module(f"bentjets.radio.{package}").__all__
        functions = [one for one in exported if one[0].islower()]
        known = everything["reference/code/radio.html"]
        assert {f"bentjets.radio.{package}.{one}" for one in functions} <= known
