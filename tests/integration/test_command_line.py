"""What a user sees on the command line: errors on one line, and nothing slow."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from kedro.framework.startup import bootstrap_project

from bentjets.cli import cli

WITHOUT_TORCH = """
import sys
sys.argv = ["kedro", *sys.argv[1:]]
from kedro.framework.cli.cli import main
try:
    main()
except SystemExit as end:
    assert not end.code, end.code
loaded = [name for name in ("torch", "lightning", "timm") if name in sys.modules]
assert not loaded, loaded
"""


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["--env", "frist"], "environment 'frist' does not exist: choose from base, first"),
        (["--params", "acquisition.survey=lofar"], "survey 'lofar' is unknown: choose from"),
        (["--params", "acquisition.catalogue=3cr"], "catalogue '3cr' is unknown: choose from"),
        (["--params", "modelling.train=[alexnet]"], "modelling.train names alexnet"),
        (["--params", "engine.n_jobs=0"], "engine.n_jobs is 0"),
        (["--params", "processing.threshold_pixel=1"], "threshold_pixel 1"),
        (["--env", "folder"], "no catalogue table given"),
        (["--env", "folder", "--params", "catalogue=no.csv"], "no.csv does not exist"),
        (["--env", "first"], "VizieR did not give J/ApJS/259/31"),
        (["--env", "published"], "check the internet connection"),
    ],
)
def test_mistakes_get_one_clear_line(
    project: Path, tmp_path: Path, monkeypatch, words, complaint
) -> None:
    monkeypatch.setenv("BENTJETS_DATA", str(tmp_path))
    monkeypatch.chdir(project)
    if "--env" not in words:
        words = ["--env", "test", *words]
    bootstrap_project(project)
    done = CliRunner().invoke(cli, ["run", *words])
    assert done.exit_code == 1, done.exception
    last = done.stderr.strip().splitlines()[-1]
    assert last.startswith("Error: ")
    assert complaint in last
    assert "Traceback" not in done.output


def test_processing_and_the_registry_do_without_torch(project, tmp_path: Path) -> None:
    for words in (
        ["registry", "list"],
        ["run", "--env", "test", "--pipelines", "acquisition,processing"],
    ):
        subprocess.run(
            [sys.executable, "-c", WITHOUT_TORCH, *words],
            cwd=project,
            env=os.environ | {"BENTJETS_DATA": str(tmp_path)},
            check=True,
            capture_output=True,
        )
