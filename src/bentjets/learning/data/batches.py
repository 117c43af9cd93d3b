"""The CIFAR-like batches of the paper: their names, packing and unpacking."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import isqrt
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bentjets.errors import InputError
from bentjets.learning.data.classes import label_codes

TEST_BATCH = "test_batch"
META = "batches.meta"
IMAGE_STACK_NDIM = 3
_TWO = 2

_BATCH_NAME = re.compile(r"(data_batch_|test_batch|batches\.meta)[A-Za-z0-9._-]*")


@dataclass(frozen=True)
class LabelledImages:
    """Images with their class, held in memory.

    Parameters
    ----------
    images : ndarray of uint8, shape (n, height, width)
        Grey images, 0 to 255.
    labels : ndarray of int64, shape (n,)
        Index of each image's class in `classes`.
    source_ids : tuple of str
        The source of each image.
    classes : tuple of str
        Names of the classes.

    Raises
    ------
    InputError
        If the images are not a stack of 8-bit images, or the lengths differ.
    """

    images: NDArray[np.uint8]
    labels: NDArray[np.int64]
    source_ids: tuple[str, ...]
    classes: tuple[str, ...]

    def __post_init__(self) -> None:
        _check_stack(self.images)
        if not len(self.images) == len(self.labels) == len(self.source_ids):
            raise InputError(
                f"{len(self.images)} images, {len(self.labels)} labels and "
                f"{len(self.source_ids)} source_ids do not match: give one of each per image"
            )

    def __len__(self) -> int:
        return len(self.images)


def name_batch(number: int, n_batches: int) -> str:
    """Name a batch as the published ones are: ``data_batch_0`` and on; the last ``test_batch``."""
    return TEST_BATCH if number == n_batches - 1 else f"data_batch_{number}"


def name_splits(batch: NDArray[np.int64], n_batches: int) -> NDArray[np.str_]:
    """Say what each source serves for: the last batch for the test, the one before to validate.

    With two batches there is nothing to validate on.
    """
    validation = n_batches - 2 if n_batches > _TWO else -1
    rest = np.where(batch == validation, "validation", "train")
    return np.where(batch == n_batches - 1, "test", rest)


def is_batch_name(name: str) -> bool:
    """Tell whether a file is called as the published batches are, or as what describes them."""
    return _BATCH_NAME.fullmatch(name) is not None


def sort_batch_names(names: Iterable[str]) -> list[str]:
    """Put the training batches in the order of their numbers; the test batch comes last."""
    training = [name for name in names if name not in (TEST_BATCH, META)]
    return [*sorted(training, key=_by_number), *(name for name in names if name == TEST_BATCH)]


def pack_batch(
    images: ArrayLike, codes: Sequence[str], filenames: Sequence[str], batch_label: str
) -> dict[str, Any]:
    """Pack images in the form of the published batches.

    Parameters
    ----------
    images : array_like of uint8, shape (n, height, width)
        Grey images.
    codes : sequence of str
        Label code of each image, such as "100" (WAT) or "200" (NAT).
    filenames : sequence of str
        Name of each image.
    batch_label : str
        Title of the batch.

    Returns
    -------
    dict
        `data` (uint8, shape (n, height * width), row-major), `labels`, `filenames`, `batch_label`.

    Raises
    ------
    InputError
        If the images are not 8-bit or the lengths differ.
    """
    stack = np.asarray(images)
    _check_stack(stack)
    if not len(stack) == len(codes) == len(filenames):
        raise InputError(
            f"{batch_label}: {len(stack)} images, {len(codes)} codes and {len(filenames)} "
            "filenames do not match: give one of each per image"
        )
    return {
        "batch_label": batch_label,
        "labels": list(codes),
        "data": stack.reshape(len(stack), stack.shape[1] * stack.shape[2]),
        "filenames": list(filenames),
    }


def pack_meta(classes: Mapping[str, str], image_size_px: int = 150) -> dict[str, Any]:
    """Describe the batches: what stands in ``batches.meta``.

    Parameters
    ----------
    classes : mapping of str to str
        Label code of each class, such as ``{"WAT": "100", "NAT": "200"}``.
    image_size_px : int
        Side of the images, in pixels.

    Returns
    -------
    dict
        `labels` (class names), `label_codes`, and `num_vis`, the number of pixels of an image.

    Raises
    ------
    InputError
        If the classes cannot be told apart by their codes.
    """
    codes = label_codes(classes)
    return {
        "labels": list(codes),
        "label_codes": list(codes.values()),
        "num_vis": image_size_px**2,
    }


def unpack_batches(
    batches: Sequence[Mapping[str, Any]], classes: Mapping[str, str]
) -> LabelledImages:
    """Join batches of the published form.

    Images with another code than those of `classes`, such as "101" and "201" (small sources),
    are left out. Batches without `filenames` get numbered sources.

    Parameters
    ----------
    batches : sequence of mapping
        Each with `data` (uint8, shape (n, side * side)) and `labels` or `fine_labels`.
    classes : mapping of str to str
        Label code of each class; its order is that of the class indices.

    Returns
    -------
    LabelledImages
        Square images with labels and sources; those of a single batch are not copied.

    Raises
    ------
    InputError
        If a batch lacks an entry, has the wrong shape, or no image of these classes is left; or
        if the classes cannot be told apart by their codes.
    """
    index_of = {code: index for index, code in enumerate(label_codes(classes).values())}
    images: list[NDArray[np.uint8]] = []
    labels: list[int] = []
    source_ids: list[str] = []
    for number, batch in enumerate(batches):
        stack, codes, names = _read_batch(batch, number)
        kept = [row for row, code in enumerate(codes) if code in index_of]
        images.append(stack if len(kept) == len(codes) else stack[kept])
        labels.extend(index_of[codes[row]] for row in kept)
        source_ids.extend(names[row] for row in kept)
    if not labels:
        raise InputError(
            f"no image with a code of {dict(classes)} in {len(batches)} batches: "
            "check the parameter classes against the labels of the batches"
        )
    if len({stack.shape[1:] for stack in images}) > 1:
        raise InputError("batches hold images of different sizes: join batches of one size only")
    joined = images[0] if len(images) == 1 else np.concatenate(images)
    return LabelledImages(
        joined, np.array(labels, dtype=np.int64), tuple(source_ids), tuple(classes)
    )


def _read_batch(
    batch: Mapping[str, Any], number: int
) -> tuple[NDArray[np.uint8], list[str], list[str]]:
    """Give the square images, codes and names of one batch."""
    where = _text(batch.get("batch_label", f"batch {number}"))
    raw_codes = batch.get("labels", batch.get("fine_labels"))
    if "data" not in batch or raw_codes is None:
        raise InputError(f"{where} has no data or labels: give a batch in the published form")
    data = np.asarray(batch["data"])
    side = isqrt(data.shape[1]) if data.ndim == 2 else 0  # noqa: PLR2004 - rows and pixels
    if data.dtype != np.uint8 or side == 0 or side**2 != data.shape[1]:
        raise InputError(
            f"{where}: data is {data.dtype} of shape {data.shape}: give uint8 of shape (n, side²)"
        )
    codes = [_text(code) for code in raw_codes]
    default_names = [f"{where}_{row:04d}".replace(" ", "_") for row in range(len(data))]
    names = [_text(name) for name in batch.get("filenames", default_names)]
    if not len(data) == len(codes) == len(names):
        raise InputError(
            f"{where}: {len(data)} images, {len(codes)} labels and {len(names)} filenames "
            "do not match: give one of each per image"
        )
    return data.reshape(-1, side, side), codes, names


def _by_number(name: str) -> tuple[int, str]:
    digits = re.search(r"\d+", name)
    return int(digits[0]) if digits else 0, name


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


def _check_stack(images: NDArray[Any]) -> None:
    if images.dtype != np.uint8 or images.ndim != IMAGE_STACK_NDIM:
        raise InputError(
            f"images are {images.dtype} of shape {images.shape}: give uint8 of (n, height, width)"
        )
