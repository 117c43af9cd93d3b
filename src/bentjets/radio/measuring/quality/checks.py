"""Automatic quality checks: whether a mask can serve as the image of its source."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bentjets.radio.cutouts import Cutout
from bentjets.radio.measuring.quality.limits import AngleLimits, QualityLimits
from bentjets.radio.measuring.quality.measures import QualityMeasures, measure_quality

# With 17 digits, a number is the same when it is read again.
_FEW_DIGITS, _ALL_DIGITS = 3, 17


@dataclass(frozen=True)
class Check:
    """One quality check.

    Parameters
    ----------
    name
        Of the flag, and of the column that has its number.
    limit
        The limit in `QualityLimits`: the largest (``max_``) or smallest (``min_``) good number.
    title
        What is wrong, in a few words.
    words
        What the number is, as a format with ``value`` and what else is measured.
    """

    name: str
    limit: str
    title: str
    words: str

    def fails(self, measured: Mapping[str, Any], limit: float) -> bool:
        """Tell whether a source fails; what was not measured does not."""
        value = measured.get(self.name)
        if self.name == "duplicate_of":
            return bool(value)
        if self.name == "offset_arcsec":
            # A position on the far side of the sky has no pixel, and its offset is NaN.
            return bool(measured["mask_pixels"] > 0 and not measured[self.name] <= limit)
        return value is not None and self.violates(value, limit)

    def violates(self, value: float, limit: float) -> bool:
        """Tell whether a number is beyond the limit."""
        return bool(value > limit if self.limit.startswith("max_") else value < limit)

    def explain(self, measured: Mapping[str, Any], limit: float) -> str:
        """Say what was found, and what the limit is."""
        value = measured[self.name]
        if not isinstance(value, str):
            if np.isnan(value):
                return f"{self.title}: its position is not in the image's part of the sky"
            value = self._number_text(value, limit)
        bound = "at most" if self.limit.startswith("max_") else "at least"
        said = self.words.format(**{**measured, "value": value})
        return f"{self.title}: {said} ({bound} {limit:g})"

    def _number_text(self, value: float, limit: float) -> str:
        """Write a number short, but with as many digits as tell it from the limit."""
        texts = (f"{value:.{digits}g}" for digits in range(_FEW_DIGITS, _ALL_DIGITS + 1))
        return next(text for text in texts if self.violates(float(text), limit))


CHECKS = (
    Check("mask_pixels", "min_mask_pixels", "empty mask", "{value} pixels"),
    Check("blank_fraction", "max_blank_fraction", "blank", "{value} of the pixels"),
    Check("offset_arcsec", "max_offset_arcsec", "nearest island too far",
          "{value} arcsec from the position"),
    Check("largest_angular_size_arcsec", "min_size_arcsec", "too small", "{value} arcsec long"),
    Check("snr", "min_snr", "too faint", "peak {value} times the noise"),
    Check("size_beams", "min_size_beams", "too small for the beam", "{value} beams long"),
    Check("touches_edge", "max_touches_edge", "cut by the edge", "{value} of its pixels at it"),
    Check("neighbour_flux_ratio", "max_neighbour_flux_ratio", "strong neighbour",
          "{value} of the source's flux"),
    Check("contrast_taken", "min_contrast_taken", "contrast taken",
          "its peak at level {value} of 255"),
    Check("angle_against_class", "max_angle_against_class", "angle against class",
          "{opening_angle_deg:.0f} deg, {value} errors out of the class"),
    Check("duplicate_of", "min_separation_arcsec", "same position",
          "as {value}, nearest source {nearest_source_arcsec:.1f} arcsec off"),
    Check("overlaps", "max_overlaps", "overlap", "cutout shared with {value} others"),
)  # fmt: skip
"""All checks; of several that fail, the first one is the reason."""

_BY_NAME = {check.name: check for check in CHECKS}


@dataclass(frozen=True)
class Quality(QualityMeasures):
    """Measures of one image, and what follows from them.

    Parameters
    ----------
    accepted
        Whether no rejecting check fails.
    reason
        What the first rejecting check that fails says; empty where the image is accepted.
    flags
        Names of all checks that fail, rejecting or only warning.
    angle_against_class
        As `angle_against_class` gives it.
    """

    accepted: bool
    reason: str
    flags: tuple[str, ...]
    angle_against_class: float


def assess_quality(
    cutout: Cutout,
    mask: NDArray[np.uint8],
    *,
    position_deg: tuple[float, float],
    rms_jy_beam: float,
    limits: QualityLimits,
    morphology: str = "",
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
    morphology
        The catalogue's class, if it gives one.

    Returns
    -------
    Quality
        Without an island, the measures of the source are NaN. Checks that need a whole catalogue
        (sources at one position, overlapping cutouts) are not made.
    """
    found = measure_quality(cutout, mask, position_deg=position_deg, rms_jy_beam=rms_jy_beam)
    against = angle_against_class(
        found.opening_angle_deg,
        found.opening_angle_error_deg,
        limits.class_angles.get(morphology),
    )
    measured = asdict(found) | {"angle_against_class": against}
    return Quality(**measured, **judge(measured, limits))


def judge(measured: Mapping[str, Any], limits: QualityLimits) -> dict[str, Any]:
    """Hold the measures of one image against the limits.

    Parameters
    ----------
    measured
        Numbers by the names of their checks, and what else the words of `CHECKS` name; a check
        whose number is missing is not made.
    limits
        What is acceptable.

    Returns
    -------
    dict
        ``accepted``, ``reason`` and ``flags`` as in `Quality`.
    """
    flags = tuple(
        check.name for check in CHECKS if check.fails(measured, getattr(limits, check.limit))
    )
    first = next((name for name in flags if name in limits.rejecting), None)
    reason = explain_flag(first, measured, limits) if first else ""
    return {"accepted": first is None, "reason": reason, "flags": flags}


def explain_flag(name: str, measured: Mapping[str, Any], limits: QualityLimits) -> str:
    """Say in words what a check that fails found, with its number and its limit.

    Parameters
    ----------
    name
        Of the check.
    measured, limits
        As for `judge`.
    """
    check = _BY_NAME[name]
    return check.explain(measured, getattr(limits, check.limit))


def angle_against_class(
    opening_angle_deg: float, error_deg: float, allowed: AngleLimits | None
) -> float:
    """Tell how far a measured opening angle is from what its class allows, in standard errors.

    Parameters
    ----------
    opening_angle_deg, error_deg
        As `bentjets.radio.measuring.measure_bending` gives them.
    allowed
        Angles of the class; None where nothing is known of it.

    Returns
    -------
    float
        ``max(low - angle, angle - high, 0) / error``: 0 inside; NaN where the angle was not
        measured, or nothing is known of the class.
    """
    if allowed is None or np.isnan(opening_angle_deg):
        return float("nan")
    outside_deg = max(allowed.min_deg - opening_angle_deg, opening_angle_deg - allowed.max_deg, 0.0)
    return outside_deg / error_deg if outside_deg else 0.0
