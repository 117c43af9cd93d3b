"""The mask (Eq. 3): which islands belong to the source, and by how much they grow."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from astropy.io import fits
from numpy.typing import NDArray

from bentjets.errors import InputError
from bentjets.radio.cutouts import celestial_wcs, pixel_position, pixel_scale_arcsec
from bentjets.radio.finding.fit.cards import CLOSING_CARD, card_value
from bentjets.radio.finding.neighbours import DroppedIsland, islands_of_source, list_dropped


@dataclass(frozen=True)
class SourceMask:
    """The mask of one source.

    Parameters
    ----------
    mask
        1 inside islands, 0 outside; uint8, shape (rows, columns) (Eq. 3).
    islands
        Number of islands in the mask, before they grow.
    dropped
        Islands that were taken for neighbours.
    """

    mask: NDArray[np.uint8]
    islands: int
    dropped: tuple[DroppedIsland, ...] = ()


def make_mask(
    ranks: NDArray[np.integer[Any]],
    gaussians: pd.DataFrame,
    header: fits.Header,
    *,
    dilation: int,
    closing_px: int,
    link_arcsec: float | None = None,
    position_deg: tuple[float, float] | None = None,
) -> SourceMask:
    """Make the mask of a source from the islands of its cutout.

    Parameters
    ----------
    ranks, gaussians, closing_px
        As `SourceFit` has them.
    header
        Celestial WCS of the cutout.
    dilation
        By how many pixels the mask grows on each side (d of Eq. 3).
    link_arcsec
        Keep only the islands of the source: the one at its position, and those whose Gaussians
        are chained to it by steps of at most this length. None keeps neighbours too.
    position_deg
        Right ascension and declination of the catalogue source, deg; needed for ``link_arcsec``.

    Returns
    -------
    SourceMask
        Without neighbours left out, bit for bit PyBDSF's island mask.

    Raises
    ------
    InputError
        If a position is needed and not given.
    """
    dropped: tuple[DroppedIsland, ...] = ()
    if link_arcsec is not None:
        if position_deg is None:
            raise InputError("link_arcsec is set: give the position of the source")
        wcs = celestial_wcs(header)
        position_px, scale = pixel_position(wcs, position_deg), pixel_scale_arcsec(wcs)
        own = islands_of_source(ranks, gaussians, position_px, link_arcsec / scale)
        dropped = list_dropped(ranks, gaussians, own, position_px, scale)
    return SourceMask(
        mask=_island_mask(ranks, {one.island for one in dropped}, dilation, closing_px),
        islands=int(ranks.max()) + 1 - len(dropped),
        dropped=dropped,
    )


def mask_hdu(
    islands: fits.PrimaryHDU, mask: SourceMask, *, dilation: int, link_arcsec: float | None
) -> fits.PrimaryHDU:
    """Put the island mask into an image of zeros and ones (Eq. 3), with the settings it came by.

    Parameters
    ----------
    islands
        As `islands_hdu` makes it: its cards tell of the fit.
    mask
        The mask.
    dilation, link_arcsec
        The settings of `make_mask`.
    """
    header = islands.header.copy()
    header.remove(CLOSING_CARD)
    header["DILATION"] = (dilation, "[pix] growth of the mask")
    header["LINKDIST"] = (card_value(link_arcsec), "[arcsec] linking length; auto: all islands")
    header["NISLANDS"] = (mask.islands, "number of islands")
    header["NDROPPED"] = (len(mask.dropped), "islands left out as neighbours")
    return fits.PrimaryHDU(mask.mask, header)


def _island_mask(
    ranks: NDArray[np.integer[Any]], dropped: Collection[int], dilation: int, closing_px: int
) -> NDArray[np.uint8]:
    """Do what ``export_image(img_type="island_mask")`` does, without its file."""
    from scipy import ndimage

    mask = ranks >= 0
    if dropped:
        mask &= ~np.isin(ranks, list(dropped))
    if dilation > 0:
        mask = ndimage.binary_dilation(mask, iterations=dilation)
        mask = ndimage.binary_closing(mask, structure=np.ones((closing_px, closing_px)))
    return np.asarray(mask, dtype=np.uint8)
