"""The wiring of the reporting pipeline."""

import warnings
from collections.abc import Sequence

from kedro.pipeline import Node, Pipeline

from . import figure_nodes, nodes

FIGURES = ("figure1", "figure2", "figure3", "figure_confusion", "figure_history")


def create_pipeline(models: Sequence[str]) -> Pipeline:
    """Wire the reporting pipeline for the models of the configuration.

    Parameters
    ----------
    models : sequence of str
        The names of the models, which are the namespaces of their results in the catalog.

    Returns
    -------
    Pipeline
        From the tables, images and model results to Tables 1 and 2, the figures and the report.
    """
    with warnings.catch_warnings():
        # The names of the results have a dot because each model is a namespace of its own.
        warnings.filterwarnings("ignore", message="One or more dataset names contain '.'")
        model_nodes = _model_nodes(models)
    return Pipeline([*_sample_nodes(), *model_nodes, *_report_nodes()])


def _sample_nodes() -> list[Node]:
    return [
        Node(
            nodes.tabulate_batches,
            inputs=["manifest", "params:classes"],
            outputs=["table1", "table1_tex"],
            name="tabulate_batches",
        ),
        Node(
            figure_nodes.draw_examples,
            inputs=["manifest", "cutouts", "params:classes", "params:reporting"],
            outputs="figure1",
            name="draw_examples",
        ),
        Node(
            figure_nodes.draw_masking,
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


def _model_nodes(models: Sequence[str]) -> list[Node]:
    def of_models(dataset: str) -> dict[str, str]:
        return {model: f"{model}.{dataset}" for model in models}

    return [
        Node(
            nodes.tabulate_models,
            inputs=of_models("metrics"),
            outputs=["table2", "table2_tex"],
            name="tabulate_models",
        ),
        Node(
            nodes.compare_models,
            inputs=of_models("predictions"),
            outputs="model_comparison",
            name="compare_models",
        ),
        Node(
            figure_nodes.draw_confusion,
            inputs=of_models("metrics"),
            outputs="figure_confusion",
            name="draw_confusion",
        ),
        Node(
            figure_nodes.draw_history,
            inputs=of_models("history"),
            outputs="figure_history",
            name="draw_history",
        ),
        Node(
            figure_nodes.draw_attention,
            inputs=of_models("attention"),
            outputs="figure3",
            name="draw_attention",
        ),
    ]


def _report_nodes() -> list[Node]:
    return [
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
        Node(
            nodes.list_settings,
            inputs={
                "models": "params:modelling.models",
                "acquisition": "params:acquisition",
                "processing": "params:processing",
                "curation": "params:curation",
                "reporting": "params:reporting",
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
                **{figure: figure for figure in FIGURES},
            },
            outputs="report",
            name="write_report",
        ),
    ]
