"""What the documents say exists, exists."""

from __future__ import annotations

import functools
import re
import runpy
import subprocess
import tomllib
from pathlib import Path
from xml.etree import ElementTree

import click
import pytest
import yaml
from kedro.config import OmegaConfigLoader
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from PIL import Image

import bentjets
from bentjets import settings
from bentjets.cli import cli
from bentjets.parameters import read_parameters
from bentjets.pipeline_registry import build_pipelines

PROJECT = Path(__file__).resolve().parents[1]
PAGES = sorted(
    path.relative_to(PROJECT).as_posix()
    for path in PROJECT.glob("docs/**/*.md")
    if "_build" not in path.parts
)
GUIDES = ("README.md", "CONTRIBUTING.md", *PAGES)
PICTURE = "docs/figure2_masking.png"
_FOLDERS = "conf|src|tests|docs|notebooks|benchmarks|data|[.]ci"


def read_guides() -> str:
    return "\n".join((PROJECT / name).read_text(encoding="utf-8") for name in GUIDES)


def cited_code() -> list[str]:
    """Fenced blocks, indented ones, then inline code."""
    text = read_guides()
    fence = re.compile(r"^```[^\n]*\n(.*?)^```$", flags=re.DOTALL | re.MULTILINE)
    blocks, rest = fence.findall(text), fence.sub("", text)
    indented = re.findall(r"(?<=\n\n)(?: {4}.*\n)+", rest)
    return blocks + indented + re.findall(r"`([^`\n]+)`", rest)


def cited(pattern: str) -> list[str]:
    return sorted({found for code in cited_code() for found in re.findall(pattern, code)})


@functools.cache
def load_conf(kind: str) -> dict:
    loader = OmegaConfigLoader(
        conf_source=str(PROJECT / "conf"), env="base", **settings.CONFIG_LOADER_ARGS
    )
    if kind == "catalog":
        loader["globals"] = {
            "data_root": "data",
            "overrides": "conf/base/overrides.csv",
            "votes": "votes/base-reviews.db",
        }
    return loader[kind]


@functools.cache
def outputs() -> list[str]:
    """Every path that the catalog declares under data/, and the data roots of environments."""
    entries = load_conf("catalog").values()
    paths = [entry.get("filepath") or entry.get("path") for entry in entries]
    paths += [entry["formerly"]["filepath"] for entry in entries if "formerly" in entry]
    globals_files = "".join(path.read_text() for path in PROJECT.glob("conf/*/globals.yml"))
    roots = re.findall(r"BENTJETS_DATA,(data/\w+)}", globals_files)
    # The cache is kept by the engine, not by the catalog; a release has a folder data of its own.
    return [path for path in paths if path] + roots + ["data/cache", "data/train-*.parquet"]


def is_output(path: str) -> bool:
    path = path.replace("<model>", "{model}").replace("small_cnn", "{model}").rstrip("/")
    return any(
        path == known or path.startswith(f"{known}/") or known.startswith(f"{path}/")
        for known in outputs()
    )


def bentjets_commands() -> list[click.Command]:
    return list(cli.commands.values())


@pytest.mark.parametrize("target", cited(r"(?m)^\s*make ([a-z]+)"))
def test_make_target_exists(target):
    assert re.search(rf"^{target}:", (PROJECT / "Makefile").read_text(), flags=re.MULTILINE)


@pytest.mark.parametrize("command", cited(r"\bkedro ([a-z]+)"))
def test_kedro_has_command(command):
    own = {command.name for command in bentjets_commands()}
    assert command in own | {"run", "registry", "viz", "package", "new"}


@pytest.mark.parametrize("line", cited(r"\bkedro ((?:review|release|cache)\b[^\n`]*)"))
def test_own_commands_have_their_options(line):
    name = line.split()[0]
    command = next(one for one in bentjets_commands() if one.name == name)
    known = {option for parameter in command.params for option in parameter.opts}
    assert set(re.findall(r"(?<!\S)--[a-z-]+", line.partition("#")[0])) <= known


@pytest.mark.parametrize("env", cited(r"--env[ =](\w+)"))
def test_environment_exists(env):
    assert (PROJECT / "conf" / env).is_dir()


@pytest.mark.parametrize("path", cited(rf"(?<![\w/])((?:{_FOLDERS})/[\w./<>*-]*)"))
def test_path_exists(path):
    # A run that happened to be made here must not make a wrong path right.
    if path.startswith("docs/_build"):  # where `make docs` has built them
        assert "docs/_build/html" in (PROJECT / "Makefile").read_text(encoding="utf-8")
    elif path.startswith("data/"):
        assert is_output(path)
    elif not path.startswith("conf/local/"):  # where everybody has files of their own
        assert list(PROJECT.glob(path.replace("<name>", "*"))), path


@pytest.mark.parametrize("guide", GUIDES)
def test_links_lead_somewhere(guide):
    path = PROJECT / guide
    links = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", path.read_text(encoding="utf-8"))
    assert [link for link in links if not (path.parent / link).exists()] == []


def test_readme_is_short_and_leads_to_the_pages():
    text = (PROJECT / "README.md").read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 90
    # Pages that are made when the site is built, and lists of pages, are of use in the site only.
    made = {
        "docs/reference/parameters.md",
        "docs/reference/datasets.md",
        "docs/background/speed.md",
    }
    led = {page for page in PAGES if f"]({page})" in text}
    assert [
        page
        for page in sorted({*PAGES} - led - made)
        if not page.endswith("index.md") and not page.startswith("docs/reference/code/")
    ] == []


