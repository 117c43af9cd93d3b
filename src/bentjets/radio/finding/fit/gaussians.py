"""Gaussian components of a source (Eq. 2): PyBDSF's own, as a table."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

GAUSSIAN_UNITS = {
    "island": "",
    "source": "",
    "gaussian": "",
    "ra_deg": "deg",
    "ra_error_deg": "deg",
    "dec_deg": "deg",
    "dec_error_deg": "deg",
    "x_px": "pix",
    "x_error_px": "pix",
    "y_px": "pix",
    "y_error_px": "pix",
    "peak_flux_jy_beam": "Jy/beam",
    "peak_flux_error_jy_beam": "Jy/beam",
    "total_flux_jy": "Jy",
    "total_flux_error_jy": "Jy",
    "major_axis_arcsec": "arcsec",
    "major_axis_error_arcsec": "arcsec",
    "minor_axis_arcsec": "arcsec",
    "minor_axis_error_arcsec": "arcsec",
    "position_angle_deg": "deg",
    "position_angle_error_deg": "deg",
}
"""Columns of the table of Gaussian components, and their units."""

_WHOLE_NUMBERS = ("island", "source", "gaussian")
_ARCSEC_PER_DEG = 3600.0


def gaussian_table(gaussians: list[Any]) -> pd.DataFrame:
    """List the Gaussians that PyBDSF fitted, one in a row, in the columns of `GAUSSIAN_UNITS`.

    Parameters
    ----------
    gaussians
        What PyBDSF's image object calls ``gaussians``.

    Returns
    -------
    pandas.DataFrame
        int64 numbers of island, source and Gaussian, the rest float64.
    """
    rows = np.array([_gaussian_row(gaussian) for gaussian in gaussians])
    columns = rows.reshape(-1, len(GAUSSIAN_UNITS)).T
    return pd.DataFrame(
        {
            name: column.astype(np.int64) if name in _WHOLE_NUMBERS else column
            for name, column in zip(GAUSSIAN_UNITS, columns, strict=True)
        }
    )


def _gaussian_row(gaussian: Any) -> list[float]:
    """Return what PyBDSF says of a Gaussian, in the order and units of `GAUSSIAN_UNITS`."""
    ra, dec = gaussian.centre_sky
    ra_error, dec_error = gaussian.centre_skyE
    x, y = gaussian.centre_pix
    x_error, y_error = gaussian.centre_pixE
    major, minor, angle = gaussian.size_sky
    major_error, minor_error, angle_error = gaussian.size_skyE
    return [
        gaussian.island_id,
        gaussian.source_id,
        gaussian.gaus_num,
        *(ra, ra_error, dec, dec_error),
        *(x, x_error, y, y_error),
        *(gaussian.peak_flux, gaussian.peak_fluxE, gaussian.total_flux, gaussian.total_fluxE),
        *(major * _ARCSEC_PER_DEG, major_error * _ARCSEC_PER_DEG),
        *(minor * _ARCSEC_PER_DEG, minor_error * _ARCSEC_PER_DEG),
        *(angle, angle_error),
    ]
