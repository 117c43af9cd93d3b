"""Steps of the reporting pipeline that show every source: thumbnails, one table, the gallery."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pandas as pd

from bentjets.engine import (
    SHORT_CALLS,
    EngineSettings,
    Failure,
    attempt,
    in_chunks,
    map_sources,
    release_saved,
)
from bentjets.files import OTHER, EncodedFile, StoredFile
from bentjets.parameters import AcquisitionSettings, ReportingSettings
from bentjets.pipelines.reporting.drawing.thumbnails import TAILS, ThumbnailJob, draw_thumbnail
from bentjets.report import gallery
from bentjets.review import standing_votes

Files = Mapping[str, StoredFile]
Records = dict[str, dict[str, Any]]
StoredRecords = Mapping[str, Callable[[], Records]]

_CHUNK = 64
_MADE_WITH = ("numpy", "pillow", "astropy")


@release_saved
def draw_thumbnails(
    acquisition_log: pd.DataFrame,
    morphology: pd.DataFrame,
    cutouts: Files,
    masks: Files,
    engine: EngineSettings,
) -> Iterator[tuple[dict[str, EncodedFile], dict[str, Records]]]:
    """Draw every cutout small, with the outline of its mask and the tails that the ruler sees."""
    tails = {key: row for key, *row in morphology[["source_id", *TAILS]].to_numpy(object)}
    fetched = acquisition_log.loc[acquisition_log["sha256"].fillna("") != "", "source_id"].to_list()

    def job(key: str) -> ThumbnailJob:
        mask = masks[key].read() if key in masks else None
        return ThumbnailJob(cutouts[key].read(), mask, [float(one) for one in tails.get(key, [])])

    results = map_sources(
        draw_thumbnail,
        ((key, attempt(job, key)) for key in fetched),
        engine=engine,
        total=len(fetched),
        made_with=_MADE_WITH,
        together=SHORT_CALLS,
    )
    for number, chunk in enumerate(in_chunks(results, _CHUNK)):
        drawn = {key: one for key, one in chunk if not isinstance(one, Failure)}
        yield (
            {key: EncodedFile(OTHER, one["picture"]) for key, one in drawn.items()},
            {
                f"part-{number:05d}": {
                    key: {name: one[name] for name in ("side_px", "outline", "ruler")}
                    for key, one in drawn.items()
                }
            },
        )


def tabulate_sources(
    reviews: pd.DataFrame, predictions: pd.DataFrame, **tables: pd.DataFrame
) -> pd.DataFrame:
    """Gather everything known of each source of the catalogue in one table."""
    return gallery.tabulate_sources(tables, standing_votes(reviews), predictions)


def show_sources(
    sources: pd.DataFrame,
    thumbnails: Files,
    thumbnail_records: StoredRecords,
    acquisition: AcquisitionSettings,
    reporting: ReportingSettings,
    classes: Mapping[str, str],
    **embeddings: pd.DataFrame,
) -> dict[str, Any]:
    """Make the gallery: of a large survey, its pictures stay in their folder."""
    embeds = len(sources) <= reporting.embedded_thumbnails
    records = {key: one for load in thumbnail_records.values() for key, one in load().items()}
    survey = acquisition.chosen_survey
    return gallery.describe_gallery(
        sources,
        {
            key: gallery.Thumbnail(
                content=thumbnails[key].read() if embeds else None,
                side_px=(record["side_px"][0], record["side_px"][1]),
                outline=record["outline"],
                ruler=record["ruler"],
            )
            for key, record in records.items()
            if key in thumbnails
        },
        classes=list(classes),
        links=gallery.list_links(survey.service, getattr(survey, "survey", "")),
        embeddings=list(embeddings.values()),
    )
