"""Tables of VizieR (Ochsenbein, Bauer & Marcout 2000, A&AS 143, 23), through astroquery."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd
from astropy.table import Table

from bentjets.errors import BentjetsError, ServiceError
from bentjets.radio.catalogues.published.tables import POSITION_COLUMNS, to_frame
from bentjets.transport import (
    Download,
    DownloadStore,
    PassingError,
    PoliteSession,
    Retry,
    ServiceDownError,
    download,
)


def query_vizier(
    table: str,
    *,
    session: PoliteSession,
    server: str,
    columns: Mapping[str, str] | None = None,
    downloads: Path | None = None,
) -> pd.DataFrame:
    """Download all rows and columns of a table from VizieR.

    Parameters
    ----------
    table
        Identifier of the table, such as ``J/ApJS/259/31``. Where it names a catalogue of several
        tables, those that have the columns of names and positions are joined.
    session
        What makes the requests.
    server
        Host name of VizieR or of one of its mirrors.
    columns
        As for `bentjets.radio.catalogues.published.tables.read_table`.
    downloads
        Folder in which what services gave is kept: the VOTable lies there in ``vizier``, and is
        read before VizieR is asked. None keeps nothing.

    Returns
    -------
    pandas.DataFrame
        The rows, as `read_table` gives them; ``vizier_table`` tells the table of each.

    Raises
    ------
    ServiceError
        If VizieR cannot be reached or has no such table.
    """
    store = downloads and DownloadStore(downloads / "vizier", suffix=".vot", is_whole=_is_votable)
    request = f"VizieR: {table}, all rows, all columns"
    kept = store.find(table, request) if store else None
    answer = kept or _ask(table, session, server)
    tables = _parse(answer.file)
    if not tables:
        raise ServiceError(f"VizieR has no table {table}: check acquisition.catalogues")
    if store and kept is None:
        store.keep(table, request, answer)
    return _join_tables(tables, columns or {})


def _ask(table: str, session: PoliteSession, server: str) -> Download:
    from astroquery.vizier import Vizier

    # The default row limit of 50 would cut the table; setting it on the class is ignored.
    service = Vizier(row_limit=-1, columns=["**"], vizier_server=server)
    service._session = session

    def ask(retry: Retry) -> bytes:
        content: bytes = retry(lambda: _checked_votable(service, table))
        return content

    try:
        return download(ask, session=session)
    except ServiceDownError:
        raise
    except Exception as error:
        # What the session says of its attempts is about the service, not about this table.
        cause = error if isinstance(error, PassingError) else error.__cause__ or error
        reason = str(cause) if isinstance(cause, BentjetsError) else type(cause).__name__
        raise ServiceError(
            f"VizieR did not give {table} ({reason}): check the internet connection, or give the "
            "catalogue as a file (acquisition.catalogues, service: table)"
        ) from error


def _checked_votable(service: Any, table: str) -> bytes:
    from astroquery import cache_conf

    # A cache would keep errors as well as answers.
    with cache_conf.set_temp("cache_active", False):
        response = service.get_catalogs_async(table)
    response.raise_for_status()
    content: bytes = response.content
    _parse(content)
    return content


def _parse(content: bytes) -> dict[str, Table]:
    """Read the tables of a VOTable by their names in VizieR."""
    from astroquery.exceptions import TableParseError
    from astroquery.vizier import Vizier

    try:
        tables = Vizier()._parse_result(SimpleNamespace(content=content))
    except TableParseError as error:
        raise PassingError("its answer is not a whole table") from error
    if tables is None:
        raise PassingError("its answer is no table")
    return dict(zip(tables.keys(), tables, strict=True))


def _is_votable(content: bytes) -> bool:
    try:
        return bool(_parse(content))
    except PassingError:
        return False


def _join_tables(tables: Mapping[str, Table], columns: Mapping[str, str]) -> pd.DataFrame:
    wanted = {columns.get(name, name) for name in ("name", *POSITION_COLUMNS)}
    chosen = {name: table for name, table in tables.items() if wanted <= set(table.colnames)}
    frames = [
        to_frame(table, columns).assign(vizier_table=name)
        for name, table in (chosen or tables).items()
    ]
    return pd.concat(frames, ignore_index=True)
