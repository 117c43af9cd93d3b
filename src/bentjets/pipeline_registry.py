"""The project's pipelines, shaped by the parameters of the environment."""

from __future__ import annotations

import os
from pathlib import Path

from kedro.pipeline import Pipeline

from bentjets.parameters import Parameters, read_parameters
from bentjets.pipelines import acquisition, curation, modelling, processing, reporting


def register_pipelines() -> dict[str, Pipeline]:
    """Build the pipelines where no session did (``kedro registry list``), for ``KEDRO_ENV``."""
    from kedro.framework.project import settings

    project = Path(__file__).resolve().parents[2]
    loader = settings.CONFIG_LOADER_CLASS(
        conf_source=str(project / settings.CONF_SOURCE),
        env=os.environ.get("KEDRO_ENV"),
        **settings.CONFIG_LOADER_ARGS,
    )
    return build_pipelines(read_parameters(loader["parameters"]))


def build_pipelines(parameters: Parameters) -> dict[str, Pipeline]:
    """Build the pipelines by name; ``__default__`` is the whole way from catalogue to report.

    Which models there are, and whether the dataset is made or downloaded, is read from the
    parameters. Each pipeline is a namespace and a tag of its nodes: ``acquisition.fetch_cutouts``;
    datasets and parameters keep their names.
    """
    models = parameters.modelling.train
    if parameters.acquisition.published_record:
        parts = {
            "acquisition": acquisition.create_published_pipeline(),
            "modelling": modelling.create_pipeline(models),
            "reporting": reporting.create_published_pipeline(models),
        }
    else:
        parts = {
            "acquisition": acquisition.create_pipeline(),
            "processing": processing.create_pipeline(),
            "curation": curation.create_pipeline(),
            "modelling": modelling.create_pipeline(models),
            "reporting": reporting.create_pipeline(models),
        }
    pipelines = {
        name: Pipeline(part, namespace=name, prefix_datasets_with_namespace=False, tags=name)
        for name, part in parts.items()
    }
    # sum() of an empty list would be the int 0, hence the start value.
    return pipelines | {"__default__": sum(pipelines.values(), Pipeline([]))}
