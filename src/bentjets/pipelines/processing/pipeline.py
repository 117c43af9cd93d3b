"""Wiring of the processing pipeline."""

from kedro.pipeline import Pipeline, node

from bentjets.pipelines.processing.nodes import (
    choose_settings,
    collect_findings,
    find_islands,
    render_images,
)


def create_pipeline() -> Pipeline:
    """Background, islands, Gaussians, masks and images of every cutout."""
    return Pipeline(
        [
            node(
                choose_settings,
                inputs=["acquisition_log", "overrides", "params:processing"],
                outputs="finding_settings",
                name="choose_settings",
            ),
            node(
                find_islands,
                inputs=["finding_settings", "catalogue", "cutouts", "params:processing"],
                outputs=["background", "masks", "findings"],
                name="find_islands",
            ),
            node(
                collect_findings,
                inputs=["finding_settings", "findings"],
                outputs=["gaussians", "dropped_islands", "processing_log"],
                name="collect_findings",
            ),
            node(
                render_images,
                inputs=["processing_log", "cutouts", "masks"],
                outputs=["images", "mask_images", "masked_images"],
                name="render_images",
            ),
        ]
    )
