"""How a simulated bent radio galaxy shines: a core and two tails, in blobs.

Offsets are in arcsec on the sky, east and north of the host galaxy; flux densities are in mJy.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from bentjets.radio.cutouts import FWHM_PER_SIGMA
from bentjets.radio.simulation.settings import SkySettings
from bentjets.radio.simulation.trajectories import STEPS, Trajectories

_CORE_FWHM_ARCSEC = 0.5
_FLARE_LENGTH = 0.08


class Blobs(NamedTuple):
    """Round Gaussians on the sky; each array has shape (number of blobs,) and dtype float64."""

    east_arcsec: NDArray[np.float64]
    north_arcsec: NDArray[np.float64]
    sigma_arcsec: NDArray[np.float64]
    flux_mjy: NDArray[np.float64]


class Tails(NamedTuple):
    """The two tails: ridge and clumps (2, STEPS, 2), east and north; widths and flux (2, STEPS).

    Places, the clumps' offsets from them and full widths are in arcsec; the flux of both tails
    adds up to one.
    """

    places_arcsec: NDArray[np.float64]
    clumps_arcsec: NDArray[np.float64]
    fwhm_arcsec: NDArray[np.float64]
    flux: NDArray[np.float64]


def light_tails(
    trajectories: Trajectories,
    size_arcsec: float,
    settings: SkySettings,
    rng: np.random.Generator,
) -> Tails:
    """Draw how bright and how wide the two tails are along their way.

    A jet that may be dim flares where it ends; a plume that widens and fades follows, with knots.
    Nothing here depends on the class.

    Parameters
    ----------
    trajectories
        The way of the tails.
    size_arcsec
        Their largest extent on the sky.
    settings
        The distributions.
    rng
        Where everything is drawn from.
    """
    s = (np.arange(STEPS) + 0.5) / STEPS
    # Both tails of a source are of one kind, and each differs a little.
    flare = np.clip(rng.uniform(*settings.flare_place) + 0.06 * rng.normal(size=(2, 1)), 0.02, 0.98)
    fading = np.exp(rng.uniform(*np.log(settings.fading_length)))
    dimming = rng.uniform(*settings.jet_dimming)
    share = np.clip(rng.uniform(*settings.flare_share) + 0.08 * rng.normal(size=(2, 1)), 0.0, 0.9)
    plume = np.exp(-np.maximum(s - flare, 0.0) / fading)
    steady = np.where(s < flare, dimming, 1.0) * plume * _knots(settings.knots, rng)
    spot = np.exp(-0.5 * ((s - flare) / _FLARE_LENGTH) ** 2)
    light = (1.0 - share) * _normed(steady) + share * _normed(spot)
    odds = np.exp(settings.flux_asymmetry * rng.normal())
    light = light * np.array([[odds], [1.0]]) / (1.0 + odds)
    length_arcsec = trajectories.length * size_arcsec
    growth = rng.uniform(*settings.opening) * s
    growth = growth + rng.uniform(*settings.plume_opening) * np.maximum(s - flare, 0.0)
    fwhm_arcsec = rng.uniform(*settings.base_width_arcsec) + length_arcsec * growth
    scatter = settings.clumps * fwhm_arcsec / FWHM_PER_SIGMA
    clumps = scatter[..., None] * rng.normal(size=(2, STEPS, 2))
    # The clumps' scatter and width make up the width of the tail.
    own_width = fwhm_arcsec * np.sqrt(1.0 - settings.clumps**2)
    return Tails(trajectories.places * size_arcsec, clumps, own_width, light)


def place_blobs(tails: Tails, flux_mjy: float, core_share: float) -> Blobs:
    """Lay core and tails out as blobs whose flux densities add up to the total."""
    places = tails.places_arcsec + tails.clumps_arcsec
    east, north = (places[..., axis].ravel() for axis in (0, 1))
    zero = np.zeros(1)
    core = zero + flux_mjy * core_share
    return Blobs(
        np.concatenate([zero, east]),
        np.concatenate([zero, north]),
        np.concatenate([zero + _CORE_FWHM_ARCSEC, tails.fwhm_arcsec.ravel()]) / FWHM_PER_SIGMA,
        np.concatenate([core, flux_mjy * (1.0 - core_share) * tails.flux.ravel()]),
    )


def _normed(light: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(light / light.sum(axis=-1, keepdims=True))


def _knots(spread: float, rng: np.random.Generator) -> NDArray[np.float64]:
    """Draw log-normal brightness fluctuations that are smooth over a twelfth of a tail."""
    kernel = np.hanning(STEPS // 6 + 1)
    kernel /= np.sqrt(np.sum(kernel**2))
    noise = [np.convolve(rng.normal(size=STEPS), kernel, mode="same") for _ in range(2)]
    return np.exp(spread * np.array(noise))
