"""Acquisition: the catalogue, and a cutout of every source in it."""

from bentjets.pipelines.acquisition.pipeline import (
    create_image_set_pipeline,
    create_opinions_pipeline,
    create_other_sets_pipeline,
    create_pipeline,
)

__all__ = [
    "create_image_set_pipeline",
    "create_opinions_pipeline",
    "create_other_sets_pipeline",
    "create_pipeline",
]
