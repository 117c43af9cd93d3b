"""Project hooks: what happens around a run, whatever the pipeline."""

from __future__ import annotations

import logging
from collections import Counter
from pathlib import Path
from typing import Any

from kedro.framework.context import KedroContext
from kedro.framework.hooks import hook_impl
from kedro.framework.project import pipelines, settings
from kedro.io import DataCatalog, SharedMemoryDataCatalog
from kedro.pipeline import Node, Pipeline

from bentjets.datasets._files import remove_unfinished
from bentjets.datasets.source_files import SourceFilesDataset
from bentjets.engine import EngineSettings
from bentjets.errors import InputError
from bentjets.parameters import Parameters, read_parameters
from bentjets.pipeline_registry import build_pipelines
from bentjets.run_record import LINKED, RUN_RECORD, RunRecord
from bentjets.telling import Files, Teller, choose_lines, tell_oddities

logger = logging.getLogger(__name__)

_STEPS_OF_SHARE = {"acquisition", "processing"}
_SETTINGS_FILES = {".yml", ".yaml", ".json"}


class ProjectHooks:
    """Check the parameters, build the pipelines, remove stale files, tell how the run goes."""

    _catalog: DataCatalog
    _parameters: Parameters
    _data_root: Path
    _loader: Any
    _project: Path
    _teller: Teller
    _record: RunRecord
    _removed: Counter[str]
    _outputs: set[str]

    @hook_impl
    def after_context_created(self, context: KedroContext) -> None:
        """Check all parameters before anything runs, and build this session's pipelines of them.

        ``context.params`` would need the pipelines first; the loader itself does not.
        """
        choose_lines()
        logging.captureWarnings(True)
        parameters = settle_parameters(context.config_loader, context.project_path)
        self._data_root = context.project_path / context.config_loader["globals"]["data_root"]
        check_share(parameters.engine, self._data_root)
        self._parameters = parameters
        self._loader, self._project = context.config_loader, context.project_path
        # Those of another session in this process, and of other parameters, are forgotten.
        pipelines.configure()
        pipelines.update(build_pipelines(parameters))
        warn_of_local_settings(Path(context.config_loader.conf_source), context.env)

    @hook_impl
    def after_catalog_created(self, catalog: DataCatalog) -> None:
        """Remember the catalog, whose datasets the next hooks are told by name only."""
        self._catalog = catalog

    @hook_impl
    def before_pipeline_run(self, pipeline: Pipeline, catalog: DataCatalog) -> None:
        """Refuse what a share does not do, and runners that spread nodes over processes.

        Among processes, no one knows what others saved. Models that cannot be trained are refused
        before anything runs that they would need.
        """
        if isinstance(catalog, SharedMemoryDataCatalog):
            raise InputError(
                "ParallelRunner cannot be used: leave --runner out, and set engine.n_jobs to the "
                "number of processes"
            )
        check_steps_of_share(self._parameters.engine, pipeline)
        check_chosen_models(self._parameters, pipeline)
        self._outputs = pipeline.all_outputs()
        self._removed = Counter()
        logging.getLogger("kedro.runner.sequential_runner").addFilter(_is_no_advice)
        self._teller = Teller(pipeline, self._parameters, Files(catalog, self._data_root))
        if RUN_RECORD in pipeline.inputs():
            default = read_default(self._loader, self._project)
            self._record = RunRecord(
                environment=self._loader.env or "base",
                project=self._project,
                seed=self._parameters.seed,
                here=self._loader["parameters"],
                default=default,
            )
        self._teller.begin()

    @hook_impl
    def before_dataset_loaded(self, dataset_name: str) -> None:
        """Let no node read what an earlier run left of sources that are no longer made.

        The record of this run is written when it is asked for: it tells of the steps until then.
        What one node saves as ``published@bytes`` another loads as ``published@folder``: two
        datasets of one folder, and only the first knows what was saved.
        """
        if dataset_name == RUN_RECORD:
            self._write_record(self._catalog)
        for name in self._outputs:
            if _folder_name(name) == _folder_name(dataset_name):
                self._removed[name] += _prune(name, self._catalog)

    @hook_impl
    def before_node_run(self, node: Node) -> None:
        """Tell what begins; what the node before streamed is saved by now."""
        self._teller.start(node)

    @hook_impl
    def after_node_run(self, catalog: DataCatalog, outputs: dict[str, Any]) -> None:
        """Tell what is odd in a catalogue that was just read, with the file that lists it."""
        if (oddities := outputs.get("catalogue_oddities")) is not None:
            files = Files(catalog, self._data_root)
            tell_oddities(oddities, files.shown("catalogue_oddities"))

    @hook_impl
    def after_pipeline_run(self, pipeline: Pipeline, catalog: DataCatalog) -> None:
        """Remove what earlier runs left, and tell what came of this one."""
        for name in pipeline.all_outputs():
            self._removed[name] += _prune(name, catalog)
            remove_unfinished(catalog.get(name))
        if removed := +self._removed:
            logger.info(
                "%d old files removed, of sources that are no longer made: %s",
                *(removed.total(), ", ".join(sorted(removed))),
            )
        self._teller.end()
        if RUN_RECORD in pipeline.inputs():
            self._write_record(catalog)

    @hook_impl
    def on_pipeline_error(self) -> None:
        """Say no more: the error will be told by whoever called."""
        self._teller.close()

    def _write_record(self, catalog: DataCatalog) -> None:
        files = Files(catalog, self._data_root)
        paths = {name: files.path(name) for name in (*LINKED, RUN_RECORD)}
        catalog.save(RUN_RECORD, self._record.tell(self._teller.seconds_of_parts, paths))


