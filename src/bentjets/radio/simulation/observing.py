"""What a radio interferometer makes of the flux on the sky: a grid, a beam and correlated noise."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import fft, special

from bentjets.radio.cutouts import FWHM_PER_SIGMA
from bentjets.radio.simulation.jets import Blobs

_RMS_FLOOR_MJY, _RMS_EXCESS_MJY, _RMS_SPREAD = 0.130, 0.023, 0.59
_STRIPE_ANGLES_DEG, _STRIPE_WIDTH_CELLS, _STRIPE_STRENGTH = (0.0, 60.0, 120.0), 0.8, 2.0
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
    size = _padded_size(geometry)
    major_px, minor_px = (
        fwhm / geometry.pixel_scale_arcsec / FWHM_PER_SIGMA for fwhm in geometry.beam_arcsec[:2]
    )
    angle = np.radians(geometry.beam_arcsec[2])
    north, east = fft.fftfreq(size)[:, None], -fft.rfftfreq(size)[None, :]
    along = north * np.cos(angle) + east * np.sin(angle)
    across = east * np.cos(angle) - north * np.sin(angle)
    envelope = np.exp(-2.0 * np.pi**2 * ((major_px * along) ** 2 + (minor_px * across) ** 2))
    return np.asarray(2.0 * np.pi * major_px * minor_px * envelope)


def observe(
    flux_mjy: NDArray[np.float64], geometry: SurveyGeometry, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Convolve with the beam, add noise as deep as that of FIRST, and cut off the margin.

    Parameters
    ----------
    flux_mjy : numpy.ndarray
        mJy/pixel, as `render_flux` gives it.
    geometry : SurveyGeometry
        Grid and beam.
    rng : numpy.random.Generator
        Where the noise is drawn from.

    Returns
    -------
    numpy.ndarray
        mJy/beam, float64, shape (size_px, size_px).
    """
    rms_mjy = _RMS_FLOOR_MJY + _RMS_EXCESS_MJY * np.exp(_RMS_SPREAD * rng.normal())
    noise_mjy = rms_mjy * rng.normal(size=flux_mjy.shape)
    spectrum = fft.rfft2(flux_mjy) * _beam_transfer(geometry)
    spectrum += fft.rfft2(noise_mjy) * _noise_transfer(geometry)
    margin = (flux_mjy.shape[0] - geometry.size_px) // 2
    inside = slice(margin, margin + geometry.size_px)
    return np.asarray(fft.irfft2(spectrum, s=flux_mjy.shape)[inside, inside])


@lru_cache(maxsize=8)
def _noise_transfer(geometry: SurveyGeometry) -> NDArray[np.float64]:
    """Filter that keeps the rms of white noise and gives it the look of a snapshot's.

    Noise that fills the beam's Fourier transform has the beam as its correlation function, so the
    amplitude is the root of that transform. A snapshot with the three arms of the VLA knows some
    directions better than others, and leaves stripes.
    """
    transfer = _beam_transfer(geometry)
    size = transfer.shape[0]
    north, east = fft.fftfreq(size)[:, None] * size, -fft.rfftfreq(size)[None, :] * size
    across = [
        east * np.cos(angle) - north * np.sin(angle) for angle in np.radians(_STRIPE_ANGLES_DEG)
    ]
    arms = sum(np.exp(-0.5 * (distance / _STRIPE_WIDTH_CELLS) ** 2) for distance in across)
    amplitude = np.sqrt(transfer) * (1.0 + _STRIPE_STRENGTH * arms)
    kernel = fft.irfft2(amplitude, s=(size, size))
    return np.asarray(amplitude / np.sqrt(np.sum(kernel**2)))
