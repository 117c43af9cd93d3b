"""What is told of a run: one line before and after each pipeline, and a few at the end."""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
from kedro.config import OmegaConfigLoader
from kedro.io import DataCatalog
from kedro.pipeline import Node, Pipeline

from bentjets.datasets.csv_table import CSVDataset
from bentjets.datasets.json_record import JSONDataset
from bentjets.datasets.text_file import TextDataset
from bentjets.engine import EngineSettings, Failure, map_sources
from bentjets.parameters import read_parameters
from bentjets.settings import CONFIG_LOADER_ARGS
from bentjets.telling import Files, Teller, choose_lines, tell_oddities, teller
from bentjets.telling.kedro_lines import HIDDEN
from bentjets.telling.results import best_network

CONF = Path(__file__).resolve().parents[2] / "conf"
PARAMETERS = read_parameters(
    OmegaConfigLoader(str(CONF), env="test", **CONFIG_LOADER_ARGS)["parameters"]
)
FETCHED = {"status": "fetched", "reason": "", "sha256": "ab"}
MISSING = {"status": "missing", "reason": "no file", "sha256": ""}


def nothing() -> None:
    return None


def step(pipeline: str, name: str, *outputs: str) -> Node:
    node = Node(nothing, inputs=None, outputs=list(outputs), name=name)
    return Pipeline([node], namespace=pipeline, prefix_datasets_with_namespace=False).nodes[0]


FETCH = step("acquisition", "fetch_cutouts", "acquisition_log")
FIT = step("processing", "fit_sources", "findings")
LOG = step("processing", "log_processing", "processing_log")
SETTINGS = step("reporting", "list_settings", "settings")
REPORT = step("reporting", "write_report", "report")


@pytest.fixture
def catalog(tmp_path: Path) -> DataCatalog:
    """Files of a run, none of which is there."""
    texts = {"load_args": {"dtype": {"sha256": str, "status": str}, "keep_default_na": False}}
    return DataCatalog(
        {
            "acquisition_log": CSVDataset(
                filepath=str(tmp_path / "data/01_raw/acquisition_log.csv"), **texts
            ),
            "processing_log": CSVDataset(
                filepath=str(tmp_path / "data/02_intermediate/processing_log.csv")
            ),
            "metrics": JSONDataset(filepath=str(tmp_path / "data/07_model_output/metrics.json")),
            "report": TextDataset(filepath=str(tmp_path / "data/08_reporting/report.html")),
        }
    )


@pytest.fixture
def tell(catalog: DataCatalog, tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch):
    """Begin to tell of a run of some nodes, in a folder where its data are."""
    caplog.set_level(logging.INFO)
    monkeypatch.chdir(tmp_path)
    begun = []

    def begin(*nodes: Node) -> Teller:
        made = Teller(Pipeline(list(nodes)), PARAMETERS, Files(catalog, tmp_path / "data"))
        made.begin()
        begun.append(made)
        return made

    yield begin
    for made in begun:
        made.close()


@pytest.fixture
def told(caplog: pytest.LogCaptureFixture):
    return lambda: [record.getMessage() for record in caplog.records]


def test_each_pipeline_is_told_of_once_before_and_once_after(tell, told, catalog) -> None:
    run = tell(FETCH, FIT, LOG)
    run.start(FETCH)
    catalog.save("acquisition_log", pd.DataFrame([FETCHED, FETCHED]))
    run.start(FIT)
    run.start(LOG)
    catalog.save("processing_log", pd.DataFrame({"status": ["ok", "ok"]}))
    run.end()
    assert told() == [
        "acquisition: 12 simulated sources, and a cutout of each from the survey simulated",
        "acquisition: 2 cutouts in 0 s, see data/01_raw",
        "processing: background, islands, Gaussians, masks and images of 2 cutouts",
        "processing: 2 cutouts processed in 0 s, see data/02_intermediate",
        "finished in 0 s",
    ]


