"""Wiring of the processing pipeline."""

from kedro.pipeline import Pipeline, node

from bentjets.pipelines.processing.nodes import (
    choose_settings,
    collect_findings,
    draw_images,
    fit_sources,
    log_processing,
    make_masks,
    mask_images,
)


def create_pipeline() -> Pipeline:
    """Background and Gaussians, masks, images and masked images of every cutout."""
    return Pipeline(
        [
            node(
                choose_settings,
                inputs=["acquisition_log", "overrides", "params:processing", "params:engine"],
                outputs="finding_settings",
                name="choose_settings",
            ),
            node(
                fit_sources,
                inputs=["finding_settings", "cutouts", "params:processing", "params:engine"],
                outputs=["background", "islands", "findings"],
                name="fit_sources",
            ),
            node(
                make_masks,
                inputs=[
                    "finding_settings",
                    "catalogue",
                    "islands",
                    "findings",
                    "params:processing",
                    "params:engine",
                ],
                outputs=["masks", "mask_records"],
                name="make_masks",
            ),
            node(
                draw_images,
                inputs=["finding_settings", "cutouts", "masks", "earlier_images", "params:engine"],
                outputs=["images", "image_records"],
                name="draw_images",
            ),
            node(
                mask_images,
                inputs=["images", "masks", "params:engine"],
                outputs=["mask_images", "masked_images", "masked_image_records"],
                name="mask_images",
            ),
            node(
                collect_findings,
                inputs=["findings", "mask_records"],
                outputs=["gaussians", "dropped_islands"],
                name="collect_findings",
            ),
            node(
                log_processing,
                inputs=[
                    "finding_settings",
                    "findings",
                    "mask_records",
                    "image_records",
                    "masked_image_records",
                ],
                outputs="processing_log",
                name="log_processing",
            ),
        ]
    )
