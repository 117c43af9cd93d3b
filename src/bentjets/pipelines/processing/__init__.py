"""Processing: from a cutout to its background, Gaussians, mask and images."""

from bentjets.pipelines.processing.pipeline import create_pipeline

__all__ = ["create_pipeline"]
