"""What a worker does to one image of a set."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np

from bentjets.learning.image_sets import RawImage, brightness, examine_image
from bentjets.radio.measuring import measure_shape

_MASKED = 0.5


def examine(raw: RawImage, *, pixel_scale_arcsec: float | None) -> dict[str, Any]:
    """Examine an image, and measure the shape of the source in the middle of a masked one.

    Raises
    ------
    InputError
        If it cannot be used: the reason is a row of the log.
    """
    found = examine_image(raw)
    found["shape"] = {}
    if pixel_scale_arcsec is not None and found["dark_fraction"] > _MASKED:
        image = brightness(raw.pixels())[0]
        middle = ((image.shape[1] - 1) / 2, (image.shape[0] - 1) / 2)
        shape = measure_shape(
            image, (image > 0).astype(np.uint8), middle, pixel_scale_arcsec=pixel_scale_arcsec
        )
        found["shape"] = asdict(shape)
    return found


def describe_content(found: dict[str, Any]) -> dict[str, Any]:
    """Make a row of a table of what `examine` found."""
    facts = {name: value for name, value in found.items() if name != "shape"}
    return facts | {f"shape_{name}": value for name, value in found["shape"].items()}
