"""The project's pipelines, shaped by the parameters of the environment."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from kedro.pipeline import Node, Pipeline

from bentjets.lineage.previews import with_previews
from bentjets.parameters import Parameters, read_parameters
from bentjets.pipelines import (
    acquisition,
    curation,
    inference,
    modelling,
    processing,
    reporting,
    ruler,
)


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
    parameters; where sources have no labels, the whole way ends with their classification. Each
    pipeline is a namespace and a tag of its nodes: ``acquisition.fetch_cutouts``; datasets and
    parameters keep their names.
    """
    models = parameters.modelling.train
    chosen = {name: parameters.models[name] for name in models}
    if parameters.acquisition.uses_image_set:
        published = parameters.acquisition.published_record is not None
        images = acquisition.create_image_set_pipeline(published=published)
        networks = modelling.create_pipeline(chosen, of_image_set=True)
        elsewhere = bool(parameters.across.test_on)
        if elsewhere:
            images += acquisition.create_other_sets_pipeline()
            networks += modelling.create_other_sets_pipeline(models)
        report = reporting.create_image_set_pipeline(models, elsewhere=elsewhere)
        return _whole(
            {
                "acquisition": images,
                "modelling": _with_found_classes(networks),
                "reporting": _with_found_classes(report),
            }
        )
    data = {
        "acquisition": acquisition.create_pipeline(),
        "processing": processing.create_pipeline(),
    }
    # The quality of an image is told of new sources, too.
    assess = curation.create_pipeline().filter(node_names=["assess_images"])
    classify = _name_parts(data | {"inference": assess + inference.create_pipeline()})
    # Measured when it is asked for: training a ruler takes minutes.
    measure = _name_parts({"ruler": ruler.create_pipeline()})
    if not parameters.acquisition.labelled:
        return (
            _whole(data) | measure | {"inference": _join(classify), "__default__": _join(classify)}
        )
    opinions = bool(parameters.acquisition.second_opinions)
    softly = parameters.modelling.soft_labels
    parts = data | {
        "curation": curation.create_pipeline(),
        "modelling": modelling.create_pipeline(chosen, soft_labels=softly),
        "reporting": reporting.create_pipeline(models, opinions=opinions),
    }
    if opinions:
        parts["acquisition"] += acquisition.create_opinions_pipeline()
        parts["curation"] += curation.create_opinions_pipeline()
    if opinions or softly:
        parts["curation"] += curation.create_soft_labels_pipeline(opinions=opinions)
    pipelines = _whole(parts)
    return pipelines | measure | {"inference": _join(classify)}


def _with_found_classes(pipeline: Pipeline) -> Pipeline:
    """Let steps take the classes that were found in the images for those of the parameters."""
    return Pipeline([_copy_node(node) for node in pipeline.nodes])


def _copy_node(node: Node) -> Node:
    def found(name: str) -> str:
        return "found_classes" if name == "params:classes" else name

    given: Any = node._inputs
    if isinstance(given, dict):
        return node._copy(inputs={argument: found(name) for argument, name in given.items()})
    return node._copy(inputs=[found(name) for name in node.inputs])


def _whole(parts: dict[str, Pipeline]) -> dict[str, Pipeline]:
    named = _name_parts(parts)
    return named | {"__default__": _join(named)}


def _name_parts(parts: dict[str, Pipeline]) -> dict[str, Pipeline]:
    return {
        name: Pipeline(
            with_previews(part), namespace=name, prefix_datasets_with_namespace=False, tags=name
        )
        for name, part in parts.items()
    }


def _join(pipelines: dict[str, Pipeline]) -> Pipeline:
    # sum() of an empty list would be the int 0, hence the start value.
    return sum(pipelines.values(), Pipeline([]))
