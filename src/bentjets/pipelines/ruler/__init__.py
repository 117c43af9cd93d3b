"""The ruler pipeline: a network that learns to measure bends, and both rulers calibrated."""

from bentjets.pipelines.ruler.pipeline import create_pipeline

__all__ = ["create_pipeline"]
