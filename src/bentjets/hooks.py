"""Project hooks: what happens around a run, whatever the pipeline."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

from kedro.framework.context import KedroContext
from kedro.framework.hooks import hook_impl
from kedro.io import DataCatalog

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
    def after_pipeline_run(self, run_params: dict[str, Any], catalog: DataCatalog) -> None:
        """Tell where the report is, when the run wrote one."""
        names = run_params.get("pipeline_names") or []
        if (not names or "reporting" in names) and catalog.exists("report"):
            logger.info("Report: %s", catalog["report"]._describe()["filepath"])
