"""Project hooks: what happens around a run, whatever the pipeline."""

from __future__ import annotations

import logging
from pathlib import Path

from kedro.framework.context import KedroContext
from kedro.framework.hooks import hook_impl
from kedro.io import DataCatalog
from kedro.pipeline import Pipeline

from bentjets import engine, pipeline_registry

logger = logging.getLogger(__name__)


class ProjectHooks:
    """Configure the engine, let the parameters shape the pipelines, and say where the report is."""

    @hook_impl
    def after_context_created(self, context: KedroContext) -> None:
        """Read the settings that must be known before the pipelines are built.

        ``context.params`` would build the pipelines first; the loader itself does not.
        """
        parameters = context.config_loader["parameters"]
        pipeline_registry.configure(parameters)
        cache = parameters["engine"]["cache"]
        engine.configure(
            engine.EngineSettings(
                n_jobs=parameters["engine"]["n_jobs"],
                cache=Path(context.project_path) / cache if cache else None,
            )
        )

    @hook_impl
    def after_pipeline_run(self, pipeline: Pipeline, catalog: DataCatalog) -> None:
        """Tell where the report is, when the run wrote one."""
        if "report" in pipeline.all_outputs():
            logger.info("Report: %s", catalog["report"]._describe()["filepath"])
