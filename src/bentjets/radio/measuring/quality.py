"""Automatic quality checks: whether a mask can serve as the image of its source."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from bentjets.radio.cutouts import Cutout, celestial_wcs, pixel_position, pixel_scale_arcsec
from bentjets.radio.measuring.opening_angle import measure_bending

_ARCSEC_PER_DEG = 3600.0
_FEW_POINTS = 3


class QualityLimits(BaseModel):
    """What an image must satisfy to be accepted without an expert.

    The paper sorts by eye (section 3): of 703 images, 639 are good, 31 small, 24 bad and 9
    confused. These limits stand in for that.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)

    max_blank_fraction: float = Field(
        ge=0, le=1, description="largest share of pixels without data, 0 to 1"
    )
    max_offset_arcsec: float = Field(
        ge=0,
        description="farthest that the nearest island may lie from the catalogue position (arcsec)",
    )
    min_size_arcsec: float = Field(
        ge=0,
        description="smallest largest angular size of the source's island (arcsec); smaller ones "
        "show no bend (the small ones of section 3)",
    )
    min_snr: float = Field(
        ge=0, description="smallest ratio of the peak of the source's island to the rms"
    )


@dataclass(frozen=True)
class Quality:
    """Measured quality of one image.

    Parameters
    ----------
    accepted
        Whether no limit is violated.
    reason
        The first limit that is; empty where the image is accepted.
    blank_fraction
        Share of pixels without data, 0 to 1.
    offset_arcsec
        From the catalogue position to the nearest pixel of the nearest island.
    largest_angular_size_arcsec
        Largest distance between two pixels of that island, plus a pixel.
    peak_jy_beam
        Its brightest pixel.
    snr
        That over the background rms.
    opening_angle_deg, opening_angle_error_deg
        As `bentjets.radio.measuring.measure_bending` gives them: NaN where the angle cannot be
        told, which never is a reason.
    """

    accepted: bool
    reason: str
    blank_fraction: float
    offset_arcsec: float
    largest_angular_size_arcsec: float
    peak_jy_beam: float
    snr: float
    opening_angle_deg: float
    opening_angle_error_deg: float


def assess_quality(
    cutout: Cutout,
    mask: NDArray[np.uint8],
    *,
    position_deg: tuple[float, float],
    rms_jy_beam: float,
    limits: QualityLimits,
) -> Quality:
    """Check one image against the limits.

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
    limits
        What is acceptable.

    Returns
    -------
    Quality
        The first limit that is violated is the reason. Without an island, the measures of the
        island are NaN.
    """
    blank = float(np.mean(~np.isfinite(cutout.data)))
    wcs = celestial_wcs(cutout.header)
    position_px, scale = pixel_position(wcs, position_deg), pixel_scale_arcsec(wcs)
    island, offset_px = nearest_island(mask, position_px)
    size = largest_extent_px(island) * scale if island.any() else np.nan
    peak = float(np.nanmax(cutout.data[island])) if island.any() else np.nan
    major_deg, minor_deg, _ = cutout.beam_deg
    bending = measure_bending(
        cutout.data,
        mask,
        position_px,
        rms=rms_jy_beam,
        beam_px=float(np.sqrt(major_deg * minor_deg)) * _ARCSEC_PER_DEG / scale,
    )
    measured = {
        "blank_fraction": blank,
        "offset_arcsec": offset_px * scale,
        "largest_angular_size_arcsec": size,
        "peak_jy_beam": peak,
        "snr": peak / rms_jy_beam,
        "opening_angle_deg": bending.opening_angle_deg,
        "opening_angle_error_deg": bending.uncertainty_deg,
    }
    reason = _first_objection(measured, limits)
    return Quality(accepted=not reason, reason=reason, **measured)


def nearest_island(
    mask: NDArray[np.uint8], position_px: tuple[float, float]
) -> tuple[NDArray[np.bool_], float]:
    """Pick the island nearest to a position.

    Parameters
    ----------
    mask
        Island mask, 0/1, shape (rows, columns).
    position_px
        Column and row, counted from zero.

    Returns
    -------
    island : NDArray
        bool, the same shape, true inside the chosen island (touching corners belong together).
    offset_px : float
        Distance from the position to the nearest pixel of the island; NaN without islands.
    """
    from scipy import ndimage

    labels, count = ndimage.label(mask, structure=np.ones((3, 3)))
    if count == 0:
        return np.zeros(mask.shape, dtype=bool), float("nan")
    rows, columns = np.nonzero(labels)
    distances = np.hypot(columns - position_px[0], rows - position_px[1])
    nearest = int(distances.argmin())
    return labels == labels[rows[nearest], columns[nearest]], float(distances[nearest])


def largest_extent_px(island: NDArray[np.bool_]) -> float:
    """Return the largest distance between two pixels of an island, plus the pixel's own width."""
    from scipy.spatial import ConvexHull, QhullError
    from scipy.spatial.distance import pdist

    points = np.argwhere(island)
    if len(points) > _FEW_POINTS:
        # All on one line: no hull, and few points.
        with contextlib.suppress(QhullError):
            points = points[ConvexHull(points).vertices]
    return float(pdist(points).max(initial=0.0)) + 1.0


def _first_objection(measured: dict[str, float], limits: QualityLimits) -> str:
    objections = {
        "empty mask": np.isnan(measured["peak_jy_beam"]),
        "too many blank pixels": measured["blank_fraction"] > limits.max_blank_fraction,
        # A position on the far side of the sky has no pixel, and its offset is NaN.
        "nearest island too far": not measured["offset_arcsec"] <= limits.max_offset_arcsec,
        "too small": measured["largest_angular_size_arcsec"] < limits.min_size_arcsec,
        "too faint": measured["snr"] < limits.min_snr,
    }
    return next((reason for reason, holds in objections.items() if holds), "")
