"""Steps of the acquisition pipeline."""

from __future__ import annotations

import contextlib
import logging
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import pandas as pd

from bentjets.engine import (
    SHORT_CALLS,
    EngineSettings,
    Failure,
    in_chunks,
    map_sources,
    release_saved,
    take_share,
)
from bentjets.files import FITS, EncodedFile
from bentjets.learning.data import is_batch_name, label_codes
from bentjets.parameters import AcquisitionSettings
from bentjets.pipelines.acquisition.log import describe_outcome, judge_log
from bentjets.pipelines.acquisition.published import check_batches
from bentjets.radio.catalogues import find_oddities, read_catalogue
from bentjets.radio.surveys import fetch_cutout, open_survey
from bentjets.transport import PoliteSession, download_record

logger = logging.getLogger(__name__)

LOG_COLUMNS = ["source_id", "status", "reason", "attempts", "seconds", "sha256"]
_CHUNK = 64


def load_catalogue(
    acquisition: AcquisitionSettings, classes: Mapping[str, Any], seed: int, engine: EngineSettings
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Read the chosen catalogue, check it and list its oddities; keep this run's share."""
    catalogue = read_catalogue(
        {**acquisition.chosen_catalogue.model_dump(), "sky": acquisition.sky},
        classes=label_codes(classes),
        seed=seed,
        session=PoliteSession("VizieR", acquisition.requests),
        server=acquisition.services.vizier[0],
        downloads=engine.downloads,
        labelled=acquisition.labelled,
    )
    # A folder of images does not say how large they are on the sky.
    survey = acquisition.chosen_survey
    cutout_arcsec = survey.size_px * getattr(survey, "pixel_scale_arcsec", 0.0)
    oddities = find_oddities(catalogue, cutout_arcsec=cutout_arcsec)
    return take_share(catalogue, engine), oddities


@release_saved
def fetch_cutouts(
    catalogue: pd.DataFrame, acquisition: AcquisitionSettings, seed: int, engine: EngineSettings
) -> Iterator[tuple[dict[str, EncodedFile], dict[str, dict[str, Any]]]]:
    """Fetch the cutout of every source from the chosen survey; stream FITS files and records."""
    started = datetime.now(UTC).isoformat(timespec="microseconds")
    rows = catalogue.itertuples(index=False, name=None)
    sources = (dict(zip(catalogue, row, strict=True)) for row in rows)
    survey = open_survey(
        acquisition.survey,
        acquisition.chosen_survey.model_dump(),
        seed=seed,
        services=acquisition.services.model_dump(),
        politeness=acquisition.requests,
        downloads=engine.downloads,
    )
    assumed: Counter[str] = Counter()
    images = 0
    with contextlib.closing(survey):
        # What services gave is kept as it came; local files are as near as that.
        results = map_sources(
            fetch_cutout,
            ((source["source_id"], source) for source in sources),
            engine=engine,
            total=len(catalogue),
            cached=False,
            waiting=survey.waiting,
            together=1 if survey.waiting else SHORT_CALLS,
            survey=survey,
        )
        for number, chunk in enumerate(in_chunks(results, _CHUNK)):
            fetched = {key: result for key, result in chunk if not isinstance(result, Failure)}
            images += len(fetched)
            assumed.update(what for result in fetched.values() for what in result.assumed)
            records = {key: describe_outcome(result, started) for key, result in chunk}
            yield (
                {key: EncodedFile(FITS, result.file) for key, result in fetched.items()},
                {f"part-{number:05d}": records},
            )
    # What a public service leaves out of its files, the survey's entry states for all of them.
    for what, count in assumed.items() if acquisition.survey_is_folder else ():
        logger.warning(
            "%s of the survey's settings assumed for %d of %d images, which state none",
            *(what, count, images),
        )


def collect_acquisition_log(
    catalogue: pd.DataFrame,
    acquisition_records: Mapping[str, Callable[[], dict[str, Any]]],
    acquisition: AcquisitionSettings,
) -> Iterator[pd.DataFrame]:
    """Join the records into one table, one row per source of the catalogue; then judge it.

    Raises
    ------
    InputError
        If not one cutout could be had; the message gives the first reason.
    ServiceError
        If the service was down, or more sources failed than ``max_failed_fraction`` allows; the
        message gives the most frequent reason.
    """
    records = {
        key: record for load in acquisition_records.values() for key, record in load().items()
    }
    missing = {"status": "not asked", "reason": "the run ended before", "sha256": ""}
    rows = [{"source_id": key, **records.get(key, missing)} for key in catalogue["source_id"]]
    log = pd.DataFrame(rows, columns=LOG_COLUMNS)
    yield log  # saved, whatever comes next
    judge_log(log, acquisition.max_failed_fraction)


def download_batches(acquisition: AcquisitionSettings) -> dict[str, bytes]:
    """Download the published batches, as they are.

    Raises
    ------
    InputError
        If a file has another MD5 than ``published_md5`` gives for it.
    ServiceError
        If the record cannot be had.
    """
    record, md5 = str(acquisition.published_record), acquisition.published_md5
    batches = download_record(
        record,
        session=PoliteSession("the archive", acquisition.requests),
        is_wanted=is_batch_name,
        md5={name: expected for name, expected in md5.items() if not is_batch_name(name)},
    )
    return check_batches(batches, md5, record)
