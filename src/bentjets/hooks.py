"""Project hooks: what happens around a run, whatever the pipeline."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from kedro.framework.context import KedroContext
from kedro.framework.hooks import hook_impl
from kedro.io import DataCatalog
from kedro.pipeline import Pipeline

from bentjets import engine, pipeline_registry
from bentjets.datasets._files import remove_unfinished
from bentjets.datasets.source_files import SourceFilesDataset
from bentjets.errors import InputError

logger = logging.getLogger(__name__)


class ProjectHooks:
    """Configure the engine and the pipelines, remove stale files, and say where the report is."""

    _catalog: DataCatalog

    @hook_impl
    def after_context_created(self, context: KedroContext) -> None:
        """Read the settings that must be known before the pipelines are built.

        ``context.params`` would build the pipelines first; the loader itself does not.
        """
        parameters = context.config_loader["parameters"]
        context.config_loader["parameters"] = parameters  # or they would be read again
        pipeline_registry.configure(parameters)
        data_root = context.project_path / context.config_loader["globals"]["data_root"]
        settings = engine_settings(parameters["engine"], context.project_path)
        check_share(settings, data_root)
        engine.configure(settings)

    @hook_impl
    def after_catalog_created(self, catalog: DataCatalog) -> None:
        """Remember the catalog, whose datasets the next hook is told by name only."""
        self._catalog = catalog

    @hook_impl
    def before_dataset_loaded(self, dataset_name: str) -> None:
        """Let no node read what an earlier run left of sources that are no longer made."""
        _prune(self._catalog.get(dataset_name))

    @hook_impl
    def after_pipeline_run(self, pipeline: Pipeline, catalog: DataCatalog) -> None:
        """Remove what earlier runs left, and tell where the report is, when the run wrote one."""
        for name in pipeline.all_outputs():
            _prune(catalog.get(name))
            remove_unfinished(catalog.get(name))
        if "report" in pipeline.all_outputs():
            logger.info("Report: %s", catalog["report"]._describe()["filepath"])


def _prune(dataset: object) -> None:
    # Its producer has finished: it is about to be read, or the run is over.
    if isinstance(dataset, SourceFilesDataset):
        dataset.prune()


def check_share(settings: engine.EngineSettings, data_root: Path) -> None:
    """Refuse to run a share of the catalogue where another share would write the same files.

    Raises
    ------
    InputError
        If the catalogue is split and the cache is not outside the folder of this run's files.
    """
    if settings.shards > 1 and (settings.cache is None or settings.cache.is_relative_to(data_root)):
        raise InputError(
            f"engine.shards is {settings.shards}: give every share its own BENTJETS_DATA, and all "
            "of them one BENTJETS_CACHE outside it, where the last run finds their results"
        )


def engine_settings(given: Mapping[str, Any], project: Path) -> engine.EngineSettings:
    """Read the ``engine`` parameters; a relative path of the cache starts at the project.

    Raises
    ------
    InputError
        If a parameter is unknown or makes no sense.
    """
    known = [field.name for field in fields(engine.EngineSettings)]
    unknown = sorted(set(given) - set(known))
    if unknown:
        raise InputError(f"engine.{unknown[0]} is unknown: choose from {', '.join(known)}")
    cache = project / given["cache"] if given["cache"] else None
    return engine.EngineSettings(**{**given, "cache": cache})
