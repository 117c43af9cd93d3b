"""What a worker does for one simulated source: its image for a network, with its truth."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from astropy.io import fits
from numpy.typing import NDArray

from bentjets.learning.data import crop_middle
from bentjets.learning.settings import ImageSettings
from bentjets.pipelines.modelling.stacking import ImageJob, make_image
from bentjets.radio.cutouts import fits_bytes
from bentjets.radio.finding import quick_islands
from bentjets.radio.imaging import apply_mask, scale_to_8bit
from bentjets.radio.measuring import tail_ends_px
from bentjets.radio.simulation import SkySettings, SurveyGeometry, simulate_cutout
from bentjets.radio.simulation.truth import draw_row

# Of wide-angle tails.
_HALF = 0.5


@dataclass(frozen=True)
class SimulatedSky:
    """A sky, its seed, and who looks at it."""

    seed: int
    sky: SkySettings
    geometry: SurveyGeometry


def draw_source(
    number: int, *, simulated: SimulatedSky, images: ImageSettings
) -> dict[str, Any] | None:
    """Draw a source, find its islands, and make its image as a network gets it.

    Parameters
    ----------
    number
        Of the source, from 0: with the seed of the sky, it is all that the source depends on.
    simulated
        Where it is drawn from.
    images
        How its image is made: by the same functions as that of a real source.

    Returns
    -------
    dict or None
        ``image`` (float32, or 8-bit where images come from batches; shape (channels, rows,
        columns), cropped, not resized), ``morphology``, ``angle_deg``, and ``ends`` of the tails in
        the image, -1 to 1, shape (2, 2). None where no light is left.
    """
    seed, sky, geometry = simulated.seed, simulated.sky, simulated.geometry
    row = draw_row(number, _HALF, seed, sky)
    hdu = simulate_cutout(row, geometry=geometry, seed=seed, settings=sky)
    mask, _ = quick_islands(hdu.data)
    image = _make(hdu, mask, (row["ra_deg"], row["dec_deg"]), images)
    if not image.any():
        return None
    ends = tail_ends_px(row, seed=seed, sky=sky, geometry=geometry)
    # As `crop_middle` cuts, which is not resized before.
    first = (geometry.size_px - image.shape[1]) // 2
    return {
        "image": image,
        "morphology": row["morphology"],
        "angle_deg": row["opening_angle_deg"],
        "ends": (ends - first + 0.5) / image.shape[1] * 2.0 - 1.0,
    }


def _make(
    hdu: fits.PrimaryHDU,
    mask: NDArray[np.uint8],
    position_deg: tuple[float, float],
    images: ImageSettings,
) -> NDArray[np.uint8] | NDArray[np.float32]:
    """Make the image of a source as `stacking` makes those of batches, or of cutouts."""
    if images.source == "batches":
        return crop_middle(apply_mask(scale_to_8bit(hdu.data), mask)[np.newaxis], images.crop_px)
    mask_file = fits_bytes(fits.PrimaryHDU(mask))
    return make_image(ImageJob(fits_bytes(hdu), mask_file, position_deg, images))
