"""What a user sees on the command line: errors on one line, and nothing slow."""

from __future__ import annotations

import re
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
        (["--params", "modeling.train=[vgg16]"], "modeling is unknown: did you mean modelling?"),
        (["--params", "processing.treshold_pixel=6"], "did you mean threshold_pixel?"),
        (["--params", "curation.n_batches=abc"], "curation.n_batches is 'abc': give a whole"),
        (
            ["--pipelines", "acquisition", "--params", "models.small_cnn.nework=x"],
            "models.small_cnn.nework is unknown",
        ),
        (["--params", "modelling.patience=3"], "modelling.patience is unknown: "),
        (
            ["--pipelines", "processing", "--params", "models.small_cnn.training.epohcs=3"],
            "models.small_cnn.training.epohcs is unknown: did you mean epochs?",
        ),
        (["--params", "seed=${nowhere}"], "'nowhere' not found"),
        (
            ["--pipelines", "acquisition,curing"],
            "pipeline 'curing' does not exist: choose from acquisition, processing, curation, mod",
        ),
        (
            ["--env", "published", "--pipelines", "processing"],
            "pipeline 'processing' does not exist: choose from acquisition, modelling, reporting",
        ),
        (["--nodes", "fetch_cutouts"], "Did you mean: ['acquisition.fetch_cutouts']?"),
        (["--from-nodes", "curation.cure"], "does not contain nodes named ['curation.cure']"),
        (["--tags", "cure"], "contains no nodes after applying all provided filters"),
        (["--namespaces", "cure"], "does not contain nodes with the following namespaces: ['cu"),
        (["--runner", "ParallelRunner"], "ParallelRunner cannot be used: leave --runner out"),
        (["--async"], "--async cannot be used"),
        (["--runner-params", "is_async=True"], "--async cannot be used"),
        (["--params", "engine.n_jobs=0"], "engine.n_jobs is 0"),
        (["--params", "processing.threshold_pixel=1"], "threshold_pixel 1"),
        (["--env", "folder"], "no catalogue table given"),
        (["--env", "folder", "--params", "catalogue=no.csv"], "no.csv does not exist"),
        (["--env", "images"], "no image set given: add --params images=PATH"),
        (["--env", "images", "--params", "images=nowhere"], "nowhere does not exist: check"),
        (
            ["--env", "images", "--params", "benchmark=mirabest"],
            "benchmark 'mirabest' is unknown: did you mean mirabest_full",
        ),
        (["--params", "images=somewhere"], "images 'somewhere' is not used here: add --env images"),
        (
            [
                *("--env", "first", "--pipelines", "acquisition"),
                *("--params", f"{ONCE},acquisition.services.vizier=[127.0.0.1:1]"),
            ],
            "VizieR did not give J/ApJS/259/31 (ConnectionError): check the internet connection",
        ),
        (
            [
                *("--env", "published", "--pipelines", "acquisition"),
                *("--params", f"{ONCE},acquisition.published_record={NOWHERE}"),
            ],
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
    assert not list(tmp_path.rglob("*.fits"))


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        ("timm_model=resnet81", "models.small_cnn.timm_model: timm has no network 'resnet81'"),
        ("weights=no.safetensors", "'no.safetensors' is not an existing file"),
        ("weights=simulatd", "give such a file, imagenet, package, simulated or none"),
    ],
)
def test_a_model_that_cannot_be_trained_is_refused_before_anything_runs(
    project: Path, tmp_path: Path, monkeypatch, given: str, complaint: str
) -> None:
    monkeypatch.setenv("BENTJETS_DATA", str(tmp_path))
    monkeypatch.chdir(project)
    bootstrap_project(project)
    words = ["run", "--env", "test", "--params", f"models.small_cnn.{given}"]
    done = CliRunner().invoke(cli, words)
    assert done.exit_code == 1, done.exception
    last = done.stderr.strip().splitlines()[-1]
    assert last.startswith("Error: ")
    assert complaint in last
    assert not list(tmp_path.iterdir())


def test_params_that_are_no_yaml_are_one_line(project: Path, monkeypatch) -> None:
    monkeypatch.chdir(project)
    done = CliRunner().invoke(cli, ["run", "--env", "test", "--params", "seed=[1"])
    assert done.exit_code == 2
    last = done.stderr.strip().splitlines()[-1]
    assert last.startswith("Error: --params cannot be read: ")


def test_a_defect_of_the_program_keeps_its_traceback(
    project: Path, tmp_path: Path, monkeypatch
) -> None:
    """What is raised while a step runs is no mistake of whoever asked for it."""
    monkeypatch.setenv("BENTJETS_DATA", str(tmp_path))
    monkeypatch.chdir(project)
    bootstrap_project(project)

    def broken(*_: object, **__: object) -> None:
        raise ValueError("a defect")

    monkeypatch.setattr("bentjets.pipelines.acquisition.nodes.read_catalogue", broken)
    done = CliRunner().invoke(cli, ["run", "--env", "test", "--pipelines", "acquisition"])
    assert isinstance(done.exception, ValueError)
    assert str(done.exception) == "a defect"


def test_a_run_tells_what_it_does_and_gives_no_advice(tmp_path: Path, kedro) -> None:
    words = ["--env", "test", "--pipelines", "acquisition"]
    done = kedro(
        tmp_path, "run", *words, "--params", "acquisition.catalogues.simulated.n_sources=2"
    )
    told = [line.split(maxsplit=2)[2] for line in done.stdout.splitlines()]
    assert told[0].startswith("acquisition: 2 simulated sources, and a cutout of each")
    assert re.fullmatch(rf"acquisition: 2 cutouts in \d+ s, see {tmp_path}/01_raw", told[1])
    assert told[2] == "2 sources in the catalogue"
    assert re.fullmatch(r"finished in \d+ s", told[3])
    assert len(told) == 4
    assert "\x1b" not in done.stdout
    assert done.stderr == ""


def test_kedros_own_lines_are_told_to_whoever_asks(tmp_path: Path, kedro, monkeypatch) -> None:
    monkeypatch.setenv("BENTJETS_VERBOSE", "1")
    words = ["--env", "test", "--nodes", "acquisition.load_catalogue"]
    printed = kedro(tmp_path, "run", *words).stdout
    assert "Completed node: acquisition.load_catalogue" in printed
    assert "Saving data to catalogue" in printed
    for notice in ("logging configuration", "typed parameter", "--async", "Workflow tracking"):
        assert notice not in printed


def test_each_part_runs_by_the_names_that_the_registry_prints(tmp_path: Path, kedro) -> None:
    listed = kedro(tmp_path, "registry", "describe", "acquisition").stdout
    assert "- acquisition.load_catalogue (load_catalogue)" in listed
    steps = "acquisition.fetch_cutouts", "acquisition.collect_acquisition_log"
    for choice in (
        ["--nodes", "acquisition.load_catalogue"],
        ["--from-nodes", steps[0], "--to-nodes", steps[1]],
        ["--tags", "processing"],
        ["--namespaces", "curation"],
    ):
        kedro(tmp_path, "run", "--env", "test", *choice)
    assert (tmp_path / "03_primary" / "manifest.csv").is_file()
