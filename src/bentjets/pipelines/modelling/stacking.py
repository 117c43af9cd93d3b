"""From files to the images that a network learns from."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bentjets.engine import SHORT_CALLS, EngineSettings, Failure, map_sources
from bentjets.errors import InputError
from bentjets.files import StoredFile
from bentjets.learning.data import (
    ImageStack,
    crop_middle,
    sort_batch_names,
    stack_images,
    unpack_batches,
)
from bentjets.learning.image_sets import RawImage, reopen
from bentjets.learning.settings import ImageSettings, ModelSettings
from bentjets.parameters import AcquisitionSettings
from bentjets.pipelines.modelling import pictures
from bentjets.radio.cutouts import Cutout, celestial_wcs, pixel_position, read_image
from bentjets.radio.imaging import network_image

Batches = Mapping[str, Callable[[], dict[str, Any]]]
Files = Mapping[str, StoredFile]

_TOGETHER = 64
_RGB = 3


def stack_batches(
    batches: Batches,
    model: ModelSettings,
    classes: Mapping[str, str],
    cutouts: Files,
) -> tuple[ImageStack, dict[str, Any]]:
    """Make the images of a network of the paper's 8-bit masked images (Eq. 5)."""
    images: list[NDArray[np.uint8]] = []
    labels: list[int] = []
    source_ids: list[str] = []
    side = 0
    for name in sort_batch_names(batches):
        # Without names of their own, images are called after their batch.
        content = unpack_batches([{"batch_label": name, **batches[name]()}], classes)
        side = content.images.shape[1]
        images.extend(content.images)
        labels.extend(int(label) for label in content.labels)
        source_ids.extend(content.source_ids)
    stack = stack_images(
        (crop_middle(image[None], model.images.crop_px) for image in images),
        labels,
        source_ids,
        list(classes),
        size_px=model.image_size,
    )
    return stack, {"side_px": side, "pixel_scale_arcsec": _scale_arcsec(cutouts)}


def stack_cutouts(
    manifest: pd.DataFrame,
    cutouts: Files,
    masks: Files,
    model: ModelSettings,
    classes: Mapping[str, str],
    engine: EngineSettings,
) -> tuple[ImageStack, dict[str, Any]]:
    """Make the images of a network of the survey's own values."""
    facts = manifest[["source_id", "ra_deg", "dec_deg"]]
    jobs = (
        (key, ImageJob(cutouts[key].read(), masks[key].read(), (ra_deg, dec_deg), model.images))
        for key, ra_deg, dec_deg in facts.itertuples(index=False, name=None)
    )
    made = map_sources(
        make_image, jobs, engine=engine, total=len(facts), cached=False, together=SHORT_CALLS
    )
    first = Cutout.from_bytes(cutouts[facts["source_id"].iloc[0]].read())
    codes = {name: index for index, name in enumerate(classes)}
    stack = stack_images(
        (_image_or_error(key, result) for key, result in made),
        [codes[name] for name in manifest["morphology"]],
        list(manifest["source_id"]),
        list(classes),
        size_px=model.image_size,
    )
    return stack, {"side_px": max(first.data.shape), "pixel_scale_arcsec": _scale_arcsec(cutouts)}


def stack_image_set(
    manifest: pd.DataFrame,
    image_set: Mapping[str, Any],
    folder: Path,
    model: ModelSettings,
    classes: Mapping[str, str],
    acquisition: AcquisitionSettings,
    engine: EngineSettings,
) -> tuple[ImageStack, dict[str, Any]]:
    """Make the images of a network of those of a set, as its entry says: on disk, not in memory."""
    settings = pictures.choose_settings(model.images, manifest)
    seen = model.image_size, model.channels
    stack = stack_pictures(manifest, image_set, folder, settings, seen, list(classes), engine)
    facts = pictures.describe(settings, manifest, acquisition.image_set.pixel_scale_arcsec)
    return stack, facts


def stack_pictures(
    images: pd.DataFrame,
    image_set: Mapping[str, Any],
    folder: Path,
    settings: ImageSettings,
    seen: tuple[int, int],
    classes: Sequence[str],
    engine: EngineSettings,
) -> ImageStack:
    """Make images of those of a set, with the side and the channels that a network sees."""
    layout, (size_px, channels) = reopen(image_set["kind"], Path(image_set["root"])), seen
    # Images of one file are read one after the other.
    images = images.sort_values(["file", "row"])
    colours = channels == _RGB and bool(images["colours"].any())
    places = images[["source_id", "file", "row"]].itertuples(index=False, name=None)
    made = map_sources(
        pictures.make_picture,
        ((key, RawImage.pack(layout.read(file, row))) for key, file, row in places),
        engine=engine,
        total=len(images),
        cached=False,
        together=_TOGETHER,
        settings=settings,
        colours=colours,
    )
    return stack_images(
        (_image_or_error(key, result) for key, result in made),
        [classes.index(name) for name in images["morphology"]],
        list(images["source_id"]),
        classes,
        size_px=size_px,
        folder=folder,
    )


@dataclass(frozen=True)
class ImageJob:
    """The files of one source (FITS), its position (deg), and how its image is made."""

    cutout: bytes = field(repr=False)
    mask: bytes = field(repr=False)
    position_deg: tuple[float, float]
    images: ImageSettings


def make_image(job: ImageJob) -> NDArray[np.float32]:
    """Make the image of one source."""
    cutout = Cutout.from_bytes(job.cutout)
    image = network_image(
        cutout.data,
        read_image(job.mask).data,
        pixel_position(celestial_wcs(cutout.header), job.position_deg),
        keep=job.images.mask,
        stretch=job.images.stretch,
        pixel_scale_arcsec=cutout.pixel_scale_arcsec,
    )
    return crop_middle(image, job.images.crop_px)


def _scale_arcsec(cutouts: Files) -> float:
    return float(Cutout.from_bytes(cutouts[next(iter(cutouts))].read()).pixel_scale_arcsec)


def _image_or_error(key: str, result: Any) -> NDArray[np.float32]:
    if isinstance(result, Failure):
        raise InputError(f"{key}: {result.message}")
    image: NDArray[np.float32] = result
    return image
