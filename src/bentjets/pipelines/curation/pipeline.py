"""Wiring of the curation pipeline."""

from kedro.pipeline import Pipeline, node

from bentjets.pipelines.curation.nodes import (
    assess_images,
    build_manifest,
    build_release,
    decide_sources,
    list_rejected,
    make_splits,
    pack_batches,
    state_release,
    weigh_experts,
)
from bentjets.pipelines.curation.opinions import soften_labels, weigh_opinions


def create_pipeline() -> Pipeline:
    """Quality, votes, decisions, splits, manifest, batches and release."""
    return Pipeline(
        [
            node(
                assess_images,
                inputs=[
                    "catalogue",
                    "processing_log",
                    "cutouts",
                    "masks",
                    "masked_images",
                    "params:curation",
                    "params:engine",
                ],
                outputs=["quality", "morphology"],
                name="assess_images",
            ),
            node(
                decide_sources,
                inputs=["quality", "reviews", "params:curation"],
                outputs="decisions",
                name="decide_sources",
            ),
            node(
                weigh_experts,
                inputs=["quality", "reviews", "params:seed"],
                outputs="agreement",
                name="weigh_experts",
            ),
            node(
                make_splits,
                inputs=[
                    "catalogue",
                    "decisions",
                    "cutouts",
                    "masked_images",
                    "params:classes",
                    "params:curation",
                    "params:seed",
                ],
                outputs=["splits", "leaks"],
                name="make_splits",
            ),
            node(
                build_manifest,
                inputs=[
                    "catalogue",
                    "processing_log",
                    "quality",
                    "morphology",
                    "decisions",
                    "splits",
                    "params:classes",
                ],
                outputs="manifest",
                name="build_manifest",
            ),
            node(
                pack_batches,
                inputs=["manifest", "masked_images", "params:classes"],
                outputs="batches",
                name="pack_batches",
            ),
            node(
                list_rejected,
                inputs=["catalogue", "quality", "decisions"],
                outputs="rejected",
                name="list_rejected",
            ),
            node(
                state_release,
                inputs=[
                    "agreement",
                    "leaks",
                    "params:acquisition",
                    "params:curation",
                    "params:classes",
                ],
                outputs="release_facts",
                name="state_release",
            ),
            node(
                build_release,
                inputs=[
                    "manifest",
                    "rejected",
                    "release_facts",
                    "batches",
                    "cutouts",
                    "images",
                    "mask_images",
                    "masked_images",
                ],
                outputs="release",
                name="build_release",
            ),
        ]
    )


def create_opinions_pipeline() -> Pipeline:
    """Weigh what other catalogues say of the sources, where some do."""
    return Pipeline(
        [
            node(
                weigh_opinions,
                inputs=[
                    "second_opinions",
                    "catalogue",
                    "quality",
                    "decisions",
                    "params:classes",
                    "params:seed",
                ],
                outputs="opinion_agreement",
                name="weigh_opinions",
            ),
        ]
    )


def create_soft_labels_pipeline(*, opinions: bool) -> Pipeline:
    """Make labels that are probabilities: of votes and, if there are any, second `opinions`."""
    names = ["manifest", "reviews", *(["second_opinions"] if opinions else [])]
    return Pipeline(
        [
            node(
                soften_labels,
                inputs={"classes": "params:classes"} | {name: name for name in names},
                outputs="soft_labels",
                name="soften_labels",
            )
        ]
    )
