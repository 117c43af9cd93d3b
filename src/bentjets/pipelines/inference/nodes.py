"""Steps of the inference pipeline, after acquisition and processing."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any

import pandas as pd

from bentjets.engine import SHORT_CALLS, EngineSettings, Failure, attempt, map_sources
from bentjets.errors import InputError
from bentjets.files import PARQUET, EncodedFile, StoredFile
from bentjets.learning.data import UNKNOWN, ImageStack, stack_images
from bentjets.learning.networks import Description
from bentjets.parameters import AcquisitionSettings, InferenceSettings
from bentjets.pipelines.inference.imaging import ImageJob, check_size, compare_size, make_image
from bentjets.pipelines.inference.tables import (
    CLASSIFIED,
    fill_rows,
    gather_facts,
    stream_parquet,
)

logger = logging.getLogger(__name__)

Files = Mapping[str, StoredFile]
# Images that are in memory together: a network's batch is smaller, a row group of Parquet larger.
_CHUNK = 512


def describe_classifier(
    inference: InferenceSettings, acquisition: AcquisitionSettings
) -> dict[str, Any]:
    """Find the trained runs, check that they fit each other and the survey, and describe them.

    Raises
    ------
    InputError
        If no run is given, one is missing, not finished or of another version, two do not fit
        each other, or their images show another part of the sky than the survey's cutouts.
    """
    from bentjets.learning.evaluation.ensemble import describe_runs, find_runs

    if not inference.runs:
        raise InputError(
            "inference.runs is null: add --params run=FOLDER, the folder of a trained run or of a "
            "model, such as data/06_models/<model>"
        )
    folders = find_runs(inference.runs)
    descriptions = describe_runs(folders)
    survey = acquisition.chosen_survey
    compare_size(survey.size_px, getattr(survey, "pixel_scale_arcsec", None), descriptions[0])
    runs = [
        {
            "folder": str(folder),
            "weights_sha256": hashlib.sha256(
                (folder / "model.safetensors").read_bytes()
            ).hexdigest(),
            "description": description.model_dump(mode="json"),
        }
        for folder, description in zip(folders, descriptions, strict=True)
    ]
    logger.info(
        "%d trained run%s: %s", len(runs), "s" * (len(runs) > 1), ", ".join(map(str, folders))
    )
    return {"classes": list(descriptions[0].classes), "runs": runs}


def check_cutouts(
    classifier: Mapping[str, Any], acquisition_log: pd.DataFrame, cutouts: Files
) -> None:
    """Refuse cutouts of another size than those of training before they are processed.

    Raises
    ------
    InputError
        If the first one is; where later ones are, they are rows of the table.
    """
    fetched = acquisition_log.loc[acquisition_log["sha256"].fillna("") != "", "source_id"]
    for source_id in fetched.head(1):
        check_size(cutouts[source_id].read(), _description(classifier))


def list_sources(
    catalogue: pd.DataFrame,
    acquisition_log: pd.DataFrame,
    processing_log: pd.DataFrame,
    quality: pd.DataFrame,
) -> pd.DataFrame:
    """List the sources, how each fared so far, and what was measured of it."""
    return gather_facts(catalogue, acquisition_log, processing_log, quality)


def classify_sources(
    classifier: Mapping[str, Any],
    sources_to_classify: pd.DataFrame,
    cutouts: Files,
    masks: Files,
    masked_images: Files,
    engine: EngineSettings,
) -> EncodedFile:
    """Classify every source that has an image, and stream one row for each source."""
    from bentjets.learning.evaluation.ensemble import Ensemble

    ensemble = Ensemble.load([Path(run["folder"]) for run in classifier["runs"]])
    description, files = ensemble.description, (cutouts, masks, masked_images)

    def rows() -> Iterator[pd.DataFrame]:
        images = _make_images(sources_to_classify, files, description, engine)
        # A table without a row is a table all the same.
        for start in range(0, max(len(sources_to_classify), 1), _CHUNK):
            some = sources_to_classify.iloc[start : start + _CHUNK]
            made = list(islice(images, int((some["status"] == CLASSIFIED).sum())))
            failures = {key: one.message for key, one in made if isinstance(one, Failure)}
            stack = _stack(made, description)
            answers = ensemble.answer(stack) if len(stack) else None
            yield fill_rows(some, failures, description.classes, answers)

    return EncodedFile(PARQUET, stream_parquet(rows(), description.classes))


def draw_attention(
    classifier: Mapping[str, Any],
    sources_to_classify: pd.DataFrame,
    cutouts: Files,
    masks: Files,
    masked_images: Files,
    inference: InferenceSettings,
    engine: EngineSettings,
) -> dict[str, bytes]:
    """Draw where the first run looks, for the first sources that have an image."""
    with_image = sources_to_classify[sources_to_classify["status"] == CLASSIFIED]
    chosen = with_image.head(inference.attention)
    if chosen.empty:
        return {}
    from bentjets.learning.evaluation.attention.maps import attend
    from bentjets.learning.networks import load_network
    from bentjets.pipelines.inference.pictures import draw_map

    trained = load_network(Path(classifier["runs"][0]["folder"]))
    files = (cutouts, masks, masked_images)
    images = list(_make_images(chosen, files, trained.description, engine))
    stack = _stack(images, trained.description)
    maps = attend(trained, stack, range(len(stack)))
    return {row["source_id"]: draw_map(row) for row in maps.to_dict("records")}


def _make_images(
    facts: pd.DataFrame,
    files: tuple[Files, Files, Files],
    description: Description,
    engine: EngineSettings,
) -> Iterator[tuple[str, Any]]:
    """Make the images of the sources that have what it takes, in workers, in their order."""
    cutouts, masks, masked_images = files
    from_batches = description.images.source == "batches"

    def job(key: str, ra_deg: float, dec_deg: float) -> ImageJob:
        return ImageJob(
            cutout=cutouts[key].read(),
            mask=b"" if from_batches else masks[key].read(),
            masked=masked_images[key].read() if from_batches else b"",
            position_deg=(ra_deg, dec_deg),
            description=description,
        )

    todo = facts.loc[facts["status"] == CLASSIFIED, ["source_id", "ra_deg", "dec_deg"]]
    return map_sources(
        make_image,
        ((row[0], attempt(job, *row)) for row in todo.itertuples(index=False, name=None)),
        engine=engine,
        total=len(todo),
        # They are as soon made as read again.
        cached=False,
        together=SHORT_CALLS,
    )


def _stack(made: list[tuple[str, Any]], description: Description) -> ImageStack:
    images = {key: one for key, one in made if not isinstance(one, Failure)}
    return stack_images(
        images.values(),
        [UNKNOWN] * len(images),
        list(images),
        description.classes,
        size_px=description.image_size,
    )


def _description(classifier: Mapping[str, Any]) -> Description:
    return Description.model_validate(classifier["runs"][0]["description"])