def test_a_pipeline_that_begins_early_is_told_of_in_its_turn(tell, told, catalog) -> None:
    run = tell(FETCH, FIT, SETTINGS, REPORT)
    for node in (SETTINGS, FETCH, FIT):
        run.start(node)
        catalog.save("acquisition_log", pd.DataFrame([FETCHED]))
    run.start(REPORT)
    run.end()
    names = [line.partition(":")[0] for line in told()]
    expected = ["acquisition", "acquisition", "processing", "processing", "reporting", "reporting"]
    assert names[:6] == expected


def test_what_is_missing_is_told_and_a_run_does_not_just_finish(tell, told, catalog) -> None:
    run = tell(FETCH)
    run.start(FETCH)
    catalog.save("acquisition_log", pd.DataFrame([FETCHED, MISSING, MISSING]))
    run.end()
    missing = "2 of 3 cutouts could not be had: data/01_raw/acquisition_log.csv has the reasons"
    assert told()[1:] == [
        f"acquisition: {missing}",
        "acquisition: 1 cutout in 0 s, see data/01_raw",
        "1 warning: see above",
        f"finished in 0 s, but {missing}",
    ]


def test_cutouts_that_cannot_be_processed_are_a_warning(tell, caplog, catalog) -> None:
    run = tell(LOG)
    run.start(LOG)
    catalog.save("processing_log", pd.DataFrame({"status": ["ok", "failed"]}))
    run.end()
    (warning,) = [one for one in caplog.records if one.levelno == logging.WARNING]
    assert warning.getMessage() == (
        "processing: 1 of 2 cutouts could not be processed: "
        "data/02_intermediate/processing_log.csv has the reasons"
    )


def double(number: int) -> int:
    return 2 * number


def test_work_that_is_found_finished_is_nothing_new(tell, told, tmp_path) -> None:
    def work() -> Iterator[tuple[str, int | Failure]]:
        engine = EngineSettings(n_jobs=1, cache=tmp_path / "cache")
        return map_sources(double, [("A", 1), ("B", 2)], engine=engine)

    for is_new in (True, False):
        run = tell(FIT)
        run.start(FIT)
        assert dict(work()) == {"A": 2, "B": 4}
        run.end()
        assert any("nothing new" in line for line in told()) is not is_new


@pytest.mark.filterwarnings("ignore:One or more dataset names")
def test_networks_that_were_trained_are_counted(tell, told) -> None:
    train = step("modelling", "train_runs", "small_cnn.runs")
    for trained, words in ((2, "modelling: 2 networks trained in"), (0, "modelling: nothing new")):
        run = tell(train)
        run.start(train)
        for _ in range(trained):
            logging.getLogger("bentjets.learning.training.training").info("a run is done")
        run.end()
        assert any(line.startswith(words) for line in told())


def test_a_run_ends_with_the_best_network_and_the_report(tell, told, catalog, tmp_path) -> None:
    measure = step("modelling", "measure_models", "metrics")
    catalog.save("report", "a page")
    catalog.save("metrics", {"entries": [entry("small_cnn", "network", 0.75)]})
    run = tell(measure, REPORT)
    run.start(measure)
    run.start(REPORT)
    logging.getLogger("bentjets").warning("look at this")
    run.end()
    assert told()[-4:] == [
        "best network small_cnn: 75.0 % of 40 images (95 % interval 65.0 to 85.0)",
        "1 warning: see above",
        "finished in 0 s",
        f"report: {tmp_path / 'data/08_reporting/report.html'}",
    ]


def entry(model: str, kind: str, accuracy: float, protocol: str = "single"):
    interval = {"value": accuracy, "low": accuracy - 0.1, "high": accuracy + 0.1}
    return {
        **{"model": model, "kind": kind, "protocol": protocol, "n": 40},
        "metrics": {"accuracy": interval},
    }


