"""Modelling: one namespace per model, each trained, tested and explained in the same way."""

from bentjets.pipelines.modelling.pipeline import create_pipeline

__all__ = ["create_pipeline"]
