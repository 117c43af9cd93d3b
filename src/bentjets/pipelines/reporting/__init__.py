"""Reporting: the paper's tables and figures, and one page that holds them."""

from bentjets.pipelines.reporting.pipeline import create_image_set_pipeline, create_pipeline

__all__ = ["create_image_set_pipeline", "create_pipeline"]
