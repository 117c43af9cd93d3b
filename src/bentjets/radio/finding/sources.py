"""Source finding: background, islands, Gaussians and mask of a cutout (section 3)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bentjets.errors import InputError
from bentjets.radio.cutouts import Cutout, pixel_position
from bentjets.radio.finding.neighbours import DroppedIsland, islands_of_source, list_dropped
from bentjets.radio.finding.pybdsf import process_image

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

MADE_WITH = ("bentjets", "bdsf", "numpy", "scipy", "astropy")
"""Libraries of which another version may find something else."""

_WHOLE_NUMBERS = ("island", "source", "gaussian")
_ARCSEC_PER_DEG = 3600.0
# PyBDSF's export_image closes gaps narrower than this many beams after a dilation.
_CLOSING_BEAMS = 1.5


@dataclass(frozen=True)
class FindingSettings:
    """How islands are found (section 3 of Hossain et al. 2025).

    Parameters
    ----------
    threshold_island
        An island is where the image exceeds the background mean by this many rms (T_isl).
    threshold_pixel
        An island must hold a pixel above this many rms (T_pix).
    dilation
        By how many pixels the mask grows on each side (d of Eq. 3).
    rms_box
        Side and step in pixels of the subregions in which the background is estimated (Eq. 1);
        None leaves the choice to PyBDSF.
    rms_map
        Whether mean and rms vary over the image (True) or are constants (False); None leaves the
        choice to PyBDSF.
    k
        k of Eq. 1, B = mu + k sigma: in each subregion, pixels farther than k sigma from mu are
        clipped from the estimates of both until nothing changes; None lets PyBDSF choose it from
        the number of pixels.
    masks_only
        Stop before the fit of Gaussians.
    link_arcsec
        Keep only the islands of the source: the one at its position, and those whose Gaussians
        are chained to it by steps of at most this length. None keeps neighbours too.
    """

    threshold_island: float = 3.0
    threshold_pixel: float = 5.0
    dilation: int = 0
    rms_box: tuple[int, int] | None = None
    rms_map: bool | None = None
    k: float | None = None
    masks_only: bool = False
    link_arcsec: float | None = None

    def __post_init__(self) -> None:
        """Refuse settings with which PyBDSF would find nothing sensible."""
        if not 0 < self.threshold_island <= self.threshold_pixel:
            raise InputError(
                f"threshold_island {self.threshold_island:g} and threshold_pixel "
                f"{self.threshold_pixel:g}: give 0 < threshold_island <= threshold_pixel"
            )
        if self.dilation < 0 or self.dilation != int(self.dilation):
            raise InputError(f"dilation {self.dilation}: give a whole number of pixels, 0 or more")
        object.__setattr__(self, "dilation", int(self.dilation))
        if self.rms_box is not None:
            if not _is_box(self.rms_box):
                raise InputError(
                    f"rms_box {_as_yaml(self.rms_box)}: give [side, step] in whole pixels, "
                    "0 < step <= side, or null"
                )
            # YAML has lists.
            object.__setattr__(self, "rms_box", tuple(self.rms_box))
        if self.k is not None and not 0 < self.k < np.inf:
            raise InputError(f"k {self.k:g}: give a positive number of sigma, or null")
        if self.link_arcsec is not None and not 0 < self.link_arcsec < np.inf:
            raise InputError(f"link_arcsec {self.link_arcsec:g}: give a positive angle, or null")
        if self.link_arcsec is not None and self.masks_only:
            raise InputError(
                "link_arcsec needs the Gaussians that masks_only leaves out: set one of the two"
            )


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
        One row per fitted Gaussian (Eq. 2); columns as in `GAUSSIAN_UNITS`.
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
    """Estimate the background of a cutout, find its islands and fit Gaussians to them.

    Parameters
    ----------
    cutout
        A cutout as `bentjets.radio.cutouts.cutout.normalise_cutout` gives it.
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
    image = process_image(
        cutout,
        thresh_isl=settings.threshold_island,
        thresh_pix=settings.threshold_pixel,
        rms_box=settings.rms_box,
        rms_map=settings.rms_map,
        kappa_clip=settings.k,
        stop_at="isl" if settings.masks_only else None,
    )
    ranks = np.ascontiguousarray(image.pyrank.T)
    gaussians = _gaussian_table([] if settings.masks_only or not image.nisl else image.gaussians)
    dropped: tuple[DroppedIsland, ...] = ()
    if settings.link_arcsec is not None and position_deg is not None:
        position_px = pixel_position(cutout.header, position_deg)
        scale = cutout.pixel_scale_arcsec
        own = islands_of_source(ranks, gaussians, position_px, settings.link_arcsec / scale)
        dropped = list_dropped(ranks, gaussians, own, position_px, scale)
        gaussians = gaussians[gaussians["island"].isin(own)].reset_index(drop=True)
    closing_px = round(image.beam2pix(image.beam)[0] * _CLOSING_BEAMS)
    return SourceFinding(
        mask=_island_mask(ranks, {one.island for one in dropped}, settings.dilation, closing_px),
        mean=_as_fits_rows(image.mean_arr),
        rms=_as_fits_rows(image.rms_arr),
        gaussians=gaussians,
        islands=int(image.nisl) - len(dropped),
        dropped=dropped,
    )


def _as_yaml(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def _is_box(box: Any) -> bool:
    match box:
        case (int(side), int(step)) if not isinstance(step, bool):
            return 0 < step <= side
    return False


def _as_fits_rows(array: NDArray[Any]) -> NDArray[np.float32]:
    """PyBDSF keeps images with x first; FITS and numpy have y first."""
    return np.ascontiguousarray(array.T, dtype=np.float32)


def _island_mask(
    ranks: NDArray[np.int_], dropped: Collection[int], dilation: int, closing_px: int
) -> NDArray[np.uint8]:
    """Do what ``export_image(img_type="island_mask")`` does, without its file."""
    from scipy import ndimage

    mask = ranks >= 0
    if dropped:
        mask &= ~np.isin(ranks, list(dropped))
    if dilation > 0:
        mask = ndimage.binary_dilation(mask, iterations=dilation)
        mask = ndimage.binary_closing(mask, structure=np.ones((closing_px, closing_px)))
    return np.asarray(mask, dtype=np.uint8)


def _gaussian_table(gaussians: list[Any]) -> pd.DataFrame:
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
