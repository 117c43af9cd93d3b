"""Where the jets of a bent radio galaxy run: in space, and as we see them.

Lengths are in units of the longer tail in space. The sky's axes are east and north; the third axis
points away from us.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bentjets.radio.simulation.settings import SkySettings

STEPS = 40
_CANDIDATES = 24
_TURBULENT_STEPS = 10
# Of the turbulence of a plume, in the jet.
_CALM = 1.0 / 3.0
# Sources seen nearly along their axis are no double sources.
_MIN_EXTENT = 0.3


@dataclass(frozen=True)
class Trajectories:
    """The two tails of one source on the sky.

    Parameters
    ----------
    places
        East and north of the host along each tail, from the host outwards; shape (2, STEPS, 2),
        in units of the largest extent of both.
    length
        Length in space of the longer tail, in units of that extent.
    reading_deg
        The angle by which the source was given its class.
    """

    places: NDArray[np.float64]
    length: float
    reading_deg: float


def draw_trajectories(wanted: str, settings: SkySettings, rng: np.random.Generator) -> Trajectories:
    """Draw jets in space until one looks like the class that is wanted.

    A jet leaves the host and is bent by the wind of the medium through which the host moves: its
    direction t turns towards the wind w, dt/ds = (w - (w t) t) / R (Begelman, Rees & Blandford
    1979, Nature 279, 770, for a jet across the wind), with a radius R that changes smoothly along
    it, and turbulence besides, more in the plume. Jets, wind and line of sight are isotropic.

    Parameters
    ----------
    wanted
        WAT or NAT.
    settings
        The distributions.
    rng
        Where everything is drawn from.

    Returns
    -------
    Trajectories
        Of the first of 24 candidates that is read as the class, or the one nearest to it.
    """
    places = _bend_jets(settings, rng)
    # Relative to the largest extent on the sky.
    flat = places[:, :, 1::2, :2].reshape(_CANDIDATES, -1, 2)
    apart = flat[:, :, None, :] - flat[:, None, :, :]
    extents = np.sqrt((apart**2).sum(axis=-1).max(axis=(1, 2)))
    inner, outer = _apparent_angles_deg(places)
    reading = (1.0 - settings.outer_weight) * inner + settings.outer_weight * outer
    error = settings.reading_error_deg * rng.normal(size=(2, _CANDIDATES))
    is_bent = inner + error[1] / 2.0 < settings.max_angle_deg
    reading = reading + error[0]
    excess = reading - settings.class_angle_deg
    excess = excess if wanted == "WAT" else -excess
    fits = (excess >= 0.0) & is_bent & (extents > _MIN_EXTENT)
    chosen = int(np.argmax(fits)) if fits.any() else int(np.argmax(excess))
    return Trajectories(
        places[chosen, ..., :2] / extents[chosen],
        float(1.0 / extents[chosen]),
        float(reading[chosen]),
    )


def _bend_jets(settings: SkySettings, rng: np.random.Generator) -> NDArray[np.float64]:
    """Follow the jets of all candidates; shape (candidates, 2, STEPS, 3)."""
    n = _CANDIDATES
    wind = _directions(rng, (n, 1))
    launch = _directions(rng, (n, 1))
    spread = np.radians(settings.misalignment_deg) / np.sqrt(2.0)
    direction = launch * np.array([1.0, -1.0])[:, None] + spread * rng.normal(size=(n, 2, 3))
    low, high = np.log(settings.bend_radius)
    radius = np.exp(rng.uniform(low, high, (n, 1)) + 0.25 * rng.normal(size=(n, 2)))
    change = settings.radius_change * rng.normal(size=(n, 1))
    ratio = np.ones((n, 2))
    ratio[:, 1] = rng.uniform(*settings.tail_ratio, n)
    turbulence = np.radians(settings.meander_deg) * _smooth_noise(rng, n)
    places = np.empty((n, 2, STEPS, 3))
    place = np.zeros((n, 2, 3))
    for step in range(STEPS):
        s = (step + 0.5) / STEPS
        direction /= np.linalg.norm(direction, axis=-1, keepdims=True)
        place = place + direction * (ratio / STEPS)[..., None]
        places[:, :, step] = place
        along = (direction * wind).sum(axis=-1, keepdims=True)
        turning = (wind - along * direction) / (radius * np.exp(change * (s - 0.5)))[..., None]
        calm = _CALM + (1.0 - _CALM) * s
        # The shorter tail turns as much per length as the longer.
        direction = direction + turning * (ratio / STEPS)[..., None] + calm * turbulence[:, :, step]
    return places


def _directions(rng: np.random.Generator, shape: tuple[int, ...]) -> NDArray[np.float64]:
    drawn = rng.normal(size=(*shape, 3))
    return np.asarray(drawn / np.linalg.norm(drawn, axis=-1, keepdims=True))


def _smooth_noise(rng: np.random.Generator, n: int) -> NDArray[np.float64]:
    """Draw turns of the direction in each step, alike over a quarter of a tail."""
    kernel = np.hanning(_TURBULENT_STEPS + 2)[1:-1]
    white = rng.normal(size=(n, 2, STEPS + _TURBULENT_STEPS - 1, 3))
    windows = np.lib.stride_tricks.sliding_window_view(white, _TURBULENT_STEPS, axis=2)
    return np.asarray(windows @ kernel / (kernel.sum() * np.sqrt(STEPS)))


def _apparent_angles_deg(
    places: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Give the angles between the tails: of their middles at the host, of their outer halves."""
    sky = places[..., :2]
    inner = sky.mean(axis=2)
    outer = sky[:, :, -1] - sky[:, :, STEPS // 2]
    return angle_between_deg(inner[:, 0], inner[:, 1]), angle_between_deg(outer[:, 0], outer[:, 1])


def angle_between_deg(one: NDArray[np.float64], other: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give the angle between vectors of shape (..., 2), 0 to 180 deg."""
    across = np.abs(one[..., 0] * other[..., 1] - one[..., 1] * other[..., 0])
    return np.asarray(np.degrees(np.arctan2(across, (one * other).sum(axis=-1))))
