"""The fit: background (Eq. 1), islands and Gaussians (Eq. 2) of a cutout."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bentjets.radio.cutouts import Cutout
from bentjets.radio.finding.fit.gaussians import gaussian_table
from bentjets.radio.finding.fit.pybdsf import process_image
from bentjets.radio.finding.settings import FindingSettings

MADE_WITH = ("bdsf", "numpy", "scipy", "astropy")
"""Libraries of which another version may find something else."""

# PyBDSF's export_image closes gaps narrower than this many beams after a dilation.
_CLOSING_BEAMS = 1.5


@dataclass(frozen=True)
class SourceFit:
    """What PyBDSF says of one cutout, before anything is left out or grown.

    Parameters
    ----------
    ranks
        Number of the island of each pixel, -1 outside islands; int16, shape (rows, columns).
    mean, rms
        Local background mean mu and standard deviation sigma (Eq. 1), Jy/beam, float32.
    gaussians
        One row per fitted Gaussian (Eq. 2); columns as in `GAUSSIAN_UNITS`.
    closing_px
        Side of the square with which gaps of a grown mask are closed, pixels.
    """

    ranks: NDArray[np.int16]
    mean: NDArray[np.float32]
    rms: NDArray[np.float32]
    gaussians: pd.DataFrame
    closing_px: int


def fit_source(cutout: Cutout, settings: FindingSettings) -> SourceFit:
    """Estimate the background of a cutout, find its islands and fit Gaussians to them.

    Parameters
    ----------
    cutout
        A cutout as `bentjets.radio.cutouts.normalise_cutout` gives it.
    settings
        Thresholds and background; what concerns the mask alone is not looked at.

    Returns
    -------
    SourceFit
        Equal to what ``bdsf.process_image`` with the same settings, beam and frequency gives.

    Raises
    ------
    InputError
        If PyBDSF cannot process the image.
    """
    image = process_image(
        cutout,
        thresh_isl=settings.threshold_island,
        thresh_pix=settings.threshold_pixel,
        rms_box=settings.rms_box,
        rms_map=settings.rms_map,
        kappa_clip=settings.k,
        stop_at="isl" if settings.masks_only else None,
    )
    return SourceFit(
        ranks=np.ascontiguousarray(image.pyrank.T, dtype=np.int16),
        mean=_as_fits_rows(image.mean_arr),
        rms=_as_fits_rows(image.rms_arr),
        gaussians=gaussian_table([] if settings.masks_only or not image.nisl else image.gaussians),
        closing_px=round(image.beam2pix(image.beam)[0] * _CLOSING_BEAMS),
    )


def _as_fits_rows(array: NDArray[Any]) -> NDArray[np.float32]:
    """PyBDSF keeps images with x first; FITS and numpy have y first."""
    return np.ascontiguousarray(array.T, dtype=np.float32)
