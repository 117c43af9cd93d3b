"""A release for programs of astronomers: a VOTable for TOPCAT, a MOC for Aladin."""

from __future__ import annotations

import io
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd

from bentjets.learning.release.columns import describe_column, describe_in_words

_MOC_ORDER = 13
_ARCSEC_PER_DEG = 3600.0


def write_votable(sources: pd.DataFrame, title: str) -> bytes:
    """Write the facts of the sources as VOTable, with units, UCDs and descriptions.

    Parameters
    ----------
    sources : DataFrame
        One row per source.
    title : str
        Name of the dataset.

    Returns
    -------
    bytes
        VOTable 1.4, binary serialization (BINARY2), which TOPCAT, Aladin and astropy read.
    """
    from astropy.io.votable import from_table
    from astropy.table import MaskedColumn, Table

    table = Table()
    for name in sources:
        column = sources[name]
        absent = column.isna().to_numpy()
        if column.dtype.kind in "iufb":
            values = column.to_numpy()
        else:
            values = column.where(~absent, "").astype(str).to_numpy(dtype=str)
        told = describe_column(str(name))
        table[str(name)] = MaskedColumn(
            values, mask=absent, unit=told.unit or None, description=describe_in_words(str(name))
        )
    votable = from_table(table, table_id="sources")
    votable.description = title
    votable.resources[0].tables[0].format = "binary2"
    for one in votable.get_first_table().fields:
        one.ucd = describe_column(one.name).ucd or None
    buffer = io.BytesIO()
    votable.to_xml(buffer)
    return buffer.getvalue()


def write_footprint(sources: pd.DataFrame, shape_px: tuple[int, int]) -> bytes:
    """Write the sky that the cutouts cover as a MOC (IVOA, order 13: cells of 26 arcsec).

    Parameters
    ----------
    sources : DataFrame
        ``ra_deg``, ``dec_deg`` and ``pixel_scale_arcsec`` of each source; those without a
        position are left out.
    shape_px : tuple of int
        Rows and columns of a cutout.

    Returns
    -------
    bytes
        FITS.
    """
    from astropy import units
    from astropy.coordinates import Latitude, Longitude
    from mocpy import MOC

    known = sources[["ra_deg", "dec_deg", "pixel_scale_arcsec"]].dropna()
    half_deg = known["pixel_scale_arcsec"].to_numpy() / _ARCSEC_PER_DEG / 2
    moc = MOC.new_empty(_MOC_ORDER)
    if len(known):
        moc = MOC.from_boxes(
            Longitude(known["ra_deg"].to_numpy() % 360, unit="deg"),
            Latitude(known["dec_deg"].to_numpy(), unit="deg"),
            a=half_deg * shape_px[1] * units.deg,
            b=half_deg * shape_px[0] * units.deg,
            angle=np.zeros(len(known)) * units.deg,
            max_depth=_MOC_ORDER,
            n_threads=1,
            union_strategy="small_boxes",
        )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "footprint.moc.fits"
        moc.save(path, format="fits")
        return path.read_bytes()
