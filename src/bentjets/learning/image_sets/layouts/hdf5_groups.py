"""HDF5 files with a group for each image: the layout of Griese et al. 2023."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from bentjets.errors import InputError
from bentjets.learning.image_sets.layout import FoundImage, Layout, as_text, read_part
from bentjets.learning.image_sets.layouts.hdf5 import is_hdf5, open_hdf5

if TYPE_CHECKING:
    import h5py

_IMAGE = ("img", "image", "data")
_LABEL = ("label_literature", "label", "class")
_SPLIT = ("split_literature", "split")


class Hdf5Groups(Layout):
    """Groups with ``Img``, ``Label_literature`` and ``Split_literature``, or the like, each."""

    kind = "HDF5, a group for each image"

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self._open = functools.lru_cache(maxsize=8)(lambda name: open_hdf5(self._path(name)))

    @classmethod
    def recognise(cls, path: Path) -> bool:
        """Tell by the first group of a file, or of the first file in a folder."""
        files = sorted(path.glob("*.h5")) if path.is_dir() else [path]
        if not files or not is_hdf5(files[0]):
            return False
        try:
            with open_hdf5(files[0]) as file:
                first = next((file[name] for name in file), None)
                return hasattr(first, "keys") and bool(
                    _find(first, _IMAGE) and _find(first, _LABEL)
                )
        except InputError:  # the other layout of HDF5 tells what is wrong with it
            return False

    def list_images(self) -> Iterator[FoundImage]:
        """Give every image, file by file."""
        files = sorted(one.name for one in self.root.glob("*.h5")) if self.root.is_dir() else [""]
        for name in files:
            file = self._open(name)
            for group in file:
                found = file[group]
                label, split = _find(found, _LABEL), _find(found, _SPLIT)
                if label is None or _find(found, _IMAGE) is None:
                    raise InputError(f"{self._path(name)}: {group} has no image or no label")
                text = _read(found[label])
                yield FoundImage(
                    file=f"{name}:{group}",
                    row=0,
                    name=group,
                    label=text,
                    class_name=text,
                    part=read_part(_read(found[split])) if split else "",
                )

    def read(self, file: str, row: int) -> NDArray[Any]:
        """Give the pixels of an image."""
        name, _, group = file.partition(":")
        found = self._open(name)[group]
        try:
            pixels: NDArray[Any] = np.asarray(found[_find(found, _IMAGE)]).squeeze()
        except OSError as error:
            raise InputError(f"{self._path(name)}: {group} is damaged ({error})") from error
        # Whole numbers of eight bits are kept in wider ones there.
        if pixels.dtype.kind in "iu" and pixels.min() >= 0 and pixels.max() <= np.iinfo("u1").max:
            return pixels.astype(np.uint8)
        return pixels

    def _path(self, name: str) -> Path:
        return self.root / name if name else self.root


def _find(group: h5py.Group, names: tuple[str, ...]) -> str | None:
    known = {str(name).lower(): str(name) for name in group}
    return next((known[name] for name in names if name in known), None)


def _read(dataset: h5py.Dataset) -> str:
    """Read a label or a word, which may be a scalar or an array of one."""
    return as_text(np.asarray(dataset[()]).reshape(-1)[0])
