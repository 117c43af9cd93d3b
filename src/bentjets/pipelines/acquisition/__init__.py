"""Acquisition: the catalogue, and a cutout of every source in it."""

from bentjets.pipelines.acquisition.pipeline import create_pipeline, create_published_pipeline

__all__ = ["create_pipeline", "create_published_pipeline"]
