"""Modelling: one namespace per model, each trained, tested and explained in the same way."""

from bentjets.pipelines.modelling.pipeline import create_other_sets_pipeline, create_pipeline

__all__ = ["create_other_sets_pipeline", "create_pipeline"]
