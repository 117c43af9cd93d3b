"""What is true of a simulated bent radio galaxy before any telescope looks at it."""

from typing import Any, NamedTuple

import numpy as np
from scipy import special

TRUTH_COLUMNS = (
    "number",
    "name",
    "ra_deg",
    "dec_deg",
    "morphology",
    "opening_angle_deg",
    "position_angle_deg",
    "tail_length_1_arcsec",
    "tail_length_2_arcsec",
    "total_flux_mjy",
    "core_fraction",
)

_RA_RANGE_DEG = (110.0, 260.0)
_DEC_RANGE_DEG = (-5.0, 60.0)
_TAIL_LENGTH_ARCSEC = (20.0, 62.0)
_TAIL_RATIO = (0.6, 1.0)
_FLUX_MEDIAN_MJY, _FLUX_SPREAD, _FLUX_RANGE_MJY = 82.0, 0.8, (12.0, 600.0)
_COUNT_TOLERANCE = 1e-9


class SourceClass(NamedTuple):
    """The truth that differs between the classes: a truncated normal angle, a core fraction."""

    angle_mean_deg: float
    angle_sigma_deg: float
    angle_range_deg: tuple[float, float]
    core_fraction: tuple[float, float]


# The angles overlap, as those of published labels do: the true angle alone has an ROC AUC of 0.86.
CLASSES = {
    "WAT": SourceClass(168.0, 27.0, (60.0, 180.0), (0.01, 0.12)),
    "NAT": SourceClass(119.0, 33.0, (20.0, 175.0), (0.04, 0.25)),
}


def draw_row(number: int, wat_fraction: float, rng: np.random.Generator) -> dict[str, Any]:
    """Draw one row of the simulated catalogue.

    Parameters
    ----------
    number : int
        The row's number, from 0.
    wat_fraction : float
        Fraction f of wide-angle tails; rows 0 to n - 1 hold ceil(n f) of them.
    rng : numpy.random.Generator
        The random stream of this row.

    Returns
    -------
    dict
        A value for each of `TRUTH_COLUMNS`.
    """
    wats_before, wats_after = np.ceil(
        np.array([number, number + 1]) * wat_fraction - _COUNT_TOLERANCE
    )
    morphology = "WAT" if wats_after > wats_before else "NAT"
    truth = CLASSES[morphology]
    sin_dec = rng.uniform(*np.sin(np.radians(_DEC_RANGE_DEG)))
    length_arcsec = np.exp(rng.uniform(*np.log(_TAIL_LENGTH_ARCSEC)))
    lengths = rng.permutation([length_arcsec, length_arcsec * rng.uniform(*_TAIL_RATIO)])
    flux_mjy = _FLUX_MEDIAN_MJY * np.exp(_FLUX_SPREAD * rng.normal())
    return {
        "number": number,
        "name": f"SIM-{number:05d}",
        "ra_deg": rng.uniform(*_RA_RANGE_DEG),
        "dec_deg": float(np.degrees(np.arcsin(sin_dec))),
        "morphology": morphology,
        "opening_angle_deg": _draw_angle(truth, rng),
        "position_angle_deg": rng.uniform(0.0, 360.0),
        "tail_length_1_arcsec": float(lengths[0]),
        "tail_length_2_arcsec": float(lengths[1]),
        "total_flux_mjy": float(np.clip(flux_mjy, *_FLUX_RANGE_MJY)),
        "core_fraction": float(rng.uniform(*truth.core_fraction)),
    }


def _draw_angle(truth: SourceClass, rng: np.random.Generator) -> float:
    """Draw from a truncated normal distribution by the inverse of its cumulative function."""
    limits = (np.array(truth.angle_range_deg) - truth.angle_mean_deg) / truth.angle_sigma_deg
    quantile = rng.uniform(*special.ndtr(limits))
    return float(truth.angle_mean_deg + truth.angle_sigma_deg * special.ndtri(quantile))
