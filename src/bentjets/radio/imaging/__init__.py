"""Pictures: 8-bit images (Eq. 4), masked images (Eq. 5); `figures` loads matplotlib."""

from bentjets.radio.imaging.images import (
    apply_mask,
    flip_north_up,
    mask_to_8bit,
    png_bytes,
    scale_to_8bit,
)

__all__ = ["apply_mask", "flip_north_up", "mask_to_8bit", "png_bytes", "scale_to_8bit"]
