"""A simulated FIRST-like survey of bent radio galaxies: a catalogue with its truth, and cutouts.

Every source depends on the seed and its own number alone, so a survey can be extended, or made in
any order on any number of machines, without changing what is there.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from astropy.io import fits
from numpy.typing import NDArray

from bentjets.errors import InputError
from bentjets.radio.cutouts import FWHM_PER_SIGMA
from bentjets.radio.simulation.jets import Blobs, place_blobs
from bentjets.radio.simulation.observing import (
    Background,
    SurveyGeometry,
    observe,
    observe_on,
    render_flux,
)
from bentjets.radio.simulation.settings import SkySettings
from bentjets.radio.simulation.truth import CLASSES, TRUTH_COLUMNS, Stream, draw_row, draw_tails

_FIRST_SIDE_ARCSEC = 270.0
_NEIGHBOUR_RANGE_MJY = (1.0, 100.0)
_NEIGHBOUR_FWHM_ARCSEC = (0.5, 4.0)
_NEIGHBOUR_DISTANCE_ARCSEC = 25.0
_DOUBLE_ARCSEC = (8.0, 50.0)
_EDGE_RATE = 0.005
_EDGE_SHARE = (0.03, 0.2)
_DEFAULT = SkySettings()
# Of the flux densities that sources are drawn with.
_REFERENCE_HZ = 1.4e9


def simulate_catalogue(
    n_sources: int, *, wat_fraction: float, seed: int, settings: SkySettings = _DEFAULT
) -> pd.DataFrame:
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
    settings : SkySettings
        What the sources are drawn from.

    Returns
    -------
    pandas.DataFrame
        One row per source: number, name, ra_deg, dec_deg (uniform over a FIRST-like footprint),
        morphology (WAT or NAT), and the truth as we see it from here: opening_angle_deg (at the
        host, between the centres of the two tails' light), launch_angle_deg (between the jets
        where they leave the host), position_angle_deg (downwind, north through east),
        tail_length_1_arcsec, tail_length_2_arcsec (along their way), size_arcsec (largest extent),
        total_flux_mjy, core_fraction (of the total flux).

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
    rows = (draw_row(number, wat_fraction, seed, settings) for number in range(n_sources))
    return pd.DataFrame(rows, columns=TRUTH_COLUMNS)


def simulate_cutout(
    source: Mapping[str, Any],
    *,
    geometry: SurveyGeometry,
    seed: int,
    settings: SkySettings = _DEFAULT,
    background: Background | None = None,
) -> fits.PrimaryHDU:
    """Observe one simulated source: its jets, its neighbours, beam, noise and survey edge.

    Parameters
    ----------
    source : Mapping
        A row of `simulate_catalogue`.
    geometry : SurveyGeometry
        Grid, beam and frequency of the survey that looks at it.
    seed : int
        The seed of the catalogue.
    settings : SkySettings
        The settings of the catalogue.
    background : Background, optional
        A real piece of sky, of this geometry, to lay the source into: noise, artefacts, neighbours
        and edge are as they are there, and none is drawn.

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
    host_rng, neighbour_rng, noise_rng, edge_rng = (
        np.random.default_rng([seed, number, stream])
        for stream in (Stream.HOST, Stream.NEIGHBOURS, Stream.NOISE, Stream.EDGE)
    )
    tails = draw_tails(number, source["morphology"], float(source["size_arcsec"]), seed, settings)
    at_frequency = (geometry.frequency_hz / _REFERENCE_HZ) ** settings.spectral_index
    total_flux_mjy = at_frequency * float(source["total_flux_mjy"])
    target = place_blobs(tails, total_flux_mjy, float(source["core_fraction"]))
    host_east, host_north = draw_host(target, settings, host_rng)
    target = target._replace(
        east_arcsec=target.east_arcsec + host_east, north_arcsec=target.north_arcsec + host_north
    )
    if background is not None:
        seen_mjy = observe_on(
            background, render_flux(target, geometry), geometry, settings, noise_rng
        )
        header = _header(source, geometry)
        header["BACKGRND"] = (background.name, "where it was laid into")
        return fits.PrimaryHDU((seen_mjy * 1e-3).astype(np.float32), header)
    neighbours = _draw_neighbours(geometry, settings, neighbour_rng)
    neighbours = neighbours._replace(flux_mjy=at_frequency * neighbours.flux_mjy)
    flux_mjy = render_flux(
        Blobs(*map(np.concatenate, zip(target, neighbours, strict=True))), geometry
    )
    image = (observe(flux_mjy, geometry, settings, noise_rng) * 1e-3).astype(np.float32)
    _cut_edge(image, edge_rng)
    return fits.PrimaryHDU(image, _header(source, geometry))


def draw_host(
    target: Blobs, settings: SkySettings, rng: np.random.Generator
) -> tuple[float, float]:
    """Draw how far east and north of the catalogue position the host lies, arcsec.

    Parameters
    ----------
    target : Blobs
        The light of the source, about its host.
    settings : SkySettings
        How far the catalogue position is pulled to the centre of light, and its error.
    rng : numpy.random.Generator
        Where both are drawn from.
    """
    pull = rng.uniform(*settings.pull)
    usual, large, share = settings.host_offset_arcsec
    sigma = large if rng.uniform() < share else usual
    weights = target.flux_mjy / target.flux_mjy.sum()
    east, north = rng.normal(0.0, sigma, 2)
    return (
        float(east - pull * (weights @ target.east_arcsec)),
        float(north - pull * (weights @ target.north_arcsec)),
    )


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


def _draw_neighbours(
    geometry: SurveyGeometry, settings: SkySettings, rng: np.random.Generator
) -> Blobs:
    """Draw unrelated sources, Poisson in number and N(>S) ~ 1/S in flux, off the target.

    Some are straight doubles: two lobes and what lies between them.
    """
    side_arcsec = geometry.size_px * geometry.pixel_scale_arcsec
    count = rng.poisson(settings.neighbours * (side_arcsec / _FIRST_SIDE_ARCSEC) ** 2)
    east, north = rng.uniform(-side_arcsec / 2.0, side_arcsec / 2.0, (2, count))
    faintest, brightest = _NEIGHBOUR_RANGE_MJY
    flux_mjy = np.minimum(faintest / (1.0 - rng.uniform(size=count)), brightest)
    fwhm_arcsec = rng.uniform(*_NEIGHBOUR_FWHM_ARCSEC, count)
    apart = np.hypot(east, north) > _NEIGHBOUR_DISTANCE_ARCSEC
    half_arcsec = rng.uniform(*_DOUBLE_ARCSEC, count) / 2.0
    half_arcsec[rng.uniform(size=count) > settings.double_share] = 0.0
    angle = rng.uniform(0.0, np.pi, count)
    share = rng.uniform(0.3, 0.7, count)
    parts = [
        Blobs(
            (east + side * half_arcsec * np.sin(angle))[apart],
            (north + side * half_arcsec * np.cos(angle))[apart],
            ((fwhm_arcsec + 0.2 * half_arcsec) / FWHM_PER_SIGMA)[apart],
            (flux_mjy * part)[apart],
        )
        for side, part in ((-1.0, share), (1.0, 1.0 - share))
    ]
    return Blobs(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))


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
