"""What a radio interferometer makes of the flux on the sky: a grid, a beam and correlated noise."""

from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import fft, special

from bentjets.radio.cutouts import FWHM_PER_SIGMA
from bentjets.radio.simulation.jets import Blobs
from bentjets.radio.simulation.settings import SkySettings

_STRIPE_ANGLES_DEG, _STRIPE_WIDTH_CELLS, _STRIPE_STRENGTH = (0.0, 60.0, 120.0), 0.8, 1.8
_SHORTEST_CELLS = 2.5
# So many snapshots with stripes of their own are told apart.
_SNAPSHOTS, _TURN_DEG = 24, 8.0
_SIDELOBE_STRENGTH, _BOWL_STRENGTH = 8.0, 6.0
_BIASED_SIGMA = 5.0
_PADDING_BEAMS = 4.0


@dataclass(frozen=True)
class SurveyGeometry:
    """The grid, beam and frequency of a survey's cutouts; the defaults are those of FIRST.

    Attributes
    ----------
    size_px : int
        Side of the square cutout.
    pixel_scale_arcsec : float
        Side of a pixel.
    beam_arcsec : tuple of float
        BMAJ and BMIN (full widths at half maximum, arcsec) and BPA (deg, north through east).
    frequency_hz : float
        Observing frequency.
    """

    size_px: int = 150
    pixel_scale_arcsec: float = 1.8
    beam_arcsec: tuple[float, float, float] = (5.4, 5.4, 0.0)
    frequency_hz: float = 1.4e9


def render_flux(blobs: Blobs, geometry: SurveyGeometry) -> NDArray[np.float64]:
    """Sum the flux of blobs in each pixel of a field with a margin for the beam.

    Parameters
    ----------
    blobs : Blobs
        What shines.
    geometry : SurveyGeometry
        Grid and beam.

    Returns
    -------
    numpy.ndarray
        mJy/pixel, float64, square, the position in the middle, north up and east left.
    """
    size = _padded_size(geometry)
    scale = geometry.pixel_scale_arcsec
    edges_arcsec = (np.arange(size + 1) - size / 2.0) * scale
    along_x, along_y = (
        np.diff(special.ndtr((edges_arcsec - centre[:, None]) / blobs.sigma_arcsec[:, None]))
        for centre in (-blobs.east_arcsec, blobs.north_arcsec)
    )
    return (along_y * blobs.flux_mjy[:, None]).T @ along_x


