"""Wiring of the reporting pipeline."""

from __future__ import annotations

from collections.abc import Sequence

from kedro.pipeline import Node, Pipeline

from bentjets.pipelines.reporting import image_sets, nodes, showing
from bentjets.pipelines.reporting.comparing import compare_node
from bentjets.pipelines.reporting.drawing import models as drawing
from bentjets.pipelines.reporting.drawing.wiring import (
    PREDICTION_FIGURES,
    SAMPLE_FIGURES,
    draw_prediction_nodes,
    draw_sample_nodes,
)
from bentjets.pipelines.reporting.of_models import dots_allowed, of_models

MODEL_FIGURES = ("figure3", "figure_confusion", "figure_reliability", "figure_history")
SHAPE_FIGURES = ("figure_properties", "figure_importance")


def create_pipeline(models: Sequence[str], *, opinions: bool = False) -> Pipeline:
    """Report on a dataset made here: Tables 1 and 2, the figures and the page that holds them.

    Parameters
    ----------
    models : sequence of str
        The names of the models, which are the namespaces of their results in the catalog.
    opinions : bool
        Whether other catalogues were asked of the sources.
    """
    of_others = {"opinions": "opinion_agreement"} if opinions else {}
    of_opinions = ("table2_agreed", "soft_calibration") if opinions else ()
    on_agreed = {name: name for name in of_opinions}
    return Pipeline(
        [
            *_sample_nodes(),
            *_image_nodes(),
            *_review_nodes(),
            *_model_nodes(models, agreement="agreement", **of_others),
            *_shape_nodes(),
            *draw_sample_nodes(models),
            *draw_prediction_nodes(),
            *_source_nodes(models, opinions),
            *(_agreed_nodes() if opinions else []),
            *_report_nodes(
                (
                    *("figure1", "figure2", "figure_angles"),
                    *(*MODEL_FIGURES, *SHAPE_FIGURES, *SAMPLE_FIGURES, *PREDICTION_FIGURES),
                ),
                review="review_description",
                gallery="gallery",
                sources="sources",
                **of_others,
                **on_agreed,
            ),
        ]
    )


def create_image_set_pipeline(models: Sequence[str], *, elsewhere: bool = False) -> Pipeline:
    """Report on images that were taken as they are, without cutouts and logs of processing.

    Parameters
    ----------
    models : sequence of str
        The names of the models.
    elsewhere : bool
        Whether they were tested on other image sets, too.
    """
    across = Node(
        image_sets.describe_across,
        inputs=["across_sets", "contamination"],
        outputs="across_description",
        name="describe_across",
    )
    describe = Node(
        image_sets.describe_image_set,
        inputs=["manifest", "image_set", "image_log", "params:acquisition", "params:classes"],
        outputs=["sample_description", "funnel"],
        name="describe_image_set",
    )
    return Pipeline(
        [
            *(_batch_node(), describe, *_model_nodes(models), *draw_prediction_nodes()),
            *([across] if elsewhere else []),
            *_report_nodes(
                (*MODEL_FIGURES, *PREDICTION_FIGURES),
                **({"across": "across_description"} if elsewhere else {}),
            ),
        ]
    )


def _batch_node() -> Node:
    return Node(
        nodes.tabulate_batches,
        inputs=["manifest", "params:classes", "params:reporting"],
        outputs=["table1", "table1_ecsv", "table1_tex"],
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
            inputs=["hand_angles", "params:reporting"],
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
                "cutouts": "cutouts",
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
            inputs=["metrics_by_property", "metrics", "params:reporting"],
            outputs="figure_properties",
            name="draw_properties",
        ),
        Node(
            drawing.draw_importance,
            inputs=["shape_importance", "params:classes", "params:reporting"],
            outputs="figure_importance",
            name="draw_importance",
        ),
    ]


def _model_nodes(models: Sequence[str], **people: str) -> list[Node]:
    """Tabulate and judge what the networks and simple rules predicted, and draw the networks.

    The names of what is known of people are given, too: their `agreement` where some voted, and the
    `opinions` of other catalogues.
    """
    with dots_allowed():
        return [
            Node(
                nodes.tabulate_models,
                inputs={
                    "metrics": "metrics",
                    "comparison": "model_comparison",
                    "reporting": "params:reporting",
                    **people,
                },
                outputs=["table2", "table2_ecsv", "table2_tex"],
                name="tabulate_models",
            ),
            compare_node(),
            Node(
                nodes.state_verdict,
                inputs={
                    "metrics": "metrics",
                    "table2": "table2",
                    "comparison": "model_comparison",
                    "manifest": "manifest",
                    "leaks": "leaks",
                    **of_models(models, "runs"),
                },
                outputs="verdict",
                name="state_verdict",
            ),
            Node(
                drawing.draw_confusion,
                inputs=["metrics", "params:reporting"],
                outputs="figure_confusion",
                name="draw_confusion",
            ),
            Node(
                drawing.draw_reliability,
                inputs=["reliability", "metrics", "params:reporting"],
                outputs="figure_reliability",
                name="draw_reliability",
            ),
            Node(
                drawing.draw_history,
                inputs=of_models(models, "histories", "runs") | {"reporting": "params:reporting"},
                outputs="figure_history",
                name="draw_history",
            ),
            Node(
                drawing.draw_attention,
                inputs=of_models(models, "attention") | {"reporting": "params:reporting"},
                outputs="figure3",
                name="draw_attention",
            ),
        ]


def _agreed_nodes() -> list[Node]:
    """Score all models on sources that every catalogue names alike, and by all their opinions."""
    return [
        Node(
            nodes.tabulate_agreed,
            inputs=["predictions", "second_opinions", "splits", "params:classes"],
            outputs="table2_agreed",
            name="tabulate_agreed",
        ),
        Node(
            nodes.judge_by_opinions,
            inputs=["predictions", "soft_labels", "splits", "params:classes"],
            outputs="soft_calibration",
            name="judge_by_opinions",
        ),
    ]


def _source_nodes(models: Sequence[str], opinions: bool) -> list[Node]:
    """Show every source: its picture, and all that is known of it."""
    tables = (
        *("catalogue", "acquisition_log", "processing_log", "quality", "morphology"),
        *("label_doubts", *(["second_opinions"] if opinions else [])),
    )
    with dots_allowed():
        show = Node(
            showing.show_sources,
            inputs={
                "sources": "sources",
                "thumbnails": "thumbnails",
                "thumbnail_records": "thumbnail_records",
                "acquisition": "params:acquisition",
                "reporting": "params:reporting",
                "classes": "params:classes",
                **of_models(models, "embedding"),
            },
            outputs="gallery",
            name="show_sources",
        )
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
        show,
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
                "doubts": "label_doubts",
                "published": "published_beside_ours",
                **parts,
                **{figure: figure for figure in figures},
            },
            outputs="report",
            name="write_report",
        ),
    ]
