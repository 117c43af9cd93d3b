"""Wiring of the figures of the sample, and of those of predictions."""

from __future__ import annotations

from kedro.pipeline import Node

from bentjets.pipelines.reporting import drawing_sample, drawing_scores

SAMPLE_FIGURES = ("figure_sky", "figure_distributions", "figure_agreement")
PREDICTION_FIGURES = ("figure_curves", "figure_seeds")


def draw_sample_nodes() -> list[Node]:
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
    ]


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