def _padded_size(geometry: SurveyGeometry) -> int:
    """Give an even margin beyond the beam's reach, so that the Fourier convolution cannot wrap."""
    margin_px = int(np.ceil(_PADDING_BEAMS * geometry.beam_arcsec[0] / geometry.pixel_scale_arcsec))
    return 2 * int(fft.next_fast_len(geometry.size_px // 2 + margin_px)) + geometry.size_px % 2


@lru_cache(maxsize=8)
def _beam_transfer(geometry: SurveyGeometry) -> NDArray[np.float64]:
    """Fourier transform of the beam (peak 1) on the padded grid, shape (n, n // 2 + 1), float64."""
    major_px, minor_px = (
        fwhm / geometry.pixel_scale_arcsec / FWHM_PER_SIGMA for fwhm in geometry.beam_arcsec[:2]
    )
    envelope = np.exp(-2.0 * (np.pi * _cycles_per_beam(geometry) / FWHM_PER_SIGMA) ** 2)
    return np.asarray(2.0 * np.pi * major_px * minor_px * envelope)


@dataclass(frozen=True)
class Background:
    """A real piece of sky into which a simulated source is laid.

    Attributes
    ----------
    image_mjy : numpy.ndarray
        mJy/beam, float64, shape (size_px, size_px); NaN where the survey saw nothing.
    rms_mjy : float
        Its rms, mJy/beam.
    name : str
        The file it is from.
    """

    image_mjy: NDArray[np.float64] = field(repr=False)
    rms_mjy: float
    name: str


def observe(
    flux_mjy: NDArray[np.float64],
    geometry: SurveyGeometry,
    settings: SkySettings,
    rng: np.random.Generator,
) -> NDArray[np.float64]:
    """Convolve with the beam, add noise and what CLEAN leaves, and cut off the margin.

    Parameters
    ----------
    flux_mjy : numpy.ndarray
        mJy/pixel, as `render_flux` gives it.
    geometry : SurveyGeometry
        Grid and beam.
    settings : SkySettings
        The noise, sidelobes that are left, and the bias of CLEAN.
    rng : numpy.random.Generator
        Where the noise is drawn from.

    Returns
    -------
    numpy.ndarray
        mJy/beam, float64, shape (size_px, size_px).
    """
    floor_mjy, excess_mjy, spread = settings.rms_mjy
    rms_mjy = floor_mjy + excess_mjy * np.exp(spread * rng.normal())
    noise = fft.rfft2(rms_mjy * rng.normal(size=flux_mjy.shape))
    snapshot = int(rng.integers(_SNAPSHOTS))
    left = rng.uniform(*settings.residual_sidelobes)
    model = fft.rfft2(flux_mjy) * _beam_transfer(geometry)
    rest = noise * _noise_transfer(geometry, snapshot) + left * model * _sidelobes(
        geometry, snapshot
    )
    clean = _cut_margin(model, geometry, flux_mjy.shape)
    rest_mjy = _cut_margin(rest, geometry, flux_mjy.shape)
    return clean - _clean_bias(clean, rms_mjy, settings) + rest_mjy


def observe_on(
    background: Background,
    flux_mjy: NDArray[np.float64],
    geometry: SurveyGeometry,
    settings: SkySettings,
    rng: np.random.Generator,
) -> NDArray[np.float64]:
    """Lay a source into a real piece of sky, whose noise, artefacts and neighbours stay.

    Parameters
    ----------
    background : Background
        The piece of sky.
    flux_mjy, geometry, settings, rng
        As `observe` takes them; the beam is that of the background.

    Returns
    -------
    numpy.ndarray
        mJy/beam, float64, shape (size_px, size_px); NaN where the background is.
    """
    snapshot = int(rng.integers(_SNAPSHOTS))
    left = rng.uniform(*settings.residual_sidelobes)
    model = fft.rfft2(flux_mjy) * _beam_transfer(geometry)
    sidelobes = left * model * _sidelobes(geometry, snapshot)
    clean = _cut_margin(model, geometry, flux_mjy.shape)
    rest_mjy = _cut_margin(sidelobes, geometry, flux_mjy.shape) + background.image_mjy
    return clean - _clean_bias(clean, background.rms_mjy, settings) + rest_mjy


def _cut_margin(
    spectrum: NDArray[np.complex128], geometry: SurveyGeometry, shape: tuple[int, ...]
) -> NDArray[np.float64]:
    margin = (shape[0] - geometry.size_px) // 2
    inside = slice(margin, margin + geometry.size_px)
    return np.asarray(fft.irfft2(spectrum, s=shape)[inside, inside])


def _clean_bias(
    clean_mjy: NDArray[np.float64], rms_mjy: float, settings: SkySettings
) -> NDArray[np.float64]:
    """Give what CLEAN takes from sources, and from nothing where there is none."""
    share = 1.0 - np.exp(-((clean_mjy / (_BIASED_SIGMA * rms_mjy)) ** 2))
    return np.asarray(settings.clean_bias_mjy * share)


@lru_cache(maxsize=64)
def _noise_transfer(geometry: SurveyGeometry, snapshot: int) -> NDArray[np.float64]:
    """Filter that keeps the rms of white noise and gives it the look of a survey's.

    Over k in cycles per beam the power of FIRST's noise falls as 1 / k up to 1, and then at once;
    below 0.1 there is more of it (measured on the background of 490 real cutouts; from one image
    to another both differ).
    """
    k = _cycles_per_beam(geometry)
    rng = np.random.default_rng([snapshot, 1])
    slope, rise = 1.0 + 0.15 * rng.normal(), 12.0 * np.exp(0.6 * rng.normal())
    power = 1.0 / (k**slope + 0.02) + rise * np.exp(-0.5 * (k / 0.075) ** 2)
    power *= np.exp(-(k**6))
    size = k.shape[0]
    amplitude = np.sqrt(power) * (1.0 + _STRIPE_STRENGTH * _arms(size, snapshot))
    kernel = fft.irfft2(amplitude, s=(size, size))
    return np.asarray(amplitude / np.sqrt(np.sum(kernel**2)))


@lru_cache(maxsize=64)
def _sidelobes(geometry: SurveyGeometry, snapshot: int) -> NDArray[np.float64]:
    """Fourier transform of the sidelobes of a dirty beam, over that of the clean beam.

    A snapshot with the three arms of the VLA knows some directions better than others: every
    source has stripes. What no baseline is short enough for is missing: every source has a bowl.
    """
    size = _padded_size(geometry)
    north, east = fft.fftfreq(size)[:, None] * size, fft.rfftfreq(size)[None, :] * size
    missing = np.exp(-(north**2 + east**2) / (2.0 * _SHORTEST_CELLS**2))
    return np.asarray(_SIDELOBE_STRENGTH * _arms(size, snapshot) - _BOWL_STRENGTH * missing)


@lru_cache(maxsize=8)
def _cycles_per_beam(geometry: SurveyGeometry) -> NDArray[np.float64]:
    """Spatial frequencies of the padded grid in cycles per full width of the beam."""
    size = _padded_size(geometry)
    major_px, minor_px = (fwhm / geometry.pixel_scale_arcsec for fwhm in geometry.beam_arcsec[:2])
    angle = np.radians(geometry.beam_arcsec[2])
    north, east = fft.fftfreq(size)[:, None], -fft.rfftfreq(size)[None, :]
    along = north * np.cos(angle) + east * np.sin(angle)
    across = east * np.cos(angle) - north * np.sin(angle)
    return np.hypot(major_px * along, minor_px * across)


def _arms(size: int, snapshot: int) -> NDArray[np.float64]:
    """Where the three arms of the VLA sample the Fourier plane more densely.

    The hour angle turns the arms, and not all of them are seen equally well.
    """
    rng = np.random.default_rng([snapshot, size])
    turn_deg, strengths = rng.normal(0.0, _TURN_DEG), 0.4 + rng.exponential(0.6, 3)
    north, east = fft.fftfreq(size)[:, None] * size, -fft.rfftfreq(size)[None, :] * size
    arms = np.zeros((size, size // 2 + 1))
    for angle_deg, strength in zip(_STRIPE_ANGLES_DEG, strengths, strict=True):
        angle = np.radians(angle_deg + turn_deg)
        across = east * np.cos(angle) - north * np.sin(angle)
        arms += strength * np.exp(-0.5 * (across / _STRIPE_WIDTH_CELLS) ** 2)
    # No interferometer has baselines of length zero.
    return np.asarray(arms * (1.0 - np.exp(-(north**2 + east**2) / (2.0 * _SHORTEST_CELLS**2))))
