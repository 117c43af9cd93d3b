"""Wiring of the inference pipeline."""

from kedro.pipeline import Pipeline, node

from bentjets.pipelines.inference.nodes import (
    check_cutouts,
    classify_sources,
    describe_classifier,
    draw_attention,
    list_sources,
)


def create_pipeline() -> Pipeline:
    """Classify what acquisition, processing and the quality checks of the curation made."""
    return Pipeline(
        [
            node(
                describe_classifier,
                inputs=["params:inference", "params:acquisition"],
                outputs="classifier",
                name="describe_classifier",
            ),
            node(
                check_cutouts,
                inputs=["classifier", "acquisition_log", "cutouts"],
                outputs=None,
                name="check_cutouts",
            ),
            node(
                list_sources,
                inputs=["catalogue", "acquisition_log", "processing_log", "quality"],
                outputs="sources_to_classify",
                name="list_sources",
            ),
            node(
                classify_sources,
                inputs=[
                    "classifier",
                    "sources_to_classify",
                    "cutouts",
                    "masks",
                    "masked_images",
                    "params:engine",
                ],
                outputs="classifications",
                name="classify_sources",
            ),
            node(
                draw_attention,
                inputs=[
                    "classifier",
                    "sources_to_classify",
                    "cutouts",
                    "masks",
                    "masked_images",
                    "params:inference",
                    "params:engine",
                ],
                outputs="attention_pictures",
                name="draw_attention",
            ),
        ]
    )
