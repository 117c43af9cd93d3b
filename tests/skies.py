"""Cutouts of a made-up sky, and the pages of PDF files."""

import re

import numpy as np
from astropy.io import fits

PIXEL_ARCSEC = 1.8


def make_cutout(seed=0, *, beam=(7.2, 5.4, 30.0), rotation_deg=0.0, size=60, scale=PIXEL_ARCSEC):
    noise = np.random.default_rng(seed).normal(0, 1.5e-4, (size, size))
    y, x = np.mgrid[:size, :size]
    data = noise + 0.02 * np.exp(-((x - 40) ** 2 + (y - 15) ** 2) / 18)
    header = fits.Header()
    header["CTYPE1"], header["CTYPE2"] = "RA---TAN", "DEC--TAN"
    header["CRPIX1"] = header["CRPIX2"] = size / 2
    header["CRVAL1"], header["CRVAL2"] = 180.0, 30.0
    header["CDELT1"], header["CDELT2"] = -scale / 3600, scale / 3600
    cos, sin = np.cos(np.deg2rad(rotation_deg)), np.sin(np.deg2rad(rotation_deg))
    header["PC1_1"], header["PC1_2"], header["PC2_1"], header["PC2_2"] = cos, -sin, sin, cos
    if beam:
        header["BMAJ"], header["BMIN"], header["BPA"] = beam[0] / 3600, beam[1] / 3600, beam[2]
    return fits.PrimaryHDU(data.astype(np.float32), header)


def count_pages(pdf):
    return len(re.findall(rb"/Type\s*/Page\b", pdf))


def page_size_in(pdf):
    """Give width and height of the first page, in inches."""
    left, bottom, right, top = map(float, re.search(rb"/MediaBox\s*\[([^]]+)\]", pdf)[1].split())
    return (right - left) / 72, (top - bottom) / 72


def font_kinds(pdf):
    return set(re.findall(rb"/Subtype\s*/(Type3|Type1|TrueType|Type0|CIDFontType2)\b", pdf))
