"""What a user sees on the command line: errors on one line, and nothing slow."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner
from kedro.framework.startup import bootstrap_project

from bentjets.cli import cli

ONCE = "acquisition.requests.attempts=1"
NOWHERE = "http://127.0.0.1:1/record"


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
        (
            ["--env", "first", "--params", f"{ONCE},acquisition.services.vizier=[127.0.0.1:1]"],
            "VizieR did not give J/ApJS/259/31 (ConnectionError): check the internet connection",
        ),
        (
            ["--env", "published", "--params", f"{ONCE},acquisition.published_record={NOWHERE}"],
            "the archive failed (ConnectionError): check the internet connection",
        ),
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
