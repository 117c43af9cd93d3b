"""Catalogues: tables of sources with a position and a morphology, from wherever they are kept."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from bentjets.errors import InputError
from bentjets.radio.catalogues.images import list_images
from bentjets.radio.catalogues.published.tables import read_table
from bentjets.radio.catalogues.published.vizier import query_vizier
from bentjets.radio.catalogues.standardise import standardise_catalogue
from bentjets.radio.simulation import SkySettings, simulate_catalogue
from bentjets.transport import Politeness, PoliteSession


def read_catalogue(
    settings: Mapping[str, Any],
    *,
    classes: Mapping[str, str],
    seed: int,
    session: PoliteSession | None = None,
    server: str = "",
    downloads: Path | None = None,
    labelled: bool = True,
) -> pd.DataFrame:
    """Get a catalogue from the service that its settings name, in the project's form.

    Parameters
    ----------
    settings
        An entry of ``acquisition.catalogues``: ``service`` (``simulated``, ``table`` or
        ``vizier``), what that service needs, and ``columns`` and ``classes``, which translate
        the catalogue's names of columns and classes. A ``table`` without a ``path`` has the images
        of the folder ``images`` as sources (`list_images`); of a ``simulated`` one, ``sky`` says
        what its sources are drawn from (`SkySettings`).
    classes
        The declared classes (name to label code).
    seed
        Seed of the simulated sky.
    session, server
        What makes the requests to VizieR, and its host name; other services need neither.
    downloads
        Folder in which what VizieR gave is kept, as for `query_vizier`; None keeps nothing.
    labelled
        Whether every source must have one of the declared classes; those to be classified need
        none.

    Returns
    -------
    pandas.DataFrame
        One row per source: ``source_id`` (unique), ``name``, ``ra_deg``, ``dec_deg``,
        ``morphology``, then every other column of the catalogue.

    Raises
    ------
    InputError
        If the service is unknown or the table cannot be used.
    ServiceError
        If a remote catalogue cannot be reached.
    """
    columns = settings.get("columns") or {}
    match settings.get("service"):
        case "simulated":
            table = simulate_catalogue(
                settings["n_sources"],
                wat_fraction=settings["wat_fraction"],
                seed=seed,
                settings=settings.get("sky", SkySettings()),
            )
            origin = "the simulated catalogue"
        case "table":
            if settings.get("images") and not settings.get("path"):
                return list_images(settings["images"])
            table = read_table(settings.get("path"), columns=columns)
            origin = str(settings.get("path"))
        case "vizier":
            origin = f"VizieR {settings['table']}"
            table = query_vizier(
                settings["table"],
                columns=columns,
                session=session or PoliteSession("VizieR", Politeness()),
                server=server,
                downloads=downloads,
            )
        case other:
            raise InputError(
                f"catalogue service {other!r} is unknown: choose simulated, table or vizier"
            )
    return standardise_catalogue(
        table,
        columns=columns,
        class_names=settings.get("classes") or {},
        classes=classes,
        origin=origin,
        labelled=labelled,
    )
