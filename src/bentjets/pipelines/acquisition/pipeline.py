"""Wiring of the acquisition pipeline."""

from kedro.pipeline import Pipeline, node

from bentjets.pipelines.acquisition.image_sets import nodes as image_sets
from bentjets.pipelines.acquisition.image_sets import other_sets
from bentjets.pipelines.acquisition.nodes import (
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


def create_image_set_pipeline(*, published: bool) -> Pipeline:
    """Images as they are, instead of a catalogue and a survey.

    Parameters
    ----------
    published
        Whether they are downloaded from a record, and not at a path of the user's.
    """
    opened = ["image_set", "image_index", "found_classes"]
    download = node(
        download_batches,
        inputs="params:acquisition",
        outputs="published@bytes",
        name="download_batches",
    )
    list_published = node(
        image_sets.list_image_set,
        inputs=["params:acquisition", "published@folder"],
        outputs=opened,
        name="list_image_set",
    )
    open_own = node(
        image_sets.open_image_set,
        inputs=["params:acquisition", "unpacked", "benchmarks"],
        outputs=opened,
        name="open_image_set",
    )
    return Pipeline(
        [
            *([download, list_published] if published else [open_own]),
            node(
                image_sets.examine_images,
                inputs=["image_set", "image_index", "params:acquisition", "params:engine"],
                outputs="image_facts",
                name="examine_images",
            ),
            node(
                image_sets.log_images,
                inputs="image_facts",
                outputs="image_log",
                name="log_images",
            ),
            node(
                image_sets.adopt_images,
                inputs=[
                    "image_facts",
                    "image_log",
                    "image_set",
                    "found_classes",
                    "params:acquisition",
                    "params:curation",
                    "params:seed",
                ],
                outputs=["manifest", "splits", "leaks"],
                name="adopt_images",
            ),
        ]
    )


def create_other_sets_pipeline() -> Pipeline:
    """Image sets to test on besides: what they are, and what they share with that of the run."""
    return Pipeline(
        [
            node(
                other_sets.open_test_sets,
                inputs=["params:across", "found_classes", "params:acquisition", "unpacked"],
                outputs=["test_sets", "test_index"],
                name="open_test_sets",
            ),
            node(
                other_sets.examine_test_images,
                inputs=["test_sets", "test_index", "params:engine"],
                outputs="test_images",
                name="examine_test_images",
            ),
            node(
                other_sets.keep_ledger,
                inputs=["image_facts", "image_set", "test_sets", "test_images", "params:across"],
                outputs=["contamination", "tested_images"],
                name="keep_ledger",
            ),
        ]
    )
