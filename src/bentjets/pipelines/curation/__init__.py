"""Curation: which sources are good, and in which batch each of them goes."""

from bentjets.pipelines.curation.pipeline import (
    create_opinions_pipeline,
    create_pipeline,
    create_soft_labels_pipeline,
)

__all__ = ["create_opinions_pipeline", "create_pipeline", "create_soft_labels_pipeline"]
