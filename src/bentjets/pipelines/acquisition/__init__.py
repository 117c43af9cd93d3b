"""Acquisition: the catalogue, and a cutout of every source in it."""

from bentjets.pipelines.acquisition.pipeline import (
    create_opinions_pipeline,
    create_pipeline,
    create_published_pipeline,
)

__all__ = ["create_opinions_pipeline", "create_pipeline", "create_published_pipeline"]
