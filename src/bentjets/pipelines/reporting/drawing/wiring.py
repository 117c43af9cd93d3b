"""Wiring of the figures of the sample, and of those of predictions."""

from __future__ import annotations

from collections.abc import Sequence

from kedro.pipeline import Node

from bentjets.pipelines.reporting.drawing import sample as drawing_sample
from bentjets.pipelines.reporting.drawing import scores as drawing_scores
from bentjets.pipelines.reporting.of_models import dots_allowed, of_models

SAMPLE_FIGURES = ("figure_sky", "figure_distributions", "figure_agreement", "figure_learning")
PREDICTION_FIGURES = ("figure_curves", "figure_seeds")


def draw_sample_nodes(models: Sequence[str]) -> list[Node]:
    """Draw what only a sample with positions, measurements and votes has."""
    return [
        Node(
            drawing_sample.draw_sky,
            inputs=["manifest", "params:acquisition", "params:classes", "params:reporting"],
            outputs="figure_sky",
            name="draw_sky",
        ),
        Node(
            drawing_sample.draw_distributions,
            inputs=["manifest", "params:classes", "params:reporting"],
            outputs="figure_distributions",
            name="draw_distributions",
        ),
        Node(
            drawing_sample.draw_agreement,
            inputs=["reviews", "quality", "params:reporting"],
            outputs="figure_agreement",
            name="draw_agreement",
        ),
        _learning_node(models),
    ]


def _learning_node(models: Sequence[str]) -> Node:
    with dots_allowed():
        return Node(
            drawing_scores.draw_learning,
            inputs={
                **{name: name for name in ("manifest", "splits", "metrics")},
                **{name: f"params:{name}" for name in ("modelling", "reporting")},
                **of_models(models, "runs"),
            },
            outputs="figure_learning",
            name="draw_learning",
        )


def draw_prediction_nodes() -> list[Node]:
    """Draw what every set of predictions has, that on published batches too."""
    return [
        Node(
            drawing_scores.draw_curves,
            inputs=["predictions", "splits", "metrics", "params:reporting"],
            outputs="figure_curves",
            name="draw_curves",
        ),
        Node(
            drawing_scores.draw_seeds,
            inputs=["predictions", "metrics", "params:reporting"],
            outputs="figure_seeds",
            name="draw_seeds",
        ),
    ]
