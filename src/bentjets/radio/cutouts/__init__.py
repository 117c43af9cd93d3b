"""Cutouts: the one form to which the images of all surveys are brought."""

from bentjets.radio.cutouts.beam import FWHM_PER_SIGMA, Beam
from bentjets.radio.cutouts.cutout import (
    FITS_SUFFIXES,
    Cutout,
    find_image,
    fits_bytes,
    read_image,
)
from bentjets.radio.cutouts.normalise import normalise_cutout
from bentjets.radio.cutouts.provenance import Provenance
from bentjets.radio.cutouts.wcs import celestial_wcs, hushed, pixel_position, pixel_scale_arcsec

__all__ = [
    "FITS_SUFFIXES",
    "FWHM_PER_SIGMA",
    "Beam",
    "Cutout",
    "Provenance",
    "celestial_wcs",
    "find_image",
    "fits_bytes",
    "hushed",
    "normalise_cutout",
    "pixel_position",
    "pixel_scale_arcsec",
    "read_image",
]