@pytest.mark.parametrize("names", cited(r"--pipelines[ =]([\w,]+)"))
def test_pipelines_exist(names):
    folders = {path.parent.name for path in PROJECT.glob("src/bentjets/pipelines/*/pipeline.py")}
    assert set(names.split(",")) <= folders


@pytest.mark.parametrize("names", cited(r"--(?:from-|to-)?nodes[ =]([a-z_.,\d]+)"))
def test_nodes_exist(names):
    assert set(names.split(",")) <= known_nodes()


@pytest.mark.parametrize("names", cited(r"--namespaces[ =]([\w.,]+)"))
def test_namespaces_exist(names):
    nodes = build_pipelines(read_parameters(load_conf("parameters")))["__default__"].nodes
    known = {prefix for node in nodes for prefix in node.namespace_prefixes}
    assert set(names.split(",")) <= known


@functools.cache
def known_nodes() -> set[str]:
    pipelines = build_pipelines(read_parameters(load_conf("parameters")))
    return {node.name for node in pipelines["__default__"].nodes}


@pytest.mark.parametrize(
    "parameter",
    cited(
        r"(?<![/\w.])(?<!nodes )(?<!namespaces )"
        r"((?:acquisition|processing|curation|modelling|reporting|engine)(?:\.[a-z]\w*)+)\b"
    ),
)
def test_parameter_or_node_exists(parameter):
    if parameter in known_nodes():
        return
    value = read_parameters(load_conf("parameters")).model_dump()
    for key in parameter.split("."):
        assert key in value
        value = value[key]


def test_guides_cite_something():
    assert {"run", "test"} <= set(cited(r"(?m)^\s*make ([a-z]+)"))
    assert {"first", "folder", "published", "test"} <= set(cited(r"--env[ =](\w+)"))
    assert {"run", "review", "cache", "release"} <= set(cited(r"\bkedro ([a-z]+)"))


def test_picture_is_shown_and_small():
    assert f"]({PICTURE})" in (PROJECT / "README.md").read_text(encoding="utf-8")
    assert (PROJECT / PICTURE).stat().st_size < 400_000


def test_moving_picture_is_shown_and_small():
    for page, name in (("README.md", "docs/review.webp"), ("docs/review.md", "review.webp")):
        assert f"]({name})" in (PROJECT / page).read_text(encoding="utf-8")
    picture = PROJECT / "docs" / "review.webp"
    assert picture.stat().st_size < 500_000
    with Image.open(picture) as opened:
        assert opened.width == 900
        assert 6 <= opened.n_frames <= 10


def test_badges_say_what_the_project_says():
    made = runpy.run_path(str(PROJECT / "docs" / "_pictures" / "badges.py"))["make_badges"]()
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    said = {
        "badge_version.svg": f"version: {bentjets.__version__}",
        "badge_python.svg": f"Python: {project['requires-python'].removeprefix('>=')} or newer",
        "badge_licence.svg": f"licence: {project['license']}",
        "badge_arxiv.svg": "arXiv: 2505.19249",
    }
    citation = yaml.safe_load((PROJECT / "CITATION.cff").read_text(encoding="utf-8"))
    assert citation["license"] == project["license"]
    assert made.keys() == said.keys()
    readme = (PROJECT / "README.md").read_text(encoding="utf-8")
    for name, words in said.items():
        file = PROJECT / "docs" / "_static" / name
        assert file.read_text(encoding="utf-8") == made[name], "run docs/_pictures/badges.py"
        assert ElementTree.parse(file).getroot().get("aria-label") == words
        assert f"[![{words}](docs/_static/{name})]" in readme


def test_no_large_file_is_tracked():
    listing = subprocess.run(
        ["git", "ls-files", "-z"], cwd=PROJECT, capture_output=True, text=True, check=False
    )
    if listing.returncode:
        pytest.skip("not a git checkout")
    files = [PROJECT / name for name in listing.stdout.split("\0") if name]
    assert [file.name for file in files if file.exists() and file.stat().st_size > 2**20] == []


def test_citation_has_this_version():
    citation = yaml.safe_load((PROJECT / "CITATION.cff").read_text(encoding="utf-8"))
    assert citation["version"] == bentjets.__version__
    assert citation["cff-version"] == "1.2.0"
    assert "2505.19249" in str(citation["preferred-citation"])
    assert [reference["volume"] for reference in citation["references"]] == [259]


def test_change_log_has_this_version():
    text = (PROJECT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert re.search(rf"^## \[{re.escape(bentjets.__version__)}\]", text, flags=re.MULTILINE)
    known = ["Added", "Changed", "Deprecated", "Removed", "Fixed", "Security", "Known limits"]
    for version in text.split("\n## ")[1:]:
        parts = re.findall(r"^### (.+)$", version, flags=re.MULTILINE)
        assert parts == [part for part in known if part in parts]
        assert "\n\n\n" not in version


def test_lock_pins_every_dependency():
    lines = (PROJECT / "requirements.lock").read_text(encoding="utf-8").splitlines()
    assert [
        line for line in lines if not re.fullmatch(r"[a-z0-9._-]+==[A-Za-z0-9.+!_-]+", line)
    ] == []
    pinned = dict(line.split("==") for line in lines)
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    for text in project["dependencies"] + project["optional-dependencies"]["dev"]:
        wanted = Requirement(text)
        assert wanted.specifier.contains(pinned[canonicalize_name(wanted.name)], prereleases=True)
