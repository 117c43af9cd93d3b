"""An image as others may have it: turned, mirrored, or both."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from bentjets.learning.data import fingerprint_image
from bentjets.learning.image_sets import RawImage, examine_image, grey_levels

_TURNS = 4
VIEWS = (
    *("as it is", "turned by 90°", "turned by 180°", "turned by 270°"),
    *("mirrored", "mirrored, then turned by 90°", "mirrored, then turned by 180°"),
    "mirrored, then turned by 270°",
)
"""What is done to an image of one set until it is that of the other; turns are anticlockwise."""


def turn_image(image: NDArray[np.uint8], view: int) -> NDArray[np.uint8]:
    """Give an image, shape (height, width), in one of `VIEWS`, by its number."""
    return np.rot90(image[:, ::-1] if view >= _TURNS else image, view % _TURNS)


def examine_views(raw: RawImage) -> dict[str, Any]:
    """Examine an image, and take its perceptual hash in every view.

    Parameters
    ----------
    raw : RawImage
        The image.

    Returns
    -------
    dict
        What `examine_image` gives, and `views`: the hashes in the order of `VIEWS`, joined by
        blanks.

    Raises
    ------
    InputError
        If it cannot be used.
    """
    found, grey = examine_image(raw), grey_levels(raw)
    others = (turn_image(grey, view) for view in range(1, len(VIEWS)))
    hashes = [found["phash"], *(fingerprint_image(other).phash for other in others)]
    return found | {"views": " ".join(hashes)}
