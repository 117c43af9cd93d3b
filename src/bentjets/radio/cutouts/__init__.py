"""Cutouts: the one form to which the images of all surveys are brought."""

from bentjets.radio.cutouts.beam import FWHM_PER_SIGMA
from bentjets.radio.cutouts.cutout import (
    Beam,
    Cutout,
    Provenance,
    celestial_wcs,
    fits_bytes,
    normalise_cutout,
    pixel_position,
    read_image,
)

__all__ = [
    "FWHM_PER_SIGMA",
    "Beam",
    "Cutout",
    "Provenance",
    "celestial_wcs",
    "fits_bytes",
    "normalise_cutout",
    "pixel_position",
    "read_image",
]
