"""Wiring of the reporting pipeline."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from kedro.pipeline import Node, Pipeline

from bentjets.pipelines.reporting import nodes
from bentjets.report import tables

MODEL_FIGURES = ("figure3", "figure_confusion", "figure_history")


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
            _angle_node(),
            *_model_nodes(models, baselines={tables.ANGLE: "opening_angle"}),
            *_report_nodes(("figure1", "figure2", *MODEL_FIGURES)),
        ]
    )


def create_published_pipeline(models: Sequence[str]) -> Pipeline:
    """Report on batches that others published, of which there are no cutouts and no logs."""
    describe = Node(
        nodes.describe_published,
        inputs=["manifest", "params:acquisition", "params:classes"],
        outputs=["sample_description", "funnel"],
        name="describe_published",
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
            inputs=["manifest", "cutouts", "decisions", "params:curation", "params:classes"],
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


def _image_nodes() -> list[Node]:
    return [
        Node(
            nodes.draw_examples,
            inputs=["manifest", "cutouts", "params:classes", "params:reporting"],
            outputs="figure1",
            name="draw_examples",
        ),
        Node(
            nodes.draw_masking,
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


def _angle_node() -> Node:
    with _dots_allowed():
        return Node(
            nodes.classify_by_angle,
            inputs=["manifest", "params:classes"],
            outputs=["opening_angle.predictions", "opening_angle.metrics"],
            name="classify_by_angle",
        )


def _model_nodes(models: Sequence[str], baselines: Mapping[str, str] | None = None) -> list[Node]:
    """Tabulate and compare models and baselines (label to namespace); draw the models alone."""
    drawn = {model: model for model in models}
    compared = drawn | dict(baselines or {})
    steps: list[tuple[Callable[..., Any], Mapping[str, str], str, str | list[str]]] = [
        (nodes.tabulate_models, compared, "metrics", ["table2", "table2_tex"]),
        (nodes.compare_models, compared, "predictions", "model_comparison"),
        (nodes.draw_confusion, drawn, "metrics", "figure_confusion"),
        (nodes.draw_history, drawn, "history", "figure_history"),
        (nodes.draw_attention, drawn, "attention", "figure3"),
    ]
    with _dots_allowed():
        return [
            Node(
                step,
                inputs={label: f"{namespace}.{result}" for label, namespace in names.items()},
                outputs=outputs,
                name=step.__name__,
            )
            for step, names, result, outputs in steps
        ]


@contextmanager
def _dots_allowed() -> Iterator[None]:
    """Hush Kedro's warning of dots: the names of results have one as models are namespaces."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="One or more dataset names contain '.'")
        yield


def _report_nodes(figures: Sequence[str]) -> list[Node]:
    sections = ("acquisition", "processing", "curation", "modelling", "reporting")
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
                "table1": "table1",
                "table2": "table2",
                "comparison": "model_comparison",
                **{figure: figure for figure in figures},
            },
            outputs="report",
            name="write_report",
        ),
    ]
