"""A simulated FIRST-like survey of bent radio galaxies: a catalogue with its truth, and cutouts.

Every source depends on the seed and its own number alone, so a survey can be extended, or made in
any order on any number of machines, without changing what is there.
"""

from collections.abc import Mapping
from enum import IntEnum
from typing import Any

import numpy as np
import pandas as pd
from astropy.io import fits
from numpy.typing import NDArray

from bentjets.errors import InputError
from bentjets.radio.cutouts import FWHM_PER_SIGMA
from bentjets.radio.simulation.jets import Blobs, bent_source
from bentjets.radio.simulation.observing import SurveyGeometry, observe, render_flux
from bentjets.radio.simulation.truth import CLASSES, TRUTH_COLUMNS, draw_row

_HOST_OFFSET_SIGMA_ARCSEC = 2.5
_NEIGHBOURS = 0.5
_NEIGHBOUR_RANGE_MJY = (1.0, 100.0)
_NEIGHBOUR_FWHM_ARCSEC = (0.5, 4.0)
_NEIGHBOUR_DISTANCE_ARCSEC = 25.0
_EDGE_RATE = 0.005
_EDGE_SHARE = (0.03, 0.2)


class _Stream(IntEnum):
    """Independent random streams of one source."""

    TRUTH = 0
    JETS = 1
    NEIGHBOURS = 2
    NOISE = 3
    EDGE = 4


def simulate_catalogue(n_sources: int, *, wat_fraction: float, seed: int) -> pd.DataFrame:
    """Draw positions, classes and true shapes of bent radio galaxies.

    Row ``number`` depends on ``seed``, ``wat_fraction`` and ``number`` alone, however many rows
    there are. The first row is a WAT and the classes are spread evenly: ceil(n f) of the first n.

    Parameters
    ----------
    n_sources : int
        Number of rows, at least 1.
    wat_fraction : float
        Fraction f of wide-angle tails, 0 to 1.
    seed : int
        Not negative.

    Returns
    -------
    pandas.DataFrame
        One row per source: number, name, ra_deg, dec_deg (uniform over a FIRST-like footprint),
        morphology (WAT or NAT), and the truth: opening_angle_deg (between the jets where they
        leave the host), position_angle_deg (downwind, north through east), tail_length_1_arcsec,
        tail_length_2_arcsec, total_flux_mjy, core_fraction (of the total flux).

    Raises
    ------
    InputError
        If an argument is out of its range.
    """
    if n_sources < 1:
        raise InputError(f"n_sources is {n_sources}: give at least 1 source to simulate.")
    if not 0.0 <= wat_fraction <= 1.0:
        raise InputError(f"wat_fraction is {wat_fraction}: give a fraction between 0 and 1.")
    if seed < 0:
        raise InputError(f"seed is {seed}: give an integer that is not negative.")
    rows = (
        draw_row(number, wat_fraction, np.random.default_rng([seed, number, _Stream.TRUTH]))
        for number in range(n_sources)
    )
    return pd.DataFrame(rows, columns=TRUTH_COLUMNS)


def simulate_cutout(
    source: Mapping[str, Any], *, geometry: SurveyGeometry, seed: int
) -> fits.PrimaryHDU:
    """Observe one simulated source: its jets, its neighbours, beam, noise and survey edge.

    Parameters
    ----------
    source : Mapping
        A row of `simulate_catalogue`.
    geometry : SurveyGeometry
        Grid and beam; the field should be at least 180 arcsec wide to hold the longest tails.
    seed : int
        The seed of the catalogue.

    Returns
    -------
    astropy.io.fits.PrimaryHDU
        Jy/beam, float32, shape (size_px, size_px), NaN beyond the survey's edge; the header holds
        an FK5 TAN world coordinate system centred on the position, beam, frequency and name.

    Raises
    ------
    InputError
        If the row lacks a column or its morphology is neither WAT nor NAT.
    """
    _check_row(source)
    number = int(source["number"])
    jets_rng, neighbour_rng, noise_rng, edge_rng = (
        np.random.default_rng([seed, number, stream])
        for stream in (_Stream.JETS, _Stream.NEIGHBOURS, _Stream.NOISE, _Stream.EDGE)
    )
    host_east, host_north = jets_rng.normal(0.0, _HOST_OFFSET_SIGMA_ARCSEC, 2)
    jets = bent_source(source, jets_rng)
    jets = jets._replace(
        east_arcsec=jets.east_arcsec + host_east, north_arcsec=jets.north_arcsec + host_north
    )
    neighbours = _draw_neighbours(geometry, neighbour_rng)
    flux_mjy = render_flux(
        Blobs(*map(np.concatenate, zip(jets, neighbours, strict=True))), geometry
    )
    image = (observe(flux_mjy, geometry, noise_rng) * 1e-3).astype(np.float32)
    _cut_edge(image, edge_rng)
    return fits.PrimaryHDU(image, _header(source, geometry))


