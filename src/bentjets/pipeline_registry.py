"""The project's pipelines, shaped by the parameters of the environment."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kedro.pipeline import Pipeline

from bentjets.errors import InputError
from bentjets.pipelines import acquisition, curation, modelling, processing, reporting

_parameters: Mapping[str, Any] | None = None


def configure(parameters: Mapping[str, Any]) -> None:
    """Remember the parameters of this run's environment (the project's hook calls this)."""
    global _parameters  # noqa: PLW0603  Kedro calls register_pipelines without arguments
    _parameters = parameters


def register_pipelines() -> dict[str, Pipeline]:
    """Return the pipelines by name; ``__default__`` is the whole way from catalogue to report.

    Which models there are, and whether the dataset is made or downloaded, is read from the
    parameters.
    """
    parameters = _parameters if _parameters is not None else _read_parameters()
    models = chosen_models(parameters)
    if parameters["acquisition"]["published_record"]:
        pipelines = {
            "acquisition": acquisition.create_published_pipeline(),
            "modelling": modelling.create_pipeline(models),
            "reporting": reporting.create_published_pipeline(models),
        }
    else:
        pipelines = {
            "acquisition": acquisition.create_pipeline(),
            "processing": processing.create_pipeline(),
            "curation": curation.create_pipeline(),
            "modelling": modelling.create_pipeline(models),
            "reporting": reporting.create_pipeline(models),
        }
    # sum() of an empty list would be the int 0, hence the start value.
    return pipelines | {"__default__": sum(pipelines.values(), Pipeline([]))}


def chosen_models(parameters: Mapping[str, Any]) -> list[str]:
    """Return the names of the models to train, each of which must be declared.

    Raises
    ------
    InputError
        If a chosen model is not an entry of ``models``, or none is chosen.
    """
    declared, chosen = parameters["models"], parameters["modelling"]["train"]
    unknown = [name for name in chosen if name not in declared]
    if unknown or not chosen:
        raise InputError(
            f"modelling.train names {', '.join(unknown) or 'no model'}: "
            f"choose from {', '.join(declared)}, or declare a model under models in the parameters"
        )
    return list(chosen)


def _read_parameters() -> Mapping[str, Any]:
    """Read the parameters where no run did: ``kedro registry list`` makes no context."""
    from kedro.framework.project import settings

    project = Path(__file__).resolve().parents[2]
    loader = settings.CONFIG_LOADER_CLASS(
        conf_source=str(project / settings.CONF_SOURCE),
        env=os.environ.get("KEDRO_ENV"),
        **settings.CONFIG_LOADER_ARGS,
    )
    parameters: Mapping[str, Any] = loader["parameters"]
    return parameters
