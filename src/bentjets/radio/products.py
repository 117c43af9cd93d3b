"""The FITS files that hold what source finding says of a cutout."""

from __future__ import annotations

from dataclasses import asdict

from astropy.io import fits

from bentjets.radio.cutouts import Cutout
from bentjets.radio.source_finding import FindingSettings, SourceFinding


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
    comments = {
        "threshold_island": ("THRISL", "island threshold, in rms"),
        "threshold_pixel": ("THRPIX", "peak threshold, in rms"),
        "dilation": ("DILATION", "[pix] growth of the mask"),
    }
    for name, value in asdict(settings).items():
        card, comment = comments[name]
        header[card] = (value, comment)
    header["NISLANDS"] = (finding.islands, "number of islands")
    return fits.PrimaryHDU(finding.mask, header)
