"""The FITS files that hold what the fit says of a cutout."""

from __future__ import annotations

from astropy.io import fits

from bentjets.radio.cutouts import Cutout
from bentjets.radio.finding.fit.cards import CLOSING_CARD, card_value
from bentjets.radio.finding.fit.fitting import SourceFit
from bentjets.radio.finding.settings import FindingSettings

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
        header[card] = (card_value(getattr(settings, name)), comment)
    header[CLOSING_CARD] = (fit.closing_px, "[pix] gaps of a grown mask that are closed")
    return fits.PrimaryHDU(fit.ranks, header)
