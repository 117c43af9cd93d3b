"""Source finding: background, islands, Gaussians and mask of a cutout, by PyBDSF.

This is the only module that knows PyBDSF (Mohan & Rafferty 2015, ascl:1502.007).
"""

from __future__ import annotations

import contextlib
import functools
import gc
import io
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bentjets.errors import InputError
from bentjets.radio.cutouts import Cutout

GAUSSIAN_UNITS = {
    "island": "",
    "source": "",
    "gaussian": "",
    "ra_deg": "deg",
    "dec_deg": "deg",
    "x_px": "pix",
    "y_px": "pix",
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
    """

    threshold_island: float = 3.0
    threshold_pixel: float = 5.0
    dilation: int = 0

    def __post_init__(self) -> None:
        """Refuse settings with which PyBDSF would find nothing sensible."""
        if not 0 < self.threshold_island <= self.threshold_pixel:
            raise InputError(
                f"threshold_island {self.threshold_island:g} and threshold_pixel "
                f"{self.threshold_pixel:g}: give 0 < threshold_island <= threshold_pixel"
            )
        if self.dilation < 0 or self.dilation != int(self.dilation):
            raise InputError(f"dilation {self.dilation}: give a whole number of pixels, 0 or more")


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
        Number of islands.
    """

    mask: NDArray[np.uint8]
    mean: NDArray[np.float32]
    rms: NDArray[np.float32]
    gaussians: pd.DataFrame
    islands: int


def find_sources(cutout: Cutout, settings: FindingSettings) -> SourceFinding:
    """Estimate the background of a cutout, find its islands and fit Gaussians to them.

    Parameters
    ----------
    cutout
        A cutout as `bentjets.radio.cutouts.normalise_cutout` gives it.
    settings
        Thresholds and dilation.

    Returns
    -------
    SourceFinding
        Equal to what ``bdsf.process_image`` with the same thresholds, beam and frequency gives;
        without islands the mask is zero and the table empty.

    Raises
    ------
    InputError
        If PyBDSF cannot process the image.
    """
    bdsf = _load_bdsf()
    with tempfile.TemporaryDirectory(prefix="bentjets-") as folder:
        path = Path(folder) / "cutout.fits"
        cutout.to_hdu().writeto(path)
        # PyBDSF prints its findings even when quiet.
        silence = io.StringIO()
        with contextlib.redirect_stdout(silence), contextlib.redirect_stderr(silence):
            try:
                image = bdsf.process_image(
                    str(path),
                    outdir=folder,
                    quiet=True,
                    beam=cutout.beam_deg,
                    frequency=cutout.frequency_hz,
                    thresh_isl=settings.threshold_island,
                    thresh_pix=settings.threshold_pixel,
                )
            except RuntimeError as error:
                raise InputError(f"PyBDSF cannot process this image: {error}") from error
    finding = SourceFinding(
        mask=_island_mask(image, settings.dilation),
        mean=_as_fits_rows(image.mean_arr),
        rms=_as_fits_rows(image.rms_arr),
        gaussians=_gaussian_table(image),
        islands=int(image.nisl),
    )
    _freeze_objects_once()
    return finding


@functools.cache
def _load_bdsf() -> ModuleType:
    import bdsf
    import bdsf.multi_proc

    # PyBDSF forks a child for each image with several islands, even on one core. That costs more
    # than the fit and is forbidden in daemonic processes; a plain loop gives the same numbers.
    bdsf.multi_proc.parallel_map = _serial_map
    return bdsf


def _serial_map(
    function: Callable[[Any], Any],
    sequence: Iterable[Any],
    numcores: int | None = None,
    bar: object = None,
    weights: object = None,
) -> list[Any]:
    return [function(item) for item in sequence]


@functools.cache
def _freeze_objects_once() -> None:
    # PyBDSF collects garbage 16 times per image, which takes most of the time of an image in a
    # process with many modules. Frozen after the first image, when all is imported, they are not
    # looked at again.
    gc.collect()
    gc.freeze()


def _as_fits_rows(array: NDArray[Any]) -> NDArray[np.float32]:
    """PyBDSF keeps images with x first; FITS and numpy have y first."""
    return np.ascontiguousarray(array.T, dtype=np.float32)


def _island_mask(image: Any, dilation: int) -> NDArray[np.uint8]:
    """Do what ``export_image(img_type="island_mask")`` does, without its file."""
    from scipy import ndimage

    mask = image.pyrank >= 0
    if dilation > 0:
        mask = ndimage.binary_dilation(mask, iterations=dilation)
        side = round(image.beam2pix(image.beam)[0] * _CLOSING_BEAMS)
        mask = ndimage.binary_closing(mask, structure=np.ones((side, side)))
    return np.ascontiguousarray(mask.T, dtype=np.uint8)


def _gaussian_table(image: Any) -> pd.DataFrame:
    rows = [_gaussian_row(gaussian) for gaussian in image.gaussians] if image.nisl else []
    table = pd.DataFrame(rows, columns=list(GAUSSIAN_UNITS))
    whole = ["island", "source", "gaussian"]
    return table.astype({name: "int64" if name in whole else "float64" for name in table})


def _gaussian_row(gaussian: Any) -> dict[str, float]:
    major, minor, angle = gaussian.size_sky
    major_error, minor_error, angle_error = gaussian.size_skyE
    return {
        "island": gaussian.island_id,
        "source": gaussian.source_id,
        "gaussian": gaussian.gaus_num,
        "ra_deg": gaussian.centre_sky[0],
        "dec_deg": gaussian.centre_sky[1],
        "x_px": gaussian.centre_pix[0],
        "y_px": gaussian.centre_pix[1],
        "peak_flux_jy_beam": gaussian.peak_flux,
        "peak_flux_error_jy_beam": gaussian.peak_fluxE,
        "total_flux_jy": gaussian.total_flux,
        "total_flux_error_jy": gaussian.total_fluxE,
        "major_axis_arcsec": major * _ARCSEC_PER_DEG,
        "major_axis_error_arcsec": major_error * _ARCSEC_PER_DEG,
        "minor_axis_arcsec": minor * _ARCSEC_PER_DEG,
        "minor_axis_error_arcsec": minor_error * _ARCSEC_PER_DEG,
        "position_angle_deg": angle,
        "position_angle_error_deg": angle_error,
    }
