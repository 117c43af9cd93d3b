"""The normal form of a cutout: pixels in Jy/beam, and a header written anew."""

from __future__ import annotations

import numpy as np
from astropy.io import fits
from astropy.nddata import Cutout2D
from astropy.wcs import WCS
from numpy.typing import NDArray

from bentjets.errors import InputError
from bentjets.radio.cutouts.beam import Beam, beam_cards
from bentjets.radio.cutouts.cutout import Cutout
from bentjets.radio.cutouts.frequency import observing_frequency
from bentjets.radio.cutouts.pixels import blank_unseen, image_plane
from bentjets.radio.cutouts.provenance import Provenance
from bentjets.radio.cutouts.units import jy_per_beam
from bentjets.radio.cutouts.wcs import celestial_wcs, pixel_position, with_cdelt

# What is nearer to the centre than this share of the side has at least as much of the image
# beside it: 67 arcsec in FIRST, more than half of nine sources in ten are long.
_CENTRED_SHARE = 0.25


def normalise_cutout(
    hdu: fits.PrimaryHDU,
    *,
    provenance: Provenance,
    size_px: int,
    position_deg: tuple[float, float] | None = None,
    beam_arcsec: Beam | None = None,
    frequency_hz: float | None = None,
) -> Cutout:
    """Bring an image as a survey gives it to the one form that processing relies on.

    Axes of length one are dropped, a larger image is cut around the position without resampling,
    and so is one of the right size whose source is farther than a quarter of the side from its
    centre, pixels that the image does not hold are NaN, zeros that fill the survey's edge become
    NaN, pixels become float32 in Jy/beam, and the header is written anew with what later steps
    need: WCS, beam, frequency, unit, provenance.

    Parameters
    ----------
    hdu
        The image, any number of axes of which two are longer than one; Jy/beam, if it does not
        say otherwise.
    provenance
        Where it came from.
    size_px
        Side that the cutout must have, in pixels.
    position_deg
        Right ascension and declination of the source, deg; it must lie in the image.
    beam_arcsec, frequency_hz
        What the survey states; used where the image does not tell its own (`beam_cards`,
        `observing_frequency`).

    Returns
    -------
    Cutout
        The cards BEAMFROM and FREQFROM tell whence beam and frequency are.

    Raises
    ------
    InputError
        If the image has no pixels or no signal, the wrong shape or unit, no WCS, no beam or no
        frequency, or does not hold the position.
    """
    origin = provenance.request
    image, wcs = image_plane(hdu, origin), celestial_wcs(hdu.header)
    if not wcs.has_celestial:
        raise InputError(f"{origin} has no celestial WCS: add CTYPE, CRVAL, CRPIX and CDELT cards")
    image, wcs = _cut(image, wcs, origin=origin, size_px=size_px, position_deg=position_deg)
    data = blank_unseen(image * jy_per_beam(hdu.header, origin), origin)
    header = with_cdelt(wcs).to_header()
    header.remove("MJDREF", ignore_missing=True)  # a default of astropy's, not of the image
    header["BUNIT"] = "JY/BEAM"
    header.update(beam_cards(hdu.header, beam_arcsec, origin))
    frequency, found_in = observing_frequency(hdu.header, frequency_hz, origin)
    header["RESTFRQ"] = (frequency, "[Hz]")
    header["FREQFROM"] = (found_in, "header or survey")
    header.update(provenance.cards())
    return Cutout(data, header)


def _cut(
    image: NDArray[np.float32],
    wcs: WCS,
    *,
    origin: str,
    size_px: int,
    position_deg: tuple[float, float] | None,
) -> tuple[NDArray[np.float32], WCS]:
    """Cut the image around the position, unless it is that cutout."""
    rows, columns = image.shape
    if min(rows, columns) < size_px or (position_deg is None and max(rows, columns) > size_px):
        raise InputError(
            f"{origin} is {columns} x {rows} pixels, not {size_px} x {size_px}: give a larger "
            "image, or set size_px of the survey in acquisition.surveys"
        )
    if position_deg is None:
        return image, wcs
    x, y = pixel_position(wcs, position_deg)
    off_x, off_y = abs(x - (columns - 1) / 2), abs(y - (rows - 1) / 2)
    # From half a pixel before the first to half a pixel behind the last; NaN is nowhere.
    if not (off_x <= columns / 2 and off_y <= rows / 2):
        raise InputError(
            f"RA {position_deg[0]:.5f}, Dec {position_deg[1]:.5f} deg lies outside the image of "
            f"{origin}: check the position in the catalogue"
        )
    if (rows, columns) == (size_px, size_px) and max(off_x, off_y) <= _CENTRED_SHARE * size_px:
        return image, wcs
    part = Cutout2D(image, (x, y), size_px, wcs=wcs, mode="partial", fill_value=np.nan)
    return part.data, part.wcs
