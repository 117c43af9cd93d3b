"""``kedro package``: the wheel and the packed configuration run from an empty folder."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

SOURCES = ["src", "conf", "pyproject.toml", "README.md", "LICENSE"]
# `kedro package`, with the build tools of this environment instead of some from the internet.
PACKAGE = """
import sys
from kedro.framework.cli import project
from kedro.framework.cli.cli import main

call = project.call
project.call = lambda words, **rest: call(
    [*words, "--no-isolation"] if "build" in words else words, **rest
)
sys.argv = ["kedro", "package"]
main()
"""


def run(*words: str, cwd: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *words],
        cwd=cwd,
        env=os.environ | variables,
        check=False,
        capture_output=True,
        text=True,
    )


@pytest.fixture(scope="module")
def dist(project: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What ``kedro package`` makes of a copy of the project."""
    copy = tmp_path_factory.mktemp("project")
    for name in SOURCES:
        if (project / name).is_dir():
            shutil.copytree(
                project / name, copy / name, ignore=shutil.ignore_patterns("*.egg-info", "__*__")
            )
        else:
            shutil.copy2(project / name, copy)
    (copy / "conf" / "local" / "credentials.yml").write_text("secret: {key: of its owner}\n")
    done = run("-c", PACKAGE, cwd=copy)
    assert done.returncode == 0, done.stdout + done.stderr
    return copy / "dist"


@pytest.fixture(scope="module")
def installed(dist: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder in which the wheel, and nothing but it, is installed."""
    target = tmp_path_factory.mktemp("site-packages")
    (wheel,) = dist.glob("bentjets-*.whl")
    done = run(
        *("-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--target", str(target)),
        str(wheel),
        cwd=target,
    )
    assert done.returncode == 0, done.stderr
    return target


def test_the_wheel_holds_every_module_and_template(project: Path, installed: Path) -> None:
    wanted = {
        str(path.relative_to(project / "src"))
        for path in (project / "src" / "bentjets").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    given = {str(path.relative_to(installed)) for path in (installed / "bentjets").rglob("*")}
    assert wanted <= given
    done = run("-c", "import bentjets; print(bentjets.__file__)", cwd=installed, PYTHONPATH="")
    assert done.stdout.startswith(str(installed))


def test_the_packed_configuration_holds_no_secrets(dist: Path) -> None:
    with tarfile.open(dist / "conf-bentjets.tar.gz") as archive:
        names = archive.getnames()
    assert "conf/base/globals.yml" in names
    assert not [name for name in names if name.startswith("conf/local/") and name.endswith(".yml")]


@pytest.mark.parametrize("words", [["-m", "bentjets"], ["bin/bentjets"]], ids=["module", "script"])
def test_the_package_runs_from_an_empty_folder(
    dist: Path, installed: Path, tmp_path: Path, words: list[str]
) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    command = [str(installed / word) if word.startswith("bin/") else word for word in words]
    configuration = str(dist / "conf-bentjets.tar.gz")
    pipelines = "acquisition" if words[0] == "-m" else "acquisition,processing"
    done = run(
        *command,
        *("--env", "test", "--conf-source", configuration, "--pipelines", pipelines),
        cwd=empty,
        PYTHONPATH=str(installed),
        BENTJETS_DATA=str(tmp_path / "data"),
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert (tmp_path / "data" / "01_raw" / "catalogue.csv").is_file()
    assert not list(empty.iterdir())


def test_the_package_has_the_other_commands_too(
    dist: Path, installed: Path, tmp_path: Path
) -> None:
    with tarfile.open(dist / "conf-bentjets.tar.gz") as archive:
        archive.extractall(tmp_path, filter="data")
    places = {"PYTHONPATH": str(installed), "BENTJETS_CACHE": str(tmp_path / "cache")}
    done = run(str(installed / "bin" / "bentjets"), "cache", cwd=tmp_path, **places)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{tmp_path}/cache/downloads: 0 files" in done.stdout
    for words in (["run", "--help"], ["--help"]):
        done = run("-m", "bentjets", *words, cwd=tmp_path, **places)
        assert done.stdout.startswith("Usage: bentjets run [OPTIONS]")
    done = run("-m", "bentjets", "walk", cwd=tmp_path, **places)
    assert done.returncode == 2
    assert "No such command 'walk'" in done.stderr


def test_a_mistake_is_one_line(dist: Path, installed: Path, tmp_path: Path) -> None:
    configuration = str(dist / "conf-bentjets.tar.gz")
    done = run(
        *("-m", "bentjets", "--env", "test", "--conf-source", configuration),
        *("--pipelines", "acquisition", "--params", "acquisition.survey=lofar"),
        cwd=tmp_path,
        PYTHONPATH=str(installed),
        BENTJETS_DATA=str(tmp_path / "data"),
    )
    assert done.returncode == 1
    assert done.stderr.strip().splitlines()[-1].startswith("Error: ")
    assert "lofar" in done.stderr
    assert "Traceback" not in done.stdout + done.stderr
