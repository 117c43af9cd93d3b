"""The FITS files that hold what source finding says of a cutout."""

from __future__ import annotations

from typing import Any

from astropy.io import fits

from bentjets.radio.cutouts import Cutout
from bentjets.radio.finding.sources import FindingSettings, SourceFinding

_CARDS = {
    "threshold_island": ("THRISL", "island threshold, in rms"),
    "threshold_pixel": ("THRPIX", "peak threshold, in rms"),
    "dilation": ("DILATION", "[pix] growth of the mask"),
    "rms_box": ("RMSBOX", "[pix] side and step of the background's boxes"),
    "rms_map": ("RMSMAP", "whether the background varies over the image"),
    "k": ("KCLIP", "k of B = mu + k sigma"),
    "link_arcsec": ("LINKDIST", "[arcsec] linking length; auto: all islands"),
}


def background_hdus(cutout: Cutout, finding: SourceFinding) -> fits.HDUList:
    """Put the background of a cutout into two images, MEAN and RMS, Jy/beam (Eq. 1)."""
    header = cutout.header
    return fits.HDUList(
        [
            fits.PrimaryHDU(),
            fits.ImageHDU(finding.mean, header, name="MEAN"),
            fits.ImageHDU(finding.rms, header, name="RMS"),
        ]
    )


def mask_hdu(cutout: Cutout, finding: SourceFinding, settings: FindingSettings) -> fits.PrimaryHDU:
    """Put the island mask into an image of zeros and ones (Eq. 3), with the settings it came by."""
    header = cutout.header.copy()
    for key in ("BUNIT", "BMAJ", "BMIN", "BPA", "BEAMFROM", "RESTFRQ"):
        header.remove(key, ignore_missing=True)
    for name, (card, comment) in _CARDS.items():
        header[card] = (_card_value(getattr(settings, name)), comment)
    header["NISLANDS"] = (finding.islands, "number of islands")
    header["NDROPPED"] = (len(finding.dropped), "islands left out as neighbours")
    return fits.PrimaryHDU(finding.mask, header)


def _card_value(value: Any) -> str | float | int:
    """Say in words what a FITS card cannot hold."""
    if value is None:
        return "auto"
    return f"{value[0]},{value[1]}" if isinstance(value, tuple) else value
