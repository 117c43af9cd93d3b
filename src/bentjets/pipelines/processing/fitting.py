"""What a worker does for one source: the fit (Eqs. 1 and 2), bytes of files in and out.

The nodes only pass files on; decoding, fitting and encoding happen where there are many hands.
"""

from __future__ import annotations

import gzip
from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import Any, TypedDict

import numpy as np

from bentjets.radio.cutouts import Cutout, fits_bytes
from bentjets.radio.finding import FindingSettings, background_hdus, fit_source, islands_hdu

# Both images are constant but for a few pixels: hardly anything is left of them.
_COMPRESSION = 6


@dataclass(frozen=True)
class FittingJob:
    """The FITS file of one cutout, and the settings of its fit."""

    cutout: bytes = field(repr=False)
    settings: FindingSettings


class Fitted(TypedDict):
    """What is kept of a fit: two gzipped FITS files, what the log says, the Gaussians."""

    background: bytes
    islands: bytes
    log: dict[str, Any]
    gaussians: list[dict[Hashable, Any]]


def fit_cutout(job: FittingJob) -> Fitted:
    """Estimate the background of one cutout, find its islands and fit Gaussians to them."""
    cutout = Cutout.from_bytes(job.cutout)
    fit = fit_source(cutout, job.settings)
    return {
        "background": _zip(fits_bytes(background_hdus(cutout, fit))),
        "islands": _zip(fits_bytes(islands_hdu(cutout, fit, job.settings))),
        "log": {
            "gaussians": None if job.settings.masks_only else len(fit.gaussians),
            "mean_jy_beam": float(np.nanmedian(fit.mean)),
            "rms_jy_beam": float(np.nanmedian(fit.rms)),
        },
        "gaussians": fit.gaussians.to_dict("records"),
    }


def _zip(content: bytes) -> bytes:
    return gzip.compress(content, _COMPRESSION, mtime=0)