def settle_parameters(loader: Any, project: Path) -> Parameters:
    """Check the parameters of a session, and put them back as its pipelines shall get them.

    Classes given by ``--params`` replace the declared ones, where Kedro would add them; a relative
    path of the engine's cache starts at the project; a chosen benchmark is the image set.

    Parameters
    ----------
    loader
        The configuration loader of the session.
    project
        Folder of the project.

    Raises
    ------
    InputError
        If a parameter is unknown, missing or wrong.
    """
    raw: dict[str, Any] = dict(loader["parameters"])
    if "classes" in (loader.runtime_params or {}):
        raw["classes"] = loader.runtime_params["classes"]
    parameters = read_parameters(raw)
    raw["classes"] = parameters.classes
    if parameters.benchmark is not None:
        chosen = parameters.benchmarks[parameters.benchmark]
        image_set = parameters.acquisition.image_set.of_benchmark(chosen)
        raw["acquisition"] = {**raw["acquisition"], "image_set": image_set.model_dump()}
    if parameters.engine.cache is not None:
        cache = project / parameters.engine.cache
        raw["engine"] = {**raw["engine"], "cache": str(cache)}
    loader["parameters"] = raw
    return read_parameters(raw)


def read_default(loader: Any, project: Path) -> dict[str, Any]:
    """Give the parameters of the default environment, beside those of a session."""
    # conf/local would be read, too, and what is written there is one's own.
    arguments = {**settings.CONFIG_LOADER_ARGS, "default_run_env": "base"}
    default = type(loader)(conf_source=loader.conf_source, env="base", **arguments)
    try:
        settle_parameters(default, project)
    finally:
        # OmegaConf knows the ``globals`` of the latest loader only.
        loader._register_globals_resolver()
    return dict(default["parameters"])


def check_share(settings: EngineSettings, data_root: Path) -> None:
    """Refuse to run a share of the catalogue where another share would write the same files.

    Raises
    ------
    InputError
        If the catalogue is split and the cache is not outside the folder of this run's files.
    """
    if settings.is_share and (
        settings.cache is None or settings.cache.resolve().is_relative_to(data_root.resolve())
    ):
        raise InputError(
            f"engine.shards is {settings.shards}: give every share its own BENTJETS_DATA, and all "
            "of them one BENTJETS_CACHE outside it, where the last run finds their results"
        )


def check_steps_of_share(settings: EngineSettings, pipeline: Pipeline) -> None:
    """Refuse to run steps of a share that need the whole catalogue.

    Raises
    ------
    InputError
        If the catalogue is split, and the run does more than acquisition and processing.
    """
    wanted = {(node.namespace or node.name).partition(".")[0] for node in pipeline.nodes}
    if settings.is_share and (others := sorted(wanted - _STEPS_OF_SHARE)):
        raise InputError(
            f"engine.shards is {settings.shards}: a share runs acquisition and processing only "
            f"(--pipelines acquisition,processing); leave {', '.join(others)} to the last run, "
            "which is without engine.shards"
        )


def check_chosen_models(parameters: Parameters, pipeline: Pipeline) -> None:
    """Refuse models of a run that could not be trained, with the weights they start from.

    Raises
    ------
    InputError
        If a model's settings, weights or recipe cannot be used.
    ServiceError
        If its weights cannot be downloaded.
    """
    steps = {node.name for node in pipeline.nodes}
    names = [name for name in parameters.modelling.train if f"modelling.{name}.train_runs" in steps]
    if not names:
        return
    # It loads torch, which other runs do without.
    from bentjets.learning.training import Chosen, check_models

    models = {name: parameters.models[name] for name in names}
    check_models(
        {
            name: Chosen(model, parameters.modelling.training_of(model))
            for name, model in models.items()
        },
        tuple(parameters.classes),
    )


def warn_of_local_settings(conf: Path, env: str | None) -> None:
    """Say that ``conf/local`` is not read where another environment is chosen."""
    if env in (None, "local"):
        return
    if any(file.suffix in _SETTINGS_FILES for file in (conf / "local").rglob("*")):
        logger.warning(
            "conf/local is not read with the environment %s: give what you need of it by --params, "
            "or in an environment of your own",
            env,
        )


def _prune(name: str, catalog: DataCatalog) -> int:
    # Its producer has finished: it is about to be read, or the run is over.
    dataset = catalog.get(name)
    return dataset.prune() if isinstance(dataset, SourceFilesDataset) else 0


def _folder_name(name: str) -> str:
    return name.partition("@")[0]


def _is_no_advice(record: logging.LogRecord) -> bool:
    """Keep Kedro from advising ``--async``, which nodes that stream cannot do."""
    return "--async" not in str(record.msg)
