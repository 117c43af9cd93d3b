"""Wiring of the modelling pipeline."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from kedro.pipeline import Node, Pipeline

from bentjets.learning.settings import SIMULATED, ModelSettings
from bentjets.pipelines.modelling import evaluating, nodes, pretraining, stacking

BASELINES = "baselines"
"""Namespace of what needs no network."""


def create_pipeline(models: Mapping[str, ModelSettings], *, of_image_set: bool = False) -> Pipeline:
    """Repeat the one way of training and testing for every model, and weigh them all.

    Parameters
    ----------
    models : mapping of str to ModelSettings
        The models to train, by their names.
    of_image_set : bool
        Whether images come as they are, and there are no cutouts.
    """
    parts = [_create_model_pipeline(name, model, of_image_set) for name, model in models.items()]
    return sum(parts, Pipeline([])) + _create_evaluation(list(models))


def _create_model_pipeline(name: str, model: ModelSettings, of_image_set: bool) -> Pipeline:
    template = Pipeline(
        [
            _stack_node(model, of_image_set),
            *_training_nodes(model),
            Node(
                nodes.predict_runs,
                inputs=["images", "splits", "folder", "runs", "params:modelling"],
                outputs="predictions",
                name="predict_runs",
            ),
            Node(
                nodes.explain_model,
                inputs=["images", "splits", "folder", "runs", "predictions", "params:modelling"],
                outputs="attention",
                name="explain_model",
            ),
        ]
    )
    shared = {"splits", "batches", "cutouts", "masks", "manifest", "image_set", "pretrained_folder"}
    shared &= template.inputs()
    parameters = {one: one for one in template.inputs() if one.startswith("params:")}
    return Pipeline(
        template,
        namespace=name,
        tags=name,
        inputs=shared,
        parameters=parameters | {"params:model": f"params:models.{name}"},
    )


def _stack_node(model: ModelSettings, of_image_set: bool) -> Node:
    """Make images of what the model's entry says, as far as it is there."""
    outputs = ["images", "image_facts"]
    if of_image_set:
        return Node(
            stacking.stack_image_set,
            inputs=[
                "manifest",
                "image_set",
                "folder",
                "params:model",
                "params:classes",
                "params:acquisition",
                "params:engine",
            ],
            outputs=outputs,
            name="stack_image_set",
        )
    if model.images.source == "cutouts":
        return Node(
            stacking.stack_cutouts,
            inputs=[
                "manifest",
                "cutouts",
                "masks",
                "params:model",
                "params:classes",
                "params:engine",
            ],
            outputs=outputs,
            name="stack_cutouts",
        )
    return Node(
        stacking.stack_batches,
        inputs=["batches", "params:model", "params:classes", "cutouts"],
        outputs=outputs,
        name="stack_batches",
    )


def _training_nodes(model: ModelSettings) -> list[Node]:
    """Train runs; those of a pretrained network after it."""
    inputs = ["images", "image_facts", "splits", "folder", "params:model", "params:modelling"]
    outputs = ["runs", "histories"]
    if model.weights != SIMULATED:
        return [Node(nodes.train_runs, inputs=inputs, outputs=outputs, name="train_runs")]
    sky = ["params:acquisition", "params:seed", "params:engine"]
    return [
        Node(
            pretraining.pretrain,
            inputs=["pretrained_folder", "params:model", "params:modelling", *sky],
            outputs="start",
            name="pretrain",
        ),
        Node(nodes.train_runs, inputs=[*inputs, "start"], outputs=outputs, name="train_runs"),
    ]


def _create_evaluation(models: list[str]) -> Pipeline:
    with _dots_allowed():
        return Pipeline(
            [
                Node(
                    evaluating.predict_baselines,
                    inputs=["manifest", "splits", "params:modelling", "params:classes"],
                    outputs=[f"{BASELINES}.predictions", "shape_importance"],
                    name="predict_baselines",
                ),
                Node(
                    evaluating.gather_predictions,
                    inputs={
                        "splits": "splits",
                        "modelling": "params:modelling",
                        "classes": "params:classes",
                        **{name: f"{name}.predictions" for name in [*models, BASELINES]},
                    },
                    outputs="predictions",
                    name="gather_predictions",
                ),
                Node(
                    evaluating.measure_models,
                    inputs=["predictions", "manifest", "splits", "params:classes"],
                    outputs=[
                        "metrics",
                        "model_comparison",
                        "reliability",
                        "metrics_by_property",
                    ],
                    name="measure_models",
                ),
                Node(
                    evaluating.rank_doubts,
                    inputs=["predictions", "params:classes"],
                    outputs="label_doubts",
                    name="rank_doubts",
                ),
            ]
        )


@contextmanager
def _dots_allowed() -> Iterator[None]:
    """Hush Kedro's warning of dots: the names of results have one as models are namespaces."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="One or more dataset names contain '.'")
        yield
