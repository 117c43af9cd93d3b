"""Wiring of the ruler pipeline."""

from __future__ import annotations

from kedro.pipeline import Node, Pipeline

from bentjets.pipelines.ruler import nodes

_SETTINGS = ["params:ruler", "params:acquisition", "params:seed", "params:engine"]


def create_pipeline() -> Pipeline:
    """Train a ruler on the simulated sky, calibrate both rulers, and measure every source."""
    return Pipeline(
        [
            Node(
                nodes.train_ruler,
                inputs=["ruler_folder", *_SETTINGS],
                outputs="ruler_record",
                name="train_ruler",
            ),
            Node(
                nodes.judge_rulers,
                inputs=["ruler_folder", "ruler_record", *_SETTINGS],
                outputs=["ruler_calibration", "ruler_coverage", "ruler_judged"],
                name="judge_rulers",
            ),
            Node(
                nodes.draw_ruler,
                inputs=["ruler_judged", "ruler_coverage", "params:reporting"],
                outputs="figure_ruler",
                name="draw_ruler",
            ),
            Node(
                nodes.frame_sources,
                inputs=["catalogue", "processing_log", "cutouts", "masks", "params:engine"],
                outputs="source_frames",
                name="frame_sources",
            ),
            Node(
                nodes.measure_angles,
                inputs=[
                    "ruler_folder",
                    "ruler_record",
                    "ruler_calibration",
                    "source_frames",
                    "params:ruler",
                ],
                outputs="angles",
                name="measure_angles",
            ),
        ]
    )
