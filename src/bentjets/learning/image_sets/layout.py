"""What every layout of an image set gives: its images, one after the other, and their pixels."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from bentjets.errors import InputError

WHOLE_FILE = -1
"""Row of an image that is a file of its own."""

PARTS = ("train", "validation", "test")
"""The parts of a published split."""

PICTURES = (
    *(".png", ".jpg", ".jpeg", ".tif", ".tiff", ".gif", ".bmp", ".webp"),
    *(".fits", ".fit", ".fits.gz", ".fits.fz"),
)
"""How the names of files that hold one image end."""

_PART_OF_WORD = {
    "train": "train",
    "training": "train",
    "val": "validation",
    "valid": "validation",
    "validation": "validation",
    "dev": "validation",
    "test": "test",
    "testing": "test",
}


@dataclass(frozen=True, slots=True)
class FoundImage:
    """An image of a set, as the set describes it; its pixels stay where they are.

    Parameters
    ----------
    file : str
        Path of its file below the root of the set.
    row : int
        Which image of the file it is; `WHOLE_FILE` where it is all of it.
    name : str
        What the set calls it; may repeat.
    label : str
        Its class as the set writes it: the name of a folder, or a number.
    class_name : str
        The class as the set names that label; the label itself where it names none.
    part : str
        Part of the published split, one of `PARTS`; empty where there is none.
    batch : int
        Number of the published batch; -1 where there is none.
    ra_deg, dec_deg : float
        Its position as the set states it; NaN where it does not.
    """

    file: str
    row: int
    name: str
    label: str
    class_name: str
    part: str = ""
    batch: int = -1
    ra_deg: float = math.nan
    dec_deg: float = math.nan


class Layout(ABC):
    """One way in which image sets lie on disk.

    Parameters
    ----------
    root : Path
        Its folder, or its file.
    """

    kind: ClassVar[str]
    """What such a set is called, for messages and for `bentjets.learning.image_sets.reopen`."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.notes: list[str] = []
        """What was left out of the set as a whole, in a few words each; known once it is listed."""

    @classmethod
    @abstractmethod
    def recognise(cls, path: Path) -> bool:
        """Tell whether a folder or a file is laid out like this."""

    @abstractmethod
    def list_images(self) -> Iterator[FoundImage]:
        """Give every image, in an order that does not depend on the machine.

        Raises
        ------
        InputError
            If the set is damaged, or not of its layout after all.
        """

    @abstractmethod
    def read(self, file: str, row: int) -> bytes | NDArray[Any]:
        """Read an image: the bytes of a picture, or its pixels.

        Parameters
        ----------
        file, row
            As in `FoundImage`.

        Returns
        -------
        bytes or ndarray
            The file of a picture; or pixels, shape (height, width) or (height, width, 3).

        Raises
        ------
        InputError
            If it cannot be read.
        """


def read_part(word: str) -> str:
    """Give the part of a split that a word means, one of `PARTS`; empty where it means none."""
    return _PART_OF_WORD.get(word.lower(), "")


def strip_ending(name: str) -> str:
    """Give the name of an image without the ending of a picture's file, if it has one."""
    ending = next((end for end in PICTURES[::-1] if name.lower().endswith(end)), "")
    return name[: len(name) - len(ending)]


def as_text(value: Any) -> str:
    """Write a label or a name as text, whatever a file holds it as."""
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, np.generic):
        return as_text(value.item())
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def name_classes(labels: list[str], names: list[str]) -> list[str]:
    """Give the name of each label's class, where labels number the names from 0.

    Other labels, such as 100 and 200, are not matched to names by guess.
    """
    numbers = {str(number): name for number, name in enumerate(names)}
    if names and set(labels) <= set(numbers):
        return [numbers[label] for label in labels]
    return labels


def in_rows(pixels: NDArray[Any], where: str) -> NDArray[Any]:
    """Bring a stack of images to the shape (n, height, width) or (n, height, width, 3).

    Rows of pixels are taken for squares, in three colours one after the other (CIFAR-10's) where
    one square cannot be made of them.

    Raises
    ------
    InputError
        If that is not possible.
    """
    stack = np.asarray(pixels)
    shape = stack.shape
    if stack.dtype.kind not in "biuf":
        raise InputError(f"{where}: pixels are {stack.dtype}: give numbers")
    match shape:
        case (_, size) if math.isqrt(size) ** 2 == size and size:
            return stack.reshape(-1, math.isqrt(size), math.isqrt(size))
        case (_, size) if size and size % 3 == 0 and math.isqrt(size // 3) ** 2 == size // 3:
            side = math.isqrt(size // 3)
            return stack.reshape(-1, 3, side, side).transpose(0, 2, 3, 1)
        case (_, _, _) | (_, _, _, 3):
            return stack
        case (_, _, _, 1):
            return stack[..., 0]
        case (_, 1, _, _):
            return stack[:, 0]
        case (_, 3, _, _):
            return stack.transpose(0, 2, 3, 1)
    raise InputError(
        f"{where}: images have the shape {shape}: give (n, height, width), with 3 colours or not, "
        "or (n, side²)"
    )
