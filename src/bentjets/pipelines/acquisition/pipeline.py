"""Wiring of the acquisition pipeline."""

from kedro.pipeline import Pipeline, node

from bentjets.pipelines.acquisition.nodes import (
    adopt_batches,
    collect_acquisition_log,
    download_batches,
    fetch_cutouts,
    load_catalogue,
)
from bentjets.pipelines.acquisition.opinions import load_second_opinions


def create_pipeline() -> Pipeline:
    """Catalogue, cutouts and log from the survey that the parameters choose."""
    return Pipeline(
        [
            node(
                load_catalogue,
                inputs=["params:acquisition", "params:classes", "params:seed", "params:engine"],
                outputs=["catalogue", "catalogue_oddities"],
                name="load_catalogue",
            ),
            node(
                fetch_cutouts,
                inputs=["catalogue", "params:acquisition", "params:seed", "params:engine"],
                outputs=["cutouts", "acquisition_records"],
                name="fetch_cutouts",
            ),
            node(
                collect_acquisition_log,
                inputs=["catalogue", "acquisition_records", "params:acquisition"],
                outputs="acquisition_log",
                name="collect_acquisition_log",
            ),
        ]
    )


def create_opinions_pipeline() -> Pipeline:
    """Ask other catalogues of sources that have a class."""
    return Pipeline(
        [
            node(
                load_second_opinions,
                inputs=[
                    "catalogue",
                    "params:acquisition",
                    "params:classes",
                    "params:seed",
                    "params:engine",
                ],
                outputs="second_opinions",
                name="load_second_opinions",
            )
        ]
    )


def create_published_pipeline() -> Pipeline:
    """Batches that others published, instead of a dataset of one's own."""
    return Pipeline(
        [
            node(
                download_batches,
                inputs="params:acquisition",
                outputs="published@bytes",
                name="download_batches",
            ),
            node(
                adopt_batches,
                inputs=["published@batches", "params:classes", "params:curation"],
                outputs=["batches", "manifest", "splits", "leaks"],
                name="adopt_batches",
            ),
        ]
    )
