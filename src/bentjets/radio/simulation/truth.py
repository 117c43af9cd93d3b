"""What is true of a simulated bent radio galaxy before any telescope looks at it."""

from __future__ import annotations

from enum import IntEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bentjets.radio.simulation.jets import Tails, light_tails
from bentjets.radio.simulation.settings import SkySettings
from bentjets.radio.simulation.trajectories import angle_between_deg, draw_trajectories

CLASSES = ("WAT", "NAT")
TRUTH_COLUMNS = (
    "number",
    "name",
    "ra_deg",
    "dec_deg",
    "morphology",
    "opening_angle_deg",
    "launch_angle_deg",
    "position_angle_deg",
    "tail_length_1_arcsec",
    "tail_length_2_arcsec",
    "size_arcsec",
    "total_flux_mjy",
    "core_fraction",
)

RA_RANGE_DEG = (110.0, 260.0)
DEC_RANGE_DEG = (-5.0, 60.0)
_COUNT_TOLERANCE = 1e-9
# How much of a tail shows where its jet leaves the host.
_LAUNCH_STEPS = 6


class Stream(IntEnum):
    """Independent random streams of one source."""

    TRUTH = 0
    JETS = 1
    NEIGHBOURS = 2
    NOISE = 3
    EDGE = 4
    HOST = 5
    BACKGROUND = 6


def draw_row(number: int, wat_fraction: float, seed: int, settings: SkySettings) -> dict[str, Any]:
    """Draw one row of the simulated catalogue.

    Parameters
    ----------
    number : int
        The row's number, from 0.
    wat_fraction : float
        Fraction f of wide-angle tails; rows 0 to n - 1 hold ceil(n f) of them.
    seed : int
        Of the sky.
    settings : SkySettings
        What it is drawn from.

    Returns
    -------
    dict
        A value for each of `TRUTH_COLUMNS`.
    """
    wats_before, wats_after = np.ceil(
        np.array([number, number + 1]) * wat_fraction - _COUNT_TOLERANCE
    )
    morphology = "WAT" if wats_after > wats_before else "NAT"
    rng = np.random.default_rng([seed, number, Stream.TRUTH])
    sin_dec = rng.uniform(*np.sin(np.radians(DEC_RANGE_DEG)))
    place = {
        "number": number,
        "name": f"SIM-{number:05d}",
        "ra_deg": rng.uniform(*RA_RANGE_DEG),
        "dec_deg": float(np.degrees(np.arcsin(sin_dec))),
        "morphology": morphology,
    }
    size_arcsec = _log_normal(settings.size_arcsec, rng)
    tails = draw_tails(number, morphology, size_arcsec, seed, settings)
    return {
        **place,
        **_describe(tails),
        "size_arcsec": size_arcsec,
        "total_flux_mjy": _log_normal(settings.flux_mjy, rng),
        "core_fraction": float(np.exp(rng.uniform(*np.log(settings.core_share)))),
    }


def draw_tails(
    number: int, morphology: str, size_arcsec: float, seed: int, settings: SkySettings
) -> Tails:
    """Draw the tails of a source of a class and size."""
    rng = np.random.default_rng([seed, number, Stream.JETS])
    trajectories = draw_trajectories(morphology, settings, rng)
    return light_tails(trajectories, size_arcsec, settings, rng)


def tail_ends(tails: Tails) -> NDArray[np.float64]:
    """Give the ends of the two tails, arcsec east and north of the core; shape (2, 2)."""
    return tails.places_arcsec[:, -1]


def _describe(tails: Tails) -> dict[str, float]:
    places = tails.places_arcsec
    weights = tails.flux / tails.flux.sum(axis=1, keepdims=True)
    centres = (places * weights[..., None]).sum(axis=1)
    launch = places[:, :_LAUNCH_STEPS].sum(axis=1)
    sides = centres / np.hypot(centres[:, :1], centres[:, 1:])
    east, north = sides.sum(axis=0)
    steps = np.diff(places, axis=1, prepend=0.0)
    lengths = np.hypot(steps[..., 0], steps[..., 1]).sum(axis=1)
    return {
        "opening_angle_deg": float(angle_between_deg(*centres)),
        "launch_angle_deg": float(angle_between_deg(*launch)),
        "position_angle_deg": float(np.degrees(np.arctan2(east, north)) % 360.0),
        "tail_length_1_arcsec": float(lengths[0]),
        "tail_length_2_arcsec": float(lengths[1]),
    }


def _log_normal(given: tuple[float, float, float, float], rng: np.random.Generator) -> float:
    median, spread, smallest, largest = given
    return float(np.clip(median * np.exp(spread * rng.normal()), smallest, largest))
