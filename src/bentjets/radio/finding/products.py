"""The FITS files that hold what source finding says of a cutout."""

from __future__ import annotations

from typing import Any

from astropy.io import fits

from bentjets.radio.cutouts import Cutout
from bentjets.radio.finding.fitting import SourceFit
from bentjets.radio.finding.mask import SourceMask
from bentjets.radio.finding.settings import FindingSettings

CLOSING_CARD = "CLOSING"
"""Card of a file of islands: with how large a square the gaps of a grown mask are closed."""

_FIT_CARDS = {
    "threshold_island": ("THRISL", "island threshold, in rms"),
    "threshold_pixel": ("THRPIX", "peak threshold, in rms"),
    "rms_box": ("RMSBOX", "[pix] side and step of the background's boxes"),
    "rms_map": ("RMSMAP", "whether the background varies over the image"),
    "k": ("KCLIP", "k of B = mu + k sigma"),
}


def background_hdus(cutout: Cutout, fit: SourceFit) -> fits.HDUList:
    """Put the background of a cutout into two images, MEAN and RMS, Jy/beam (Eq. 1)."""
    header = cutout.header
    return fits.HDUList(
        [
            fits.PrimaryHDU(),
            fits.ImageHDU(fit.mean, header, name="MEAN"),
            fits.ImageHDU(fit.rms, header, name="RMS"),
        ]
    )


def islands_hdu(cutout: Cutout, fit: SourceFit, settings: FindingSettings) -> fits.PrimaryHDU:
    """Put the number of each pixel's island into an image (int16, -1 outside islands)."""
    header = cutout.header.copy()
    for key in ("BUNIT", "BMAJ", "BMIN", "BPA", "BEAMFROM", "RESTFRQ", "FREQFROM"):
        header.remove(key, ignore_missing=True)
    for name, (card, comment) in _FIT_CARDS.items():
        header[card] = (_card_value(getattr(settings, name)), comment)
    header[CLOSING_CARD] = (fit.closing_px, "[pix] gaps of a grown mask that are closed")
    return fits.PrimaryHDU(fit.ranks, header)


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
    header["LINKDIST"] = (_card_value(link_arcsec), "[arcsec] linking length; auto: all islands")
    header["NISLANDS"] = (mask.islands, "number of islands")
    header["NDROPPED"] = (len(mask.dropped), "islands left out as neighbours")
    return fits.PrimaryHDU(mask.mask, header)


def _card_value(value: Any) -> str | float | int:
    """Say in words what a FITS card cannot hold."""
    if value is None:
        return "auto"
    return f"{value[0]},{value[1]}" if isinstance(value, tuple) else value
