"""Inference: what a trained network, or an ensemble, says of new sources."""

from bentjets.pipelines.inference.pipeline import create_pipeline

__all__ = ["create_pipeline"]
