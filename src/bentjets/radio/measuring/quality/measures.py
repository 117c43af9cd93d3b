"""What the quality checks measure in one image: numbers, without a judgement."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bentjets.radio.cutouts import Cutout, celestial_wcs, pixel_position
from bentjets.radio.measuring.islands import (
    REACH_BEAMS,
    islands_near,
    label_islands,
    largest_extent_px,
    nearest_island,
)
from bentjets.radio.measuring.opening_angle import measure_bending

_WHITE = 255.0


@dataclass(frozen=True)
class QualityMeasures:
    """The numbers of one image; those of the source are NaN where the mask is empty.

    The source's islands are the one nearest to the catalogue position and all that begin within
    seven beams of it, as for the opening angle.

    Parameters
    ----------
    blank_fraction
        Share of pixels without data, 0 to 1.
    mask_pixels
        Pixels of the mask.
    offset_arcsec
        From the catalogue position to the nearest pixel of the nearest island.
    largest_angular_size_arcsec
        Largest distance between two pixels of that island, plus a pixel.
    size_beams
        That over the beam (geometric mean of its axes, full width at half maximum).
    touches_edge
        Share of the pixels of the source's islands beside which the data end, 0 to 1.
    peak_jy_beam
        Brightest pixel of the nearest island.
    snr
        That over the background rms.
    neighbour_flux_ratio
        Summed brightness of the strongest other island of the mask over that of the source's; 0
        where there is no other.
    contrast_taken
        Level, 0 to 255, of the source's peak in the 8-bit image (Eq. 4 of Hossain et al. 2025):
        low where something else in the cutout, in the mask or not, takes the range.
    opening_angle_deg, opening_angle_error_deg
        As `bentjets.radio.measuring.measure_bending` gives them: NaN where the angle cannot be
        told, which never is a reason.
    """

    blank_fraction: float
    mask_pixels: int
    offset_arcsec: float
    largest_angular_size_arcsec: float
    size_beams: float
    touches_edge: float
    peak_jy_beam: float
    snr: float
    neighbour_flux_ratio: float
    contrast_taken: float
    opening_angle_deg: float
    opening_angle_error_deg: float


def measure_quality(
    cutout: Cutout,
    mask: NDArray[np.uint8],
    *,
    position_deg: tuple[float, float],
    rms_jy_beam: float,
) -> QualityMeasures:
    """Measure what the quality checks judge.

    Parameters
    ----------
    cutout
        The cutout.
    mask
        Its island mask, 0/1, same shape.
    position_deg
        Right ascension and declination of the catalogue source, deg.
    rms_jy_beam
        Background rms.
    """
    return measure_pixels(
        cutout.data,
        mask,
        pixel_position(celestial_wcs(cutout.header), position_deg),
        rms=rms_jy_beam,
        beam_px=cutout.beam_px,
        scale_arcsec=cutout.pixel_scale_arcsec,
    )


def measure_pixels(
    image: NDArray[np.floating],
    mask: NDArray[np.uint8],
    position_px: tuple[float, float],
    *,
    rms: float,
    beam_px: float,
    scale_arcsec: float,
) -> QualityMeasures:
    """Measure an image by its pixels alone; turning or mirroring it changes no number.

    Parameters
    ----------
    image
        Brightness, Jy/beam, shape (rows, columns).
    mask
        Island mask, 0/1, same shape.
    position_px
        Column and row of the catalogue position, counted from zero.
    rms
        Background rms, Jy/beam.
    beam_px
        Full width of the beam at half maximum, in pixels.
    scale_arcsec
        Side of a pixel.
    """
    labels = label_islands(mask)
    island, offset_px = nearest_island(labels, position_px)
    own = islands_near(labels, position_px, REACH_BEAMS * beam_px) | island
    has_island = bool(island.any())
    size_px = largest_extent_px(island) if has_island else np.nan
    peak = float(np.nanmax(image[island])) if has_island else np.nan
    bending = measure_bending(image, mask, position_px, rms=rms, beam_px=beam_px)
    return QualityMeasures(
        blank_fraction=float(np.mean(~np.isfinite(image))),
        mask_pixels=int(np.count_nonzero(mask)),
        offset_arcsec=offset_px * scale_arcsec,
        largest_angular_size_arcsec=size_px * scale_arcsec,
        size_beams=size_px / beam_px,
        touches_edge=float(_ends_beside(image)[own].mean()) if has_island else np.nan,
        peak_jy_beam=peak,
        snr=peak / rms,
        neighbour_flux_ratio=_neighbour_ratio(image, labels, own) if has_island else np.nan,
        contrast_taken=_level(image, own) if has_island else np.nan,
        opening_angle_deg=bending.opening_angle_deg,
        opening_angle_error_deg=bending.uncertainty_deg,
    )


def _ends_beside(image: NDArray[np.floating]) -> NDArray[np.bool_]:
    """Mark the pixels on whose left, right, lower or upper side there is no data."""
    blank = np.pad(~np.isfinite(image), 1, constant_values=True)
    return np.asarray(
        blank[:-2, 1:-1] | blank[2:, 1:-1] | blank[1:-1, :-2] | blank[1:-1, 2:], dtype=bool
    )


def _neighbour_ratio(
    image: NDArray[np.floating], labels: NDArray[np.int32], own: NDArray[np.bool_]
) -> float:
    bright = np.where(np.isfinite(image), image, 0.0).astype(np.float64)
    others = np.where(own, 0, labels)
    fluxes = np.bincount(others.ravel(), bright.ravel())[1:]
    strongest, flux = fluxes.max(initial=0.0), float(bright[own].sum())
    if strongest <= 0.0:
        return 0.0
    # Islands that hold no light cannot be outshone by a number.
    return float(strongest / flux) if flux > 0.0 else float("nan")


def _level(image: NDArray[np.floating], own: NDArray[np.bool_]) -> float:
    low, high = float(np.nanmin(image)), float(np.nanmax(image))
    if low == high:
        return float("nan")
    return float(np.rint((float(np.nanmax(image[own])) - low) / (high - low) * _WHITE))
