"""Source finding in one call: background, islands, Gaussians and mask of a cutout (section 3)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bentjets.errors import InputError
from bentjets.radio.cutouts import Cutout
from bentjets.radio.finding.fit.fitting import fit_source
from bentjets.radio.finding.mask import make_mask
from bentjets.radio.finding.neighbours import DroppedIsland
from bentjets.radio.finding.settings import FindingSettings


@dataclass(frozen=True)
class SourceFinding:
    """What source finding says of one cutout.

    Parameters
    ----------
    mask
        1 inside islands, 0 outside; uint8, shape (rows, columns) of the cutout (Eq. 3).
    mean, rms
        Local background mean mu and standard deviation sigma (Eq. 1), Jy/beam, float32.
    gaussians
        One row per fitted Gaussian of the source (Eq. 2); columns as in `GAUSSIAN_UNITS`.
    islands
        Number of islands in the mask.
    dropped
        Islands that were taken for neighbours.
    """

    mask: NDArray[np.uint8]
    mean: NDArray[np.float32]
    rms: NDArray[np.float32]
    gaussians: pd.DataFrame
    islands: int
    dropped: tuple[DroppedIsland, ...] = ()


def find_sources(
    cutout: Cutout,
    settings: FindingSettings,
    *,
    position_deg: tuple[float, float] | None = None,
) -> SourceFinding:
    """Estimate the background of a cutout, find its islands, fit Gaussians, and make the mask.

    For notebooks and other programs; the pipeline calls `fit_source` and `make_mask` in two steps.

    Parameters
    ----------
    cutout
        A cutout as `bentjets.radio.cutouts.normalise_cutout` gives it.
    settings
        Thresholds, background, dilation, and what to do with neighbours.
    position_deg
        Right ascension and declination of the catalogue source, deg; needed where
        ``settings.link_arcsec`` is set.

    Returns
    -------
    SourceFinding
        Equal to what ``bdsf.process_image`` with the same settings, beam and frequency gives;
        without islands the mask is zero and the table empty.

    Raises
    ------
    InputError
        If PyBDSF cannot process the image, or a position is needed and not given.
    """
    if settings.link_arcsec is not None and position_deg is None:
        raise InputError("link_arcsec is set: give the position of the source")
    fit = fit_source(cutout, settings)
    mask = make_mask(
        fit.ranks,
        fit.gaussians,
        cutout.header,
        dilation=settings.dilation,
        closing_px=fit.closing_px,
        link_arcsec=settings.link_arcsec,
        position_deg=position_deg,
    )
    dropped = [one.island for one in mask.dropped]
    own = fit.gaussians[~fit.gaussians["island"].isin(dropped)].reset_index(drop=True)
    return SourceFinding(mask.mask, fit.mean, fit.rms, own, mask.islands, mask.dropped)