def test_the_best_network_has_the_best_simple_rule_beside_it() -> None:
    entries = [
        entry("opening angle", "baseline", 0.7),
        entry("majority class", "baseline", 0.6),
        entry("vgg16", "network", 0.8),
        entry("both", "ensemble", 0.85),
        entry("vgg16", "network", 0.99, protocol="paper"),  # not to be compared with the others
    ]
    assert best_network({"entries": entries}) == (
        "best network both: 85.0 % of 40 images (95 % interval 75.0 to 95.0); best simple rule "
        "opening angle: 70.0 % of 40 images (95 % interval 60.0 to 80.0)"
    )


def test_a_log_file_is_not_silent_while_a_step_is(tell, told, monkeypatch) -> None:
    monkeypatch.setattr(teller, "_SILENT_S", 0.02)
    monkeypatch.setattr(teller, "_LOOK_EVERY_S", 0.01)
    run = tell(FIT)
    run.start(FIT)
    deadline = time.monotonic() + 10
    while len(told()) < 3 and time.monotonic() < deadline:
        time.sleep(0.01)
    assert told()[1] == "processing.fit_sources goes on, 0 s so far"
    run.close()
    time.sleep(0.05)
    said = len(told())
    time.sleep(0.1)
    assert len(told()) == said


def test_a_terminal_needs_no_sign_of_life(tell, told, monkeypatch) -> None:
    monkeypatch.setattr(teller, "_SILENT_S", 0.0)
    monkeypatch.setattr(teller, "_LOOK_EVERY_S", 0.01)
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    run = tell(FIT)
    run.start(FIT)
    time.sleep(0.1)
    assert len(told()) == 1


def test_a_file_that_a_step_names_is_told_with_its_path(tell, told, catalog) -> None:
    steps = logging.getLogger("bentjets.pipelines.processing.nodes")
    run = tell(LOG)
    for text in ("see %s", "see data/%s", "see my_%s", "see %s.bak"):
        steps.warning(text, "processing_log.csv")
    steps.warning("see acquisition_log.csv")  # which this run does not make
    run.close()
    steps.warning("see %s", "processing_log.csv")
    assert told() == [
        "see data/02_intermediate/processing_log.csv",
        "see data/processing_log.csv",
        "see my_processing_log.csv",
        "see data/02_intermediate/processing_log.csv.bak",
        "see acquisition_log.csv",
        "see processing_log.csv",
    ]


def test_an_oddity_is_told_with_its_sources_and_the_file(caplog) -> None:
    rows = [("overlap", "A", "B"), ("name", "C", ""), ("name", "D", ""), ("name", "E", "")]
    rows += [("name", "F", "")]
    tell_oddities(pd.DataFrame(rows, columns=["kind", "source_id", "other_id"]), "raw/odd.csv")
    assert [record.getMessage() for record in caplog.records] == [
        "1 pair of cutouts overlaps on the sky (A and B): see raw/odd.csv",
        "4 names print other positions than the catalogue gives (C, D, E, ...): see raw/odd.csv",
    ]


class TestKedrosLines:
    @pytest.fixture(autouse=True)
    def _levels(self):
        loggers = [logging.getLogger(name) for name in HIDDEN]
        before = [logger.level for logger in loggers]
        yield
        for logger, level in zip(loggers, before, strict=True):
            logger.setLevel(level)

    @pytest.mark.parametrize(
        ("verbose", "configured", "level"),
        [
            (None, logging.NOTSET, logging.WARNING),
            ("0", logging.NOTSET, logging.WARNING),
            ("1", logging.WARNING, logging.INFO),
            (None, logging.DEBUG, logging.DEBUG),  # by a configuration of one's own
        ],
    )
    def test_are_shown_to_whoever_asks(self, monkeypatch, verbose, configured, level) -> None:
        logger = logging.getLogger("kedro.runner")
        logger.setLevel(configured)
        monkeypatch.delenv("BENTJETS_VERBOSE", raising=False)
        if verbose is not None:
            monkeypatch.setenv("BENTJETS_VERBOSE", verbose)
        choose_lines()
        assert logger.level == level
