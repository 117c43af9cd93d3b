"""What lies at a path: which layout of an image set, if any."""

from __future__ import annotations

import os
from pathlib import Path

from bentjets.errors import InputError
from bentjets.learning.data.batches import is_batch_name
from bentjets.learning.image_sets.layout import Layout
from bentjets.learning.image_sets.layouts.folders import ClassFolders, is_picture
from bentjets.learning.image_sets.layouts.hdf5 import Hdf5Sets
from bentjets.learning.image_sets.layouts.hdf5_groups import Hdf5Groups
from bentjets.learning.image_sets.layouts.pickles import PickledBatches
from bentjets.learning.image_sets.layouts.releases import ParquetSets

LAYOUTS: tuple[type[Layout], ...] = (
    ParquetSets,
    PickledBatches,
    Hdf5Groups,
    Hdf5Sets,
    ClassFolders,
)
"""The known layouts, in the order in which they are tried."""

_EXPECTED = (
    "give class folders of pictures (with or without train, valid and test above them), "
    "CIFAR-like pickles, HDF5 with images and labels, Parquet such as a release, or a .zip or "
    ".tar.gz of one of them"
)
_DEEPEST = 4
_ENDINGS = (".h5", ".hdf5", ".hdf", ".parquet", ".pkl", ".pickle", ".p")
_PICKLES = ("train", "valid", "validation", "test", "meta")


def recognise(path: Path) -> Layout:
    """Recognise the image set at a path.

    Folders that hold nothing but one folder are looked into: archives often have one.

    Parameters
    ----------
    path : Path
        A folder or a file; archives are to be unpacked before.

    Returns
    -------
    Layout
        The set, of which nothing is read yet.

    Raises
    ------
    InputError
        If nothing is there, or nothing that is known.
    """
    if not path.exists():
        raise InputError(f"{path} does not exist: check the path of the image set")
    place = path
    for _ in range(_DEEPEST):
        for layout in LAYOUTS:
            if layout.recognise(place):
                return layout(place)
        inside = _only_folder(place)
        if inside is None:
            break
        place = inside
    raise InputError(f"{path} {_describe(path)}: {_EXPECTED}")


def is_of_set(name: str) -> bool:
    """Tell whether a file may belong to an image set, by its last name: what else is left."""
    known = is_picture(name) or is_batch_name(name) or name in _PICKLES
    return known or (name.lower().endswith(_ENDINGS) and not name.startswith("."))


def reopen(kind: str, root: Path) -> Layout:
    """Open a set that was recognised before, by the `kind` of its layout and its root."""
    return next(layout for layout in LAYOUTS if layout.kind == kind)(root)


def _only_folder(path: Path) -> Path | None:
    if not path.is_dir():
        return None
    folders = [
        one for one in path.iterdir() if one.is_dir() and not one.name.startswith((".", "__"))
    ]
    return folders[0] if len(folders) == 1 else None


def _describe(path: Path) -> str:
    """Say what a path holds instead of an image set."""
    if path.is_file():
        return "is a file of no known kind"
    names = sorted(os.listdir(path))
    if not names:
        return "is empty"
    if any(is_picture(name) for name in names):
        return "holds pictures, and no folder for each class"
    shown = ", ".join(names[:3]) + (", ..." if len(names) > 3 else "")  # noqa: PLR2004
    return f"holds no image set that is known ({shown})"
