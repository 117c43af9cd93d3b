"""Images as networks learn from them: a stack in memory, of one size, with labels."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bentjets.errors import InputError
from bentjets.learning.data.mapped import OTHER_CHANNELS, MappedImages, map_images

UNKNOWN = -1
"""Label of an image whose class is not known."""

_STACK_NDIM = 4
_PART = 256


@dataclass(frozen=True)
class ImageStack:
    """Images of one size, in memory or in a file.

    Parameters
    ----------
    images : ndarray or MappedImages of float32, shape (n, channels, size, size)
        Brightness, 0 to 1; of those in a file, what is indexed is read.
    labels : ndarray of int64, shape (n,)
        Index of each image's class in `classes`; -1 where it is not known.
    source_ids : tuple of str
        The source of each image.
    classes : tuple of str
        Names of the classes.
    shares : ndarray of float32, shape (n, classes), optional
        How much each class is the image's, in the opinion of several; a row sums to 1. Networks
        learn these where they are given, and the labels where they are not.

    Raises
    ------
    InputError
        If the images are no such stack, or the lengths differ.
    """

    images: NDArray[np.float32] | MappedImages
    labels: NDArray[np.int64]
    source_ids: tuple[str, ...]
    classes: tuple[str, ...]
    shares: NDArray[np.float32] | None = None

    def __post_init__(self) -> None:
        if self.images.dtype != np.float32 or self.images.ndim != _STACK_NDIM:
            raise InputError(
                f"images are {self.images.dtype} of shape {self.images.shape}: give float32 of "
                "shape (n, channels, size, size)"
            )
        if not len(self.images) == len(self.labels) == len(self.source_ids):
            raise InputError(
                f"{len(self.images)} images, {len(self.labels)} labels and "
                f"{len(self.source_ids)} source_ids do not match: give one of each per image"
            )

    def __len__(self) -> int:
        return len(self.images)

    def read(self, rows: slice | NDArray[np.int64]) -> NDArray[np.float32]:
        """Give the pixels of some images, shape (rows, channels, size, size), in memory."""
        return np.asarray(self.images[rows])

    def parts(self, size: int = _PART) -> Iterator[NDArray[np.float32]]:
        """Give the pixels of all images in their order, so many images at a time."""
        for start in range(0, len(self), size):
            yield self.read(slice(start, start + size))

    def measure_scale(self) -> tuple[float, float]:
        """Give mean and standard deviation of all pixels."""
        if isinstance(self.images, np.ndarray):
            return float(self.images.mean()), float(self.images.std())
        n = float(np.prod(self.images.shape))
        mean = sum(float(part.sum(dtype=np.float64)) for part in self.parts()) / n
        squares = sum(float(((part - mean) ** 2).sum(dtype=np.float64)) for part in self.parts())
        return mean, float(np.sqrt(squares / n))

    def select(self, rows: Sequence[int] | NDArray[np.int64]) -> ImageStack:
        """Give some of the images: copied, or where they are in their file."""
        chosen = np.asarray(rows, dtype=np.int64)
        return ImageStack(
            self.images[chosen],
            self.labels[chosen],
            tuple(self.source_ids[row] for row in chosen),
            self.classes,
            None if self.shares is None else self.shares[chosen],
        )

    def find(self, source_ids: Sequence[str]) -> ImageStack:
        """Give the images of some sources, in that order.

        Raises
        ------
        InputError
            If one of them is not in the stack.
        """
        row_of = {source_id: row for row, source_id in enumerate(self.source_ids)}
        if missing := [source_id for source_id in source_ids if source_id not in row_of]:
            raise InputError(
                f"{missing[0]} has no image, of {len(source_ids)} sources: run the pipelines "
                "that make them again"
            )
        return self.select([row_of[source_id] for source_id in source_ids])


def stack_images(
    images: Iterable[NDArray[Any]],
    labels: Sequence[int],
    source_ids: Sequence[str],
    classes: Sequence[str],
    *,
    size_px: int,
    folder: Path | None = None,
) -> ImageStack:
    """Resize images one by one, and stack them.

    Parameters
    ----------
    images : iterable of ndarray, shape (channels, height, width)
        Brightness, 0 to 1, or 8-bit; each is read when its turn comes.
    labels : sequence of int
        Index of each image's class in `classes`; -1 where it is not known.
    source_ids : sequence of str
        The source of each image.
    classes : sequence of str
        Names of the classes.
    size_px : int
        Side of the square to which each is resized, bilinear with antialiasing.
    folder : Path, optional
        Where there is room for a file with all of them, which is gone when the stack is; without
        it they are in memory.

    Returns
    -------
    ImageStack
        The images in their order.

    Raises
    ------
    InputError
        If they have different numbers of channels, or not as many as there are sources.
    """
    resized = (resize_image(image, size_px) for image in images)
    joined = _join(resized, size_px) if folder is None else map_images(resized, len(labels), folder)
    return ImageStack(joined, np.asarray(labels, dtype=np.int64), tuple(source_ids), tuple(classes))


def _join(resized: Iterable[NDArray[np.float32]], size_px: int) -> NDArray[np.float32]:
    listed = list(resized)
    if len({len(image) for image in listed}) > 1:
        raise InputError(OTHER_CHANNELS)
    return np.stack(listed) if listed else np.empty((0, 1, size_px, size_px), np.float32)


def resize_image(image: NDArray[Any], size_px: int) -> NDArray[np.float32]:
    """Resize an image, shape (channels, height, width); an 8-bit one is scaled to 0 to 1."""
    import torch
    from torch.nn import functional

    scale = 255.0 if image.dtype == np.uint8 else 1.0
    tensor = torch.from_numpy(np.ascontiguousarray(image)).float()[None] / scale
    if tuple(tensor.shape[2:]) != (size_px, size_px):
        tensor = functional.interpolate(
            tensor, size=(size_px, size_px), mode="bilinear", antialias=True, align_corners=False
        )
    return tensor[0].clamp_(0, 1).numpy()


def crop_middle(image: NDArray[Any], side_px: int | None) -> NDArray[Any]:
    """Keep the middle of an image, shape (channels, height, width); None keeps all of it.

    Raises
    ------
    InputError
        If the image is smaller than that.
    """
    if side_px is None:
        return image
    height, width = image.shape[1:]
    if side_px > min(height, width):
        raise InputError(
            f"images.crop_px is {side_px}, and an image has {height} x {width} pixels: lower it"
        )
    top, left = (height - side_px) // 2, (width - side_px) // 2
    return image[:, top : top + side_px, left : left + side_px]
