"""What happens around a run: parameters, pipelines, runners, the report."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from kedro.framework.context import KedroContext
from kedro.framework.project import pipelines
from kedro.framework.session import KedroSession
from kedro.framework.startup import bootstrap_project
from kedro.io import DataCatalog
from kedro.pipeline import Pipeline, node
from kedro.runner import ParallelRunner
from kedro.validation import ParameterValidator

from bentjets.datasets.binary_file import BinaryFileDataset
from bentjets.datasets.folder import FolderDataset
from bentjets.datasets.source_files import SourceFilesDataset
from bentjets.datasets.text_file import TextDataset
from bentjets.engine import EngineSettings
from bentjets.errors import InputError
from bentjets.hooks import (
    ProjectHooks,
    check_share,
    check_steps_of_share,
    read_default,
    warn_of_local_settings,
)
from bentjets.pipelines.acquisition.pipeline import create_image_set_pipeline

BATCHES = ("data_batch_0", "data_batch_1", "test_batch")
SECTIONS = {"engine", "acquisition", "processing", "curation", "modelling", "reporting"}
Open = Callable[..., KedroSession]


def write(text: str) -> str:
    return text


def is_settled(given: Any, path: list[str]) -> bool:
    """Whether a node gets a model, or a single value, not a mapping that nothing has checked."""
    for key in path:
        given = given[key] if isinstance(given, dict) else getattr(given, key)
    return not isinstance(given, dict)


@pytest.fixture
def session(project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Open:
    """Open sessions of this project in this process, with their data in a folder of their own."""
    monkeypatch.setenv("BENTJETS_DATA", str(tmp_path / "data"))
    bootstrap_project(project)

    def opened(env: str | None = "test", **runtime_params: Any) -> KedroSession:
        return KedroSession.create(
            project, env=env, runtime_params=runtime_params, save_on_close=False
        )

    return opened


def context(opened: KedroSession) -> KedroContext:
    loaded: Any = opened.load_context()
    return loaded


@pytest.mark.parametrize(("output", "told"), [("report", True), ("manifest", False)])
def test_the_report_is_named_by_the_run_that_wrote_it(
    session: Open, tmp_path: Path, caplog: pytest.LogCaptureFixture, output: str, told: bool
) -> None:
    caplog.set_level(logging.INFO, logger="bentjets")
    path = tmp_path / "report.html"
    catalog = DataCatalog({"report": TextDataset(filepath=str(path))})
    catalog.save("report", "left by a run before")
    pipeline = Pipeline([node(write, inputs="text", outputs=output, name="write")])
    hooks = ProjectHooks()
    hooks.after_context_created(context=context(session()))
    hooks.before_pipeline_run(pipeline=pipeline, catalog=catalog)
    hooks.before_node_run(node=pipeline.nodes[0])
    hooks.after_pipeline_run(pipeline=pipeline, catalog=catalog)
    assert (str(path) in caplog.text) is told


class TestPipelines:
    def test_two_sessions_of_one_process_have_their_own_pipelines(self, session: Open) -> None:
        for env, made in [("test", True), ("published", False), ("test", True)]:
            context(session(env))
            assert ("processing" in pipelines) is made
            names = {node.name for node in pipelines["acquisition"].nodes}
            assert ("acquisition.load_catalogue" in names) is made
            assert ("acquisition.download_batches" in names) is not made

    def test_the_second_session_runs_the_pipelines_of_its_environment(self, session: Open) -> None:
        context(session("test"))
        nowhere = {"attempts": 1, "connect_s": 1}
        record = "http://127.0.0.1:1/record"
        opened = session("published", acquisition={"published_record": record, "requests": nowhere})
        with pytest.raises(Exception, match="the archive failed"):
            opened.run(pipeline_names=["acquisition"])

    def test_models_of_a_second_session_are_its_own(self, session: Open) -> None:
        context(session())
        context(session(modelling={"train": ["vgg16"]}))
        names = {node.name for node in pipelines["modelling"].nodes}
        assert "modelling.vgg16.train_runs" in names
        assert not any("small_cnn" in name for name in names)

    def test_a_session_runs_what_it_was_asked_for(self, session: Open, tmp_path: Path) -> None:
        context(session("published"))
        engine = {"n_jobs": 1}
        few = {"catalogues": {"simulated": {"n_sources": 2}}}
        session("test", acquisition=few, engine=engine).run(pipeline_names=["acquisition"])
        assert len((tmp_path / "data" / "01_raw" / "catalogue.csv").read_text().splitlines()) == 3
        assert not (tmp_path / "data" / "02_intermediate").exists()


class TestParameters:
    def test_all_are_checked_whatever_pipeline_is_asked_for(self, session: Open) -> None:
        with pytest.raises(InputError, match=r"reporting\.example is unknown: did you mean exa"):
            session(reporting={"example": 1}).run(pipeline_names=["acquisition"])

    def test_nodes_get_typed_settings_and_the_cache_starts_at_the_project(
        self, session: Open, project: Path
    ) -> None:
        loaded = context(session(engine={"cache": "somewhere"}))
        engine = loaded.catalog.load("params:engine")
        assert isinstance(engine, EngineSettings)
        assert engine.cache == project / "somewhere"
        assert context(session(engine={"cache": None})).params["engine"].cache is None

    def test_given_classes_replace_those_that_are_declared(self, session: Open) -> None:
        loaded = context(session(classes={"FR-I": 1, "FR-II": 2}))
        assert loaded.catalog.load("params:classes") == {"FR-I": "1", "FR-II": "2"}

    @pytest.mark.parametrize("env", ["test", "published"])
    def test_every_section_is_typed_by_the_nodes_that_read_it(
        self, session: Open, env: str
    ) -> None:
        """Whatever pipeline runs alone: Kedro types what the nodes of that pipeline declare."""
        raw = context(session(env)).config_loader["parameters"]
        for name, pipeline in pipelines.items():
            given = ParameterValidator({name: pipeline}).validate_raw_params(raw)
            for each in pipeline.nodes:
                for key in each.inputs:
                    section, *path = key.removeprefix("params:").split(".")
                    if key.startswith("params:") and section in SECTIONS:
                        assert is_settled(given[section], path), f"{each.name} gets {key} raw"

    def test_a_class_alone_is_refused(self, session: Open) -> None:
        with pytest.raises(InputError, match="classes declares WAT: give at least 2"):
            context(session(classes={"WAT": 5}))


class TestRunners:
    def test_parallel_runner_is_refused_in_one_line(self, session: Open, tmp_path: Path) -> None:
        with pytest.raises(InputError, match=r"ParallelRunner cannot be used: .*engine\.n_jobs"):
            session().run(pipeline_names=["acquisition"], runner=ParallelRunner())
        assert not (tmp_path / "data").exists()


def test_old_files_are_removed_with_a_word(
    session: Open, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="bentjets")
    hooks = ProjectHooks()
    hooks.after_context_created(context=context(session()))
    for names in ("ABC", "A"):
        caplog.clear()
        notes, words = (
            SourceFilesDataset(
                path=str(tmp_path / name), dataset=TextDataset, filename_suffix=".txt"
            )
            for name in ("notes", "words")
        )
        catalog = DataCatalog({"notes": notes, "words": words})
        pipeline = Pipeline(
            [node(write, inputs="text", outputs=name, name=name) for name in ("notes", "words")]
        )
        hooks.before_pipeline_run(pipeline=pipeline, catalog=catalog)
        for dataset in (notes, words):
            dataset.save(dict.fromkeys(names, "seen"))
        hooks.after_pipeline_run(pipeline=pipeline, catalog=catalog)
    assert set(notes.load()) == {"A"}
    assert caplog.messages[0] == (
        "4 old files removed, of sources that are no longer made: notes, words"
    )
    assert "removed" not in caplog.messages[1]


def test_what_was_published_before_is_not_read_under_another_name(
    session: Open, tmp_path: Path
) -> None:
    def published() -> DataCatalog:
        path = str(tmp_path / "published")
        return DataCatalog(
            {
                "published@bytes": SourceFilesDataset(path=path, dataset=BinaryFileDataset),
                "published@folder": FolderDataset(filepath=path),
            }
        )

    published().save("published@bytes", dict.fromkeys(BATCHES, b"old"))
    hooks = ProjectHooks()
    hooks.after_context_created(context=context(session("published")))
    catalog = published()
    hooks.after_catalog_created(catalog=catalog)
    hooks.before_pipeline_run(pipeline=create_image_set_pipeline(published=True), catalog=catalog)
    catalog.save("published@bytes", {"data_batch_0": b"new", "test_batch": b"new"})
    hooks.before_dataset_loaded(dataset_name="published@folder")
    left = {path.name for path in catalog.load("published@folder").iterdir()}
    assert left == {"data_batch_0", "test_batch"}
    hooks.on_pipeline_error()  # or it would listen on


@pytest.mark.parametrize("cache", [None, "data/cache"])
def test_a_share_needs_a_cache_outside_its_own_folder(cache: str | None) -> None:
    settings = EngineSettings(shards=2, cache=None if cache is None else Path(cache))
    with pytest.raises(InputError, match="BENTJETS_CACHE outside it"):
        check_share(settings, Path("data"))
    check_share(EngineSettings(shards=2, cache=Path("elsewhere")), Path("data"))


def test_a_cache_in_the_folder_of_the_share_is_seen_whatever_its_name(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    (tmp_path / "other").mkdir()
    (tmp_path / "link").symlink_to(data)
    for root, cache in [
        (data, tmp_path / "other" / ".." / "data" / "cache"),
        (data, tmp_path / "link" / "cache"),
        (tmp_path / "link", data / "cache"),
    ]:
        with pytest.raises(InputError, match="BENTJETS_CACHE outside it"):
            check_share(EngineSettings(shards=2, cache=cache), root)
    check_share(EngineSettings(shards=2, cache=data / ".." / "cache"), data)


class TestStepsOfAShare:
    def test_the_rest_is_refused_before_anything_runs(self, session: Open, tmp_path: Path) -> None:
        share = {"shards": 20, "shard": 15, "cache": str(tmp_path / "cache")}
        with pytest.raises(InputError) as error:
            session(engine=share).run(pipeline_names=["acquisition", "processing", "curation"])
        assert str(error.value) == (
            "engine.shards is 20: a share runs acquisition and processing only (--pipelines "
            "acquisition,processing); leave curation to the last run, which is without "
            "engine.shards"
        )
        assert not list(tmp_path.iterdir())

    def test_all_that_is_too_much_is_named(self, session: Open) -> None:
        context(session())
        with pytest.raises(InputError, match="leave curation, modelling, reporting to the last"):
            check_steps_of_share(EngineSettings(shards=2), pipelines["__default__"])

    def test_acquisition_and_processing_are_for_shares_and_all_is_for_one_run(
        self, session: Open
    ) -> None:
        context(session())
        for_shares = pipelines["acquisition"] + pipelines["processing"]
        check_steps_of_share(EngineSettings(shards=2), for_shares)
        check_steps_of_share(EngineSettings(), pipelines["__default__"])


@pytest.mark.parametrize(
    ("file", "env", "told"),
    [
        ("parameters.yml", "folder", True),
        ("deep/credentials.yml", "base", True),
        (".gitkeep", "folder", False),
        ("parameters.yml", None, False),
        ("parameters.yml", "local", False),
    ],
)
def test_local_settings_that_are_not_read_are_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, file: str, env: str | None, told: bool
) -> None:
    path = tmp_path / "local" / file
    path.parent.mkdir(parents=True)
    path.touch()
    warn_of_local_settings(tmp_path, env)
    assert ("conf/local is not read" in caplog.text) is told


def test_a_run_that_fails_is_told_of_no_more(session: Open, tmp_path: Path) -> None:
    """Nothing of it is left in the log of the process, and its threads end."""
    handlers = [*logging.getLogger().handlers]
    threads = threading.active_count()
    hooks = ProjectHooks()
    hooks.after_context_created(context=context(session()))
    pipeline = Pipeline([node(write, inputs="text", outputs="manifest", name="write")])
    hooks.before_pipeline_run(pipeline=pipeline, catalog=DataCatalog())
    assert logging.getLogger().handlers != handlers
    hooks.on_pipeline_error()
    assert logging.getLogger().handlers == handlers
    deadline = time.monotonic() + 10
    while threading.active_count() > threads and time.monotonic() < deadline:
        time.sleep(0.01)
    assert threading.active_count() == threads


class TestRecord:
    def record(self, opened: KedroSession) -> dict[str, Any]:
        """Give the record of a run of nothing but what reads it."""
        loaded = context(opened)
        hooks = ProjectHooks()
        hooks.after_context_created(context=loaded)
        hooks.after_catalog_created(catalog=loaded.catalog)
        pipeline = Pipeline([node(write, inputs="run_record", outputs="report", name="write")])
        hooks.before_pipeline_run(pipeline=pipeline, catalog=loaded.catalog)
        hooks.before_dataset_loaded(dataset_name="run_record")
        hooks.on_pipeline_error()
        found: dict[str, Any] = loaded.catalog.load("run_record")
        return found

    def test_tells_the_parameters_that_differ_from_the_default(self, session: Open) -> None:
        record = self.record(session("test", seed=7))
        rows = {name: (here, usual) for name, here, usual in record["parameters"]}
        assert rows["seed"] == (7, 6)
        assert rows["acquisition.catalogues.simulated.n_sources"] == (12, 703)
        assert rows["models.small_cnn.training.precision"] == ("32-true", None)
        assert "modelling.protocol" not in rows
        assert "engine.cache" not in rows  # below BENTJETS_DATA, in both
        assert (record["environment"], record["seed"]) == ("test", 7)

    def test_of_the_default_itself_nothing_differs(self, session: Open) -> None:
        record = self.record(session(None))
        assert record["parameters"] == []
        assert record["environment"] == "base"

    def test_reading_the_default_leaves_the_globals_of_the_run(
        self, session: Open, project: Path
    ) -> None:
        loader = context(session("first")).config_loader
        assert read_default(loader, project)["acquisition"]["survey"] == "simulated"
        assert loader["catalog"]["overrides"]["filepath"] == "conf/first/overrides.csv"

    def test_is_not_written_by_a_run_that_does_not_report(
        self, session: Open, tmp_path: Path
    ) -> None:
        few = {"catalogues": {"simulated": {"n_sources": 2}}}
        session("test", acquisition=few).run(pipeline_names=["acquisition"])
        assert not (tmp_path / "data" / "08_reporting").exists()
