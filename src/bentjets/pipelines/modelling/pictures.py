"""From an image of a set to what a network sees: as far as its entry can be followed."""

from __future__ import annotations

import logging
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bentjets.learning.image_sets import RawImage, brightness, crop_square, is_masked
from bentjets.learning.settings import ImageSettings
from bentjets.radio.imaging import stretch_share

logger = logging.getLogger(__name__)


def choose_settings(wanted: ImageSettings, manifest: pd.DataFrame) -> ImageSettings:
    """Give what can be done of what an entry wants; say what cannot.

    Parameters
    ----------
    wanted
        What the entry of the model says.
    manifest
        ``dark_fraction``, ``height_px`` and ``width_px`` of each image.
    """
    if wanted.source == "batches" and is_masked(manifest):
        return wanted
    side = int(manifest[["height_px", "width_px"]].to_numpy().min())
    crop = wanted.crop_px
    if crop is not None and crop > side:
        logger.info(
            "images.crop_px is %d, and images have %d pixels: all of each is kept", crop, side
        )
        crop = None
    if wanted.source == "cutouts" and wanted.mask != "none":
        logger.info("images.mask is %s, and images come without noise: none is made", wanted.mask)
    return ImageSettings(source="pictures", mask="none", stretch=wanted.stretch, crop_px=crop)


def as_learnt(learnt: ImageSettings, images: pd.DataFrame) -> ImageSettings:
    """Treat other images as those of training, as far as they are large enough to be cropped."""
    side = int(images[["height_px", "width_px"]].to_numpy().min())
    if learnt.crop_px is None or learnt.crop_px <= side:
        return learnt
    logger.info(
        "the network saw the middle %d pixels of images, these have %d: all of each is taken",
        *(learnt.crop_px, side),
    )
    return learnt.model_copy(update={"crop_px": None})


def make_picture(raw: RawImage, *, settings: ImageSettings, colours: bool) -> NDArray[np.float32]:
    """Make the image of a network, shape (channels, side, side): cropped and stretched."""
    several = len(settings.stretch) > 1
    image = crop_square(brightness(raw.pixels(), colours=colours and not several), settings.crop_px)
    channels = [stretch_share(image, name) for name in settings.stretch]
    return np.concatenate(channels).astype(np.float32)


def describe(
    settings: ImageSettings, manifest: pd.DataFrame, pixel_scale_arcsec: float | None
) -> dict[str, Any]:
    """Say how the images were made, for whoever uses the network: as they were, not as wanted."""
    sides = manifest[["height_px", "width_px"]].min(axis=1).unique()
    return {
        "images": settings.model_dump(mode="json"),
        "side_px": int(sides[0]) if len(sides) == 1 else None,
        "pixel_scale_arcsec": pixel_scale_arcsec,
    }
