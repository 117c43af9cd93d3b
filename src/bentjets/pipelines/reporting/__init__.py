"""Reporting: the paper's tables and figures, and one page that holds them."""

from bentjets.pipelines.reporting.pipeline import create_pipeline, create_published_pipeline

__all__ = ["create_pipeline", "create_published_pipeline"]
