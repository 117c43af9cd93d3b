"""Wiring of the modelling pipeline."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from kedro.pipeline import Node, Pipeline

from bentjets.learning.data import with_shares
from bentjets.learning.settings import SIMULATED, ModelSettings
from bentjets.pipelines.modelling import elsewhere, evaluating, nodes, pretraining, stacking

BASELINES = "baselines"
"""Namespace of what needs no network."""


def create_pipeline(
    models: Mapping[str, ModelSettings], *, of_image_set: bool = False, soft_labels: bool = False
) -> Pipeline:
    """Repeat the one way of training and testing for every model, and weigh them all.

    Parameters
    ----------
    models : mapping of str to ModelSettings
        The models to train, by their names.
    of_image_set : bool
        Whether images come as they are, and there are no cutouts.
    soft_labels : bool
        Whether networks learn from the opinions of several in place of the labels.
    """
    parts = [
        _create_model_pipeline(name, model, of_image_set, soft_labels)
        for name, model in models.items()
    ]
    return sum(parts, Pipeline([])) + _create_evaluation(list(models))


def _create_model_pipeline(
    name: str, model: ModelSettings, of_image_set: bool, softly: bool
) -> Pipeline:
    return _name_model(
        name,
        [
            _stack_node(model, of_image_set),
            *_training_nodes(model, softly),
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
            *([] if of_image_set else [_embedding_node()]),
        ],
    )


def _embedding_node() -> Node:
    """Embed the sources; the report shows them in its gallery, which image sets have not."""
    return Node(
        nodes.embed_sources,
        inputs=["images", "splits", "folder", "runs", "params:modelling"],
        outputs="embedding",
        name="embed_sources",
    )


def create_other_sets_pipeline(models: Sequence[str]) -> Pipeline:
    """Test the networks of an image set on others, too.

    Parameters
    ----------
    models : sequence of str
        The names of the models.
    """
    inputs = ["test_sets", "tested_images", "folder", "runs", "params:engine"]
    test = Node(
        elsewhere.classify_elsewhere,
        inputs=inputs,
        outputs="elsewhere",
        name="classify_elsewhere",
    )
    parts = [_name_model(name, [test]) for name in models]
    with _dots_allowed():
        tabulate = Node(
            elsewhere.tabulate_across,
            inputs={
                "predictions": "predictions",
                "contamination": "contamination",
                "test_images": "test_images",
                "acquisition": "params:acquisition",
                "classes": "params:classes",
                **{name: f"{name}.elsewhere" for name in models},
            },
            outputs="across_sets",
            name="tabulate_across",
        )
    return sum(parts, Pipeline([tabulate]))


def _name_model(name: str, steps: Sequence[Node]) -> Pipeline:
    """Let the steps of a model stand in its namespace."""
    template = Pipeline(steps)
    shared = {"splits", "batches", "cutouts", "masks", "manifest", "image_set", "pretrained_folder"}
    shared |= {"test_sets", "tested_images", "soft_labels"}
    shared &= template.inputs()
    own = {"params:model": f"params:models.{name}"}
    given = (one for one in template.inputs() if one.startswith("params:"))
    parameters = {one: own.get(one, one) for one in given}
    return Pipeline(
        template,
        namespace=name,
        tags=name,
        inputs=shared,
        parameters=parameters,
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


def _training_nodes(model: ModelSettings, softly: bool) -> list[Node]:
    """Train runs; those of a pretrained network after it, those of soft labels with these."""
    learnt = "softened" if softly else "images"
    inputs = [learnt, "image_facts", "splits", "folder", "params:model", "params:modelling"]
    outputs = ["runs", "histories"]
    sky = ["params:acquisition", "params:seed", "params:engine"]
    before = []
    if softly:
        labels = ["images", "soft_labels"]
        before.append(Node(with_shares, inputs=labels, outputs=learnt, name="soften_images"))
    if model.weights == SIMULATED:
        pretrain = Node(
            pretraining.pretrain,
            inputs=["pretrained_folder", "params:model", "params:modelling", *sky],
            outputs="start",
            name="pretrain",
        )
        before.append(pretrain)
        inputs.append("start")
    return [*before, Node(nodes.train_runs, inputs=inputs, outputs=outputs, name="train_runs")]


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
