"""HDF5 files with images and labels."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from bentjets.errors import InputError
from bentjets.learning.image_sets.layout import (
    FoundImage,
    Layout,
    as_text,
    in_rows,
    name_classes,
    read_part,
    strip_ending,
)

if TYPE_CHECKING:
    import h5py

_SIGNATURE = b"\x89HDF\r\n\x1a\n"
_ENDINGS = (".h5", ".hdf5", ".hdf")
_IMAGES = ("images", "image", "data", "x", "img", "imgs")
_LABELS = ("labels", "label", "ans", "y", "targets", "target", "classes", "class")
_NAMES = ("names", "name", "filenames", "filename", "ids", "id", "source_id")
_CLASS_NAMES = ("class_names", "label_names", "classes")
_POSITIONS = (("ra_deg", "ra"), ("dec_deg", "dec"))
_ONE_HOT_NDIM = 2


@dataclass(frozen=True)
class _Stack:
    """Images and labels that belong together: the datasets of a group, of one ending or none."""

    group: str
    part: str
    images: str
    labels: str
    ending: str


class Hdf5Sets(Layout):
    """Datasets ``images`` and ``labels``, of the file or of its groups train, valid and test.

    The names of Galaxy10 (``ans``) and of Keras (``x_train``, ``y_train``) are known, too. Labels
    are text, numbers or one-hot; ``names``, ``ra``, ``dec``, ``split`` and ``class_names`` beside
    them are read. Several files are parts of one set.
    """

    kind = "HDF5"

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self._open = functools.lru_cache(maxsize=8)(lambda name: open_hdf5(self._path(name)))

    @classmethod
    def recognise(cls, path: Path) -> bool:
        """Tell by how a file begins, or by the files in a folder."""
        if path.is_dir():
            return any(is_hdf5(one) for one in path.iterdir() if one.suffix in _ENDINGS)
        return is_hdf5(path)

    def list_images(self) -> Iterator[FoundImage]:
        """Give every image, file by file and group by group."""
        files = [self.root.name]
        if self.root.is_dir():
            files = sorted(path.name for path in self.root.iterdir() if path.suffix in _ENDINGS)
        for name in files:
            file = self._open(name)
            stacks = list(_find_stacks(file))
            if not stacks:
                raise InputError(
                    f"{self._path(name)} holds no images with labels (it has "
                    f"{', '.join(file) or 'nothing'}): call the datasets images and labels"
                )
            for stack in stacks:
                of_file = read_part(Path(name).stem) if len(files) > 1 else ""
                yield from self._list_stack(file, name, stack, stack.part or of_file)

    def _list_stack(
        self, file: h5py.File, name: str, stack: _Stack, part: str
    ) -> Iterator[FoundImage]:
        group = file[stack.group]
        where = f"{self._path(name)}:{stack.images}"
        labels = _read_labels(group[stack.labels])
        n = len(group[stack.images])
        if n != len(labels):
            raise InputError(f"{where}: {n} images and {len(labels)} labels do not match")
        in_rows(group[stack.images][:1], where)
        named = name_classes(labels, _class_names(file, group, stack))
        called = _column(group, _NAMES, stack, n)
        base = stack.group.strip("/").replace("/", "_") or part or Path(name).stem
        parts = _column(group, ("split",), stack, n)
        sky = [_column(group, names, stack, n) for names in _POSITIONS]
        has_position = all(one is not None for one in sky)
        for row, label in enumerate(labels):
            position = [float(one[row]) for one in sky] if has_position else [np.nan, np.nan]  # type: ignore[index]
            yield FoundImage(
                file=f"{name}:{stack.group}:{stack.images}",
                row=row,
                name=f"{base}_{row:06d}" if called is None else strip_ending(as_text(called[row])),
                label=label,
                class_name=named[row],
                part=part if parts is None else read_part(as_text(parts[row])),
                ra_deg=position[0],
                dec_deg=position[1],
            )

    def read(self, file: str, row: int) -> NDArray[Any]:
        """Give the pixels of an image."""
        name, group, images = file.rsplit(":", 2)
        try:
            pixels = self._open(name)[group][images][row : row + 1]
        except OSError as error:
            raise InputError(f"{self._path(name)}: {images} is damaged ({error})") from error
        return in_rows(pixels, f"{self._path(name)}:{images}")[0]

    def _path(self, name: str) -> Path:
        return self.root / name if self.root.is_dir() else self.root


def _find_stacks(file: h5py.File) -> Iterator[_Stack]:
    """Find images with their labels: in groups called like parts, else in the file itself."""
    groups = [name for name in file if read_part(name) and hasattr(file[name], "keys")]
    for name in groups:
        yield from _pairs(file[name], name, read_part(name))
    if not groups:
        yield from _pairs(file, "/", "")


def _pairs(group: h5py.Group, path: str, part: str) -> Iterator[_Stack]:
    known = {name.lower(): name for name in group}
    for ending in ("", *(f"_{word}" for word in ("train", "valid", "val", "test"))):
        images = next((known[one + ending] for one in _IMAGES if one + ending in known), None)
        labels = next((known[one + ending] for one in _LABELS if one + ending in known), None)
        if images and labels:
            yield _Stack(path, part or read_part(ending.strip("_")), images, labels, ending)


def _column(
    group: h5py.Group, names: tuple[str, ...], stack: _Stack, n: int
) -> NDArray[Any] | None:
    """Read a dataset that has a value for each image."""
    known = {name.lower(): name for name in group}
    for name in names:
        found = known.get(name + stack.ending)
        if found is not None and group[found].shape == (n,):
            values: NDArray[Any] = group[found][:]
            return values
    return None


def _read_labels(dataset: h5py.Dataset) -> list[str]:
    values = dataset[:]
    if values.ndim == _ONE_HOT_NDIM and values.shape[1] > 1:
        values = values.argmax(axis=1)
    return [as_text(value) for value in values.reshape(-1).tolist()]


def _class_names(file: h5py.File, group: h5py.Group, stack: _Stack) -> list[str]:
    """Read what the numbers of labels mean, from a dataset or an attribute."""
    for place in (group[stack.labels].attrs, group.attrs, file.attrs, group, file):
        for name in _CLASS_NAMES:
            if name in place and name != stack.labels:
                return [as_text(one) for one in np.atleast_1d(np.asarray(place[name])).tolist()]
    return []


def is_hdf5(path: Path) -> bool:
    """Tell whether a file begins as HDF5 does."""
    with path.open("rb") as file:
        return file.read(len(_SIGNATURE)) == _SIGNATURE


def open_hdf5(path: Path) -> h5py.File:
    """Open a file to read.

    Raises
    ------
    InputError
        If it is no HDF5 file, or damaged.
    """
    import h5py

    try:
        return h5py.File(path, "r")
    except OSError as error:
        raise InputError(f"{path} is no HDF5 file, or damaged: fetch it again") from error
