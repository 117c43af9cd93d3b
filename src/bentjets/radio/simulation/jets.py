"""How a simulated bent radio galaxy shines: a core and two jets that the wind bends, in blobs.

Offsets are in arcsec on the sky, east and north of the host galaxy; flux densities are in mJy.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from bentjets.radio.cutouts import FWHM_PER_SIGMA

_STEPS = 40
_CORE_FWHM_ARCSEC = 0.5
_BASE_FWHM_ARCSEC = 2.0
_WIDENING = 0.22
_TILT_SIGMA_DEG = 10.0
_FLUX_SHARE_OF_ONE_TAIL = (0.3, 0.7)


class Blobs(NamedTuple):
    """Round Gaussians on the sky; each array has shape (number of blobs,) and dtype float64."""

    east_arcsec: NDArray[np.float64]
    north_arcsec: NDArray[np.float64]
    sigma_arcsec: NDArray[np.float64]
    flux_mjy: NDArray[np.float64]


@dataclass(frozen=True)
class _Habit:
    """What sets the jets of a WAT apart from those of a NAT; lengths in units of the tail's."""

    bend_radius: tuple[float, float]
    flare_position: tuple[float, float]
    flare_share: tuple[float, float]
    flare_length: float
    jet_dimming: float
    plume_widening: float
    fading_length: tuple[float, float]
    knottiness: float
    meander_rad: float


_HABITS = {
    "WAT": _Habit(
        bend_radius=(1.0, 2.4),
        flare_position=(0.3, 0.6),
        flare_share=(0.1, 0.45),
        flare_length=0.08,
        jet_dimming=0.45,
        plume_widening=0.25,
        fading_length=(0.4, 1.2),
        knottiness=0.5,
        meander_rad=0.5,
    ),
    "NAT": _Habit(
        bend_radius=(0.7, 1.9),
        flare_position=(0.1, 0.7),
        flare_share=(0.0, 0.35),
        flare_length=0.08,
        jet_dimming=0.85,
        plume_widening=0.25,
        fading_length=(0.4, 1.2),
        knottiness=0.6,
        meander_rad=0.7,
    ),
}


def bent_source(source: Mapping[str, Any], rng: np.random.Generator) -> Blobs:
    """Draw the core and both tails of one source.

    Parameters
    ----------
    source : Mapping
        A row of `bentjets.radio.simulation.sky.simulate_catalogue`.
    rng : numpy.random.Generator
        Where all that the catalogue leaves open (bending, knots, flares, asymmetry) is drawn from.

    Returns
    -------
    Blobs
        Their flux densities add up to the ``total_flux_mjy`` of the row.
    """
    habit = _HABITS[source["morphology"]]
    half_angle = np.radians(source["opening_angle_deg"]) / 2.0
    tilt = np.radians(rng.normal(0.0, _TILT_SIGMA_DEG))
    core_mjy = source["total_flux_mjy"] * source["core_fraction"]
    share = rng.uniform(*_FLUX_SHARE_OF_ONE_TAIL)
    tails_mjy = source["total_flux_mjy"] - core_mjy
    parts = [
        _tail(
            source[f"tail_length_{side}_arcsec"],
            launch,
            np.radians(source["position_angle_deg"]),
            flux_mjy,
            habit,
            rng,
        )
        for side, launch, flux_mjy in (
            (1, tilt + half_angle, share * tails_mjy),
            (2, tilt - half_angle, (1.0 - share) * tails_mjy),
        )
    ]
    zero = np.zeros(1)
    core = Blobs(zero, zero, zero + _CORE_FWHM_ARCSEC / FWHM_PER_SIGMA, zero + core_mjy)
    return Blobs(*(np.concatenate(columns) for columns in zip(core, *parts, strict=True)))


def bend(launch_rad: float, distance: NDArray[np.float64], radius: float) -> NDArray[np.float64]:
    """Give the angle between a jet and the wind along the jet.

    The solution of d(phi)/ds = -sin(phi) / R, a simple form of the bending of jets by the ram
    pressure of a wind (Begelman, Rees & Blandford 1979, Nature 279, 770):
    tan(phi / 2) = tan(phi_0 / 2) exp(-s / R).

    Parameters
    ----------
    launch_rad : float
        phi_0, the angle at which the jet leaves the host, in radians from downwind.
    distance : numpy.ndarray
        s, the length along the jet, shape (n,), any unit.
    radius : float
        R, the radius of curvature of a jet across the wind, in the unit of ``distance``.

    Returns
    -------
    numpy.ndarray
        phi in radians, shape (n,), float64.
    """
    return 2.0 * np.arctan(np.tan(launch_rad / 2.0) * np.exp(-distance / radius))


def _tail(
    length_arcsec: float,
    launch_rad: float,
    wind_rad: float,
    flux_mjy: float,
    habit: _Habit,
    rng: np.random.Generator,
) -> Blobs:
    """Draw one tail as a chain of blobs from the host outwards."""
    s = (np.arange(_STEPS) + 0.5) / _STEPS
    meander = habit.meander_rad * np.cumsum(rng.normal(size=_STEPS)) / np.sqrt(_STEPS)
    position_angle = wind_rad + bend(launch_rad, s, rng.uniform(*habit.bend_radius)) + meander
    step_arcsec = length_arcsec / _STEPS
    flare = rng.uniform(*habit.flare_position)
    fwhm_arcsec = _BASE_FWHM_ARCSEC + length_arcsec * (
        _WIDENING * s + habit.plume_widening * np.maximum(s - flare, 0.0)
    )
    weight = _brightness(s, flare, habit, rng)
    return Blobs(
        np.cumsum(np.sin(position_angle)) * step_arcsec,
        np.cumsum(np.cos(position_angle)) * step_arcsec,
        fwhm_arcsec / FWHM_PER_SIGMA,
        flux_mjy * weight / weight.sum(),
    )


def _brightness(
    s: NDArray[np.float64], flare: float, habit: _Habit, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Give the relative flux along a tail: a jet, a flare where it ends, a fading, knotty plume."""
    fading = np.exp(-np.maximum(s - flare, 0.0) / rng.uniform(*habit.fading_length))
    steady = np.where(s < flare, habit.jet_dimming, 1.0) * fading * _knots(s.size, habit, rng)
    hot_spot = np.exp(-0.5 * ((s - flare) / habit.flare_length) ** 2)
    share = rng.uniform(*habit.flare_share)
    return (1.0 - share) * steady / steady.sum() + share * hot_spot / hot_spot.sum()


def _knots(size: int, habit: _Habit, rng: np.random.Generator) -> NDArray[np.float64]:
    """Draw log-normal brightness fluctuations that are smooth over an eighth of the tail."""
    kernel = np.hanning(size // 4 + 1)
    noise = np.convolve(rng.normal(size=size), kernel / np.sqrt(np.sum(kernel**2)), mode="same")
    return np.exp(habit.knottiness * noise)
