"""Wiring of the reporting pipeline."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from kedro.pipeline import Node, Pipeline

from bentjets.pipelines.reporting import drawing, image_sets, nodes, showing

MODEL_FIGURES = ("figure3", "figure_confusion", "figure_reliability", "figure_history")
SHAPE_FIGURES = ("figure_properties", "figure_importance")


def create_pipeline(models: Sequence[str]) -> Pipeline:
    """Report on a dataset made here: Tables 1 and 2, the figures and the page that holds them.

    Parameters
    ----------
    models : sequence of str
        The names of the models, which are the namespaces of their results in the catalog.
    """
    return Pipeline(
        [
            *_sample_nodes(),
            *_image_nodes(),
            *_review_nodes(),
            *_model_nodes(models, agreement="agreement"),
            *_shape_nodes(),
            *_source_nodes(),
            *_report_nodes(
                ("figure1", "figure2", *MODEL_FIGURES, *SHAPE_FIGURES, "figure_angles"),
                review="review_description",
                gallery="gallery",
            ),
        ]
    )


def create_image_set_pipeline(models: Sequence[str]) -> Pipeline:
    """Report on images that were taken as they are, without cutouts and logs of processing."""
    describe = Node(
        image_sets.describe_image_set,
        inputs=["manifest", "image_set", "image_log", "params:acquisition", "params:classes"],
        outputs=["sample_description", "funnel"],
        name="describe_image_set",
    )
    return Pipeline([_batch_node(), describe, *_model_nodes(models), *_report_nodes(MODEL_FIGURES)])


def _batch_node() -> Node:
    return Node(
        nodes.tabulate_batches,
        inputs=["manifest", "params:classes"],
        outputs=["table1", "table1_tex"],
        name="tabulate_batches",
    )


def _sample_nodes() -> list[Node]:
    return [
        _batch_node(),
        Node(
            nodes.describe_sample,
            inputs=[
                "manifest",
                "cutouts",
                "decisions",
                "params:curation",
                "params:classes",
            ],
            outputs="sample_description",
            name="describe_sample",
        ),
        Node(
            nodes.count_funnel,
            inputs=[
                "catalogue",
                "acquisition_log",
                "processing_log",
                "quality",
                "decisions",
                "params:curation",
            ],
            outputs="funnel",
            name="count_funnel",
        ),
    ]


def _review_nodes() -> list[Node]:
    return [
        Node(
            nodes.compare_angles,
            inputs=["reviews", "quality"],
            outputs="hand_angles",
            name="compare_angles",
        ),
        Node(
            nodes.describe_review,
            inputs=["agreement", "hand_angles", "quality", "params:curation"],
            outputs="review_description",
            name="describe_review",
        ),
        Node(
            drawing.draw_angles,
            inputs="hand_angles",
            outputs="figure_angles",
            name="draw_angles",
        ),
    ]


def _image_nodes() -> list[Node]:
    return [
        Node(
            drawing.draw_examples,
            inputs=["manifest", "cutouts", "params:classes", "params:reporting"],
            outputs="figure1",
            name="draw_examples",
        ),
        Node(
            drawing.draw_masking,
            inputs={
                "manifest": "manifest",
                "images": "images",
                "mask_images": "mask_images",
                "masked_images": "masked_images",
                "classes": "params:classes",
                "reporting": "params:reporting",
            },
            outputs="figure2",
            name="draw_masking",
        ),
    ]


def _shape_nodes() -> list[Node]:
    """Draw what only measured sources have: properties and shapes."""
    return [
        Node(
            drawing.draw_properties,
            inputs=["metrics_by_property", "metrics"],
            outputs="figure_properties",
            name="draw_properties",
        ),
        Node(
            drawing.draw_importance,
            inputs=["shape_importance", "params:classes"],
            outputs="figure_importance",
            name="draw_importance",
        ),
    ]


def _model_nodes(models: Sequence[str], **agreement: str) -> list[Node]:
    """Tabulate and judge what the networks and simple rules predicted, and draw the networks.

    Where people voted, the name of their `agreement` is given, too.
    """
    with _dots_allowed():
        return [
            Node(
                nodes.tabulate_models,
                inputs={"metrics": "metrics", **agreement},
                outputs=["table2", "table2_tex"],
                name="tabulate_models",
            ),
            Node(
                nodes.state_verdict,
                inputs={
                    "metrics": "metrics",
                    "table2": "table2",
                    "comparison": "model_comparison",
                    "manifest": "manifest",
                    "leaks": "leaks",
                    **_of_models(models, "runs"),
                },
                outputs="verdict",
                name="state_verdict",
            ),
            Node(
                drawing.draw_confusion,
                inputs="metrics",
                outputs="figure_confusion",
                name="draw_confusion",
            ),
            Node(
                drawing.draw_reliability,
                inputs=["reliability", "metrics"],
                outputs="figure_reliability",
                name="draw_reliability",
            ),
            Node(
                drawing.draw_history,
                inputs=_of_models(models, "histories") | _of_models(models, "runs"),
                outputs="figure_history",
                name="draw_history",
            ),
            Node(
                drawing.draw_attention,
                inputs=_of_models(models, "attention"),
                outputs="figure3",
                name="draw_attention",
            ),
        ]


def _of_models(models: Sequence[str], result: str) -> dict[str, str]:
    """Name a result of each model; the argument is called as the dataset is."""
    return {f"{model}.{result}": f"{model}.{result}" for model in models}


@contextmanager
def _dots_allowed() -> Iterator[None]:
    """Hush Kedro's warning of dots: the names of results have one as models are namespaces."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="One or more dataset names contain '.'")
        yield


def _source_nodes() -> list[Node]:
    """Show every source: its picture, and all that is known of it."""
    tables = ("catalogue", "acquisition_log", "processing_log", "quality", "morphology")
    return [
        Node(
            showing.draw_thumbnails,
            inputs=["acquisition_log", "morphology", "cutouts", "masks", "params:engine"],
            outputs=["thumbnails", "thumbnail_records"],
            name="draw_thumbnails",
        ),
        Node(
            showing.tabulate_sources,
            inputs={
                name: name for name in (*tables, "decisions", "splits", "reviews", "predictions")
            },
            outputs="sources",
            name="tabulate_sources",
        ),
        Node(
            showing.show_sources,
            inputs=[
                "sources",
                "thumbnails",
                "thumbnail_records",
                "params:acquisition",
                "params:reporting",
                "params:classes",
            ],
            outputs="gallery",
            name="show_sources",
        ),
    ]


def _report_nodes(figures: Sequence[str], **parts: str) -> list[Node]:
    """Write the report; the names of its parts that not every run has are given, too."""
    sections = ("acquisition", "processing", "curation", "modelling", "reporting", "classes")
    return [
        Node(
            nodes.list_settings,
            inputs={
                "models": "params:models",
                **{section: f"params:{section}" for section in sections},
            },
            outputs="settings",
            name="list_settings",
        ),
        Node(
            nodes.write_report,
            inputs={
                "sample": "sample_description",
                "funnel": "funnel",
                "settings": "settings",
                "verdict": "verdict",
                "table1": "table1",
                "table2": "table2",
                "run": "run_record",
                **parts,
                **{figure: figure for figure in figures},
            },
            outputs="report",
            name="write_report",
        ),
    ]
