"""Reporting: the paper's tables and figures, and one HTML page that holds them."""

from .pipeline import create_pipeline

__all__ = ["create_pipeline"]
