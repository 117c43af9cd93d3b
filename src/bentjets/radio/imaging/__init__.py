"""Pictures: 8-bit images (Eq. 4), masked images (Eq. 5); `figures` loads matplotlib."""

from bentjets.radio.imaging.images import (
    apply_mask,
    flip_north_up,
    mask_to_8bit,
    png_bytes,
    read_png,
    scale_to_8bit,
)
from bentjets.radio.imaging.network_image import network_image, stretch_share
from bentjets.radio.imaging.orientation import orient_north_up, orient_wcs, residual_rotation_deg

__all__ = [
    "apply_mask",
    "flip_north_up",
    "mask_to_8bit",
    "network_image",
    "orient_north_up",
    "orient_wcs",
    "png_bytes",
    "read_png",
    "residual_rotation_deg",
    "scale_to_8bit",
    "stretch_share",
]
