"""A catalogue of images: each holds one source, in its middle."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from astropy.io import fits

from bentjets.errors import InputError
from bentjets.radio.catalogues.identifiers import unique_ids
from bentjets.radio.cutouts import FITS_SUFFIXES, celestial_wcs, hushed

_NOWHERE = (float("nan"), float("nan"))


def list_images(folder: str) -> pd.DataFrame:
    """List the FITS files of a folder as sources in the middle of their images.

    Parameters
    ----------
    folder
        The folder. Files that end otherwise than ``FITS_SUFFIXES`` are left aside, as are hidden
        ones and subfolders.

    Returns
    -------
    pandas.DataFrame
        ``source_id``, ``name`` (of the file, without its ending), ``ra_deg`` and ``dec_deg`` (FK5,
        J2000; NaN where a file cannot be read or has no WCS: whoever reads its image says why) and
        ``morphology``, which is empty. Sorted by name.

    Raises
    ------
    InputError
        If there is no such folder, or no image in it.
    """
    path = Path(folder).expanduser()
    if not path.is_dir():
        raise InputError(
            f"{folder} is not a folder: give the folder that holds the FITS cutouts, or a table of "
            "positions with catalogue=TABLE"
        )
    files: dict[str, Path] = {}
    for suffix in FITS_SUFFIXES:
        for file in path.glob(f"[!.]*{suffix}"):
            files.setdefault(file.name.removesuffix(suffix), file)
    if not files:
        raise InputError(
            f"{folder} holds no file that ends in {', '.join(FITS_SUFFIXES)}: give the folder that "
            "holds the FITS cutouts"
        )
    names = pd.Series(sorted(files), dtype=str)
    positions = np.array([_middle(files[name]) for name in names])
    table = pd.DataFrame({"name": names, "ra_deg": positions[:, 0], "dec_deg": positions[:, 1]})
    table.insert(0, "source_id", unique_ids(names, table[["ra_deg", "dec_deg"]]))
    return table.assign(morphology="")


def _middle(file: Path) -> tuple[float, float]:
    try:
        with hushed(), fits.open(file, memmap=False, lazy_load_hdus=True) as hdus:
            header = next(hdu.header for hdu in hdus if hdu.is_image and hdu.shape)
        wcs = celestial_wcs(header)
        columns, rows = wcs.pixel_shape
        sky = wcs.pixel_to_world((columns - 1) / 2, (rows - 1) / 2).fk5
    # Whatever is wrong with a file, reading its image tells.
    except Exception:
        return _NOWHERE
    return float(sky.ra.deg), float(sky.dec.deg)
