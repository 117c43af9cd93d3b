"""Second opinions: what other catalogues say of the sources of this one."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from bentjets.engine import EngineSettings
from bentjets.errors import InputError, ServiceError
from bentjets.parameters import AcquisitionSettings
from bentjets.radio.catalogues import (
    OPINION_COLUMNS,
    match_opinion,
    read_catalogue,
    read_comments,
)
from bentjets.transport import PoliteSession

logger = logging.getLogger(__name__)


def load_second_opinions(
    catalogue: pd.DataFrame,
    acquisition: AcquisitionSettings,
    classes: Mapping[str, Any],
    seed: int,
    engine: EngineSettings,
) -> pd.DataFrame:
    """Find on the sky what each second opinion says of our sources.

    A service that does not give one costs the opinion, not the run.

    Raises
    ------
    InputError
        If a table cannot be read, lacks a column, or says nothing of the class of any source.
    """
    parts = [pd.DataFrame(columns=OPINION_COLUMNS)]
    for name, entry in acquisition.second_opinions.items():
        try:
            other = read_catalogue(
                entry.model_dump(),
                classes=dict(classes),
                seed=seed,
                session=PoliteSession("VizieR", acquisition.requests),
                server=acquisition.services.vizier[0],
                downloads=engine.downloads,
                labelled=False,
            )
        except ServiceError as error:
            logger.warning("no second opinion by %s: %s", name, error)
            continue
        _check_comments(name, other)
        other["comment"] = other["morphology"]
        said = read_comments(
            other["comment"],
            classes=list(classes),
            words=entry.words,
            doubtful=entry.doubtful,
        )
        # A table of one's own is known by its file.
        title = Path(entry.path).stem if entry.service == "table" and entry.path else name
        matched = match_opinion(
            catalogue,
            other.assign(**said),
            name=title,
            radius_arcsec=acquisition.match_arcsec,
        )
        if matched.empty:
            logger.warning(
                "the second opinion %s has no source within %g arcsec of one of the catalogue: "
                "check its positions, or acquisition.match_arcsec",
                *(title, acquisition.match_arcsec),
            )
        parts.append(matched)
    return pd.concat([part for part in parts if len(part)] or parts[:1], ignore_index=True)


def _check_comments(name: str, other: pd.DataFrame) -> None:
    if (other["morphology"] == "").all():
        columns = [str(column) for column in other.columns if column != "source_id"]
        raise InputError(
            f"the second opinion {name} says nothing of the class of any source (it has "
            f"{', '.join(columns)}): say which of its columns does in "
            f"acquisition.catalogues.{name}.columns.morphology"
        )