def _check_row(source: Mapping[str, Any]) -> None:
    """Refuse what is not a row of the simulated catalogue."""
    missing = [column for column in TRUTH_COLUMNS if column not in source]
    if missing:
        raise InputError(
            f"Source {source.get('name', '?')} lacks {', '.join(missing)}: "
            "give a row of the simulated catalogue."
        )
    if source["morphology"] not in CLASSES:
        raise InputError(
            f"Source {source['name']} has the morphology {source['morphology']!r}: "
            "only WAT and NAT can be simulated."
        )


def _draw_neighbours(geometry: SurveyGeometry, rng: np.random.Generator) -> Blobs:
    """Draw unrelated sources, Poisson in number and N(>S) ~ 1/S in flux, off the target."""
    count = rng.poisson(_NEIGHBOURS)
    half_arcsec = geometry.size_px * geometry.pixel_scale_arcsec / 2.0
    east, north = rng.uniform(-half_arcsec, half_arcsec, (2, count))
    faintest, brightest = _NEIGHBOUR_RANGE_MJY
    flux_mjy = np.minimum(faintest / (1.0 - rng.uniform(size=count)), brightest)
    sigma_arcsec = rng.uniform(*_NEIGHBOUR_FWHM_ARCSEC, count) / FWHM_PER_SIGMA
    apart = np.hypot(east, north) > _NEIGHBOUR_DISTANCE_ARCSEC
    return Blobs(east[apart], north[apart], sigma_arcsec[apart], flux_mjy[apart])


def _cut_edge(image: NDArray[np.float32], rng: np.random.Generator) -> None:
    """Blank one side of a few cutouts, as at the edge of a survey."""
    is_cut = rng.uniform() < _EDGE_RATE
    width_px = round(rng.uniform(*_EDGE_SHARE) * image.shape[0])
    if is_cut:
        np.rot90(image, int(rng.integers(4)))[:width_px] = np.nan


def _header(source: Mapping[str, Any], geometry: SurveyGeometry) -> fits.Header:
    """Write what a survey's image server would say of the cutout."""
    centre_px = (geometry.size_px + 1) / 2.0
    step_deg = geometry.pixel_scale_arcsec / 3600.0
    major_arcsec, minor_arcsec, angle_deg = geometry.beam_arcsec
    return fits.Header(
        [
            ("RADESYS", "FK5"),
            ("EQUINOX", 2000.0),
            ("CTYPE1", "RA---TAN"),
            ("CTYPE2", "DEC--TAN"),
            ("CUNIT1", "deg"),
            ("CUNIT2", "deg"),
            ("CRVAL1", float(source["ra_deg"])),
            ("CRVAL2", float(source["dec_deg"])),
            ("CRPIX1", centre_px),
            ("CRPIX2", centre_px),
            ("CDELT1", -step_deg),
            ("CDELT2", step_deg),
            ("BUNIT", "JY/BEAM"),
            ("BMAJ", major_arcsec / 3600.0, "[deg]"),
            ("BMIN", minor_arcsec / 3600.0, "[deg]"),
            ("BPA", angle_deg, "[deg]"),
            ("RESTFRQ", geometry.frequency_hz, "[Hz]"),
            ("OBJECT", str(source["name"])),
            ("SURVEY", "SIMULATED"),
        ]
    )
