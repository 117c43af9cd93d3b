"""Images in a file instead of in memory: what is indexed is read."""

from __future__ import annotations

import mmap
import os
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bentjets.errors import InputError

OTHER_CHANNELS = "images have different numbers of channels: make all of them in one way"


class MappedImages:
    """Some images of a file, in an order of their own, as an array that gives copies.

    Parameters
    ----------
    array : ndarray of float32, shape (n, channels, size, size)
        All images, mapped from a file.
    rows : ndarray of int64
        Which of them, in which order.
    """

    def __init__(self, array: NDArray[np.float32], rows: NDArray[np.int64]) -> None:
        self._array, self._rows = array, rows

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of an array of these images."""
        return (len(self._rows), *self._array.shape[1:])

    @property
    def ndim(self) -> int:
        """The number of dimensions."""
        return self._array.ndim

    @property
    def dtype(self) -> np.dtype[Any]:
        """The type of the pixels."""
        return self._array.dtype

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, key: slice | NDArray[np.int64]) -> MappedImages:
        return MappedImages(self._array, self._rows[key])

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        return np.asarray(self._array[self._rows], dtype)

    def __reduce__(self) -> tuple[Any, ...]:
        # Another process has no file of its own: it gets the images.
        return MappedImages, (np.asarray(self), np.arange(len(self)))


def map_images(images: Iterable[NDArray[np.float32]], n: int, folder: Path) -> MappedImages:
    """Write images of one shape to a file without a name, and map it.

    Parameters
    ----------
    images : iterable of ndarray of float32
        Each is written when its turn comes.
    n : int
        How many there are.
    folder : Path
        Where there is room for them; the file is gone with the last that uses it.

    Returns
    -------
    MappedImages
        All of them, in their order.

    Raises
    ------
    InputError
        If they have different shapes, are not as many, or there is no room.
    """
    shape: tuple[int, ...] = ()
    written = 0
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            for image in images:
                if (shape := shape or image.shape) != image.shape:
                    raise InputError(OTHER_CHANNELS)
                file.write(image.tobytes())
                written += 1
            if not written == n > 0:
                raise InputError(f"{written} images and {n} labels do not match")
            file.flush()
            mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    except OSError as error:
        if isinstance(error, InputError):
            raise
        raise InputError(
            f"{folder} has no room for the images of a network ({os.strerror(error.errno or 0)})"
        ) from error
    array = np.frombuffer(mapped, np.float32).reshape(n, *shape)
    return MappedImages(array, np.arange(n))
