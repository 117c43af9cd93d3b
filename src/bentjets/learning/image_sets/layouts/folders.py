"""Class folders of pictures: the layout of torchvision's ImageFolder and of Hugging Face."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from bentjets.errors import InputError
from bentjets.learning.image_sets.layout import (
    PICTURES,
    WHOLE_FILE,
    FoundImage,
    Layout,
    read_part,
    strip_ending,
)

_BESIDE = (".txt", ".md", ".csv", ".json", ".jsonl", ".yml", ".yaml", ".db")


class ClassFolders(Layout):
    """Folders called like classes, with or without train, valid and test above them."""

    kind = "class folders"

    @classmethod
    def recognise(cls, path: Path) -> bool:
        """Tell whether folders in it hold pictures, or those in its parts do.

        A folder around such folders is none itself.
        """
        if not path.is_dir() or (len(inside := _folders(path)) == 1 and _has_classes(inside[0])):
            return False
        return _has_classes(path)

    def list_images(self) -> Iterator[FoundImage]:
        """Give every picture, folder by folder; a split is published where there are parts."""
        others: set[str] = set()
        for part, folder in _class_folders(self.root):
            for path in _walk(folder, others):
                yield FoundImage(
                    file=os.path.relpath(path, self.root),
                    row=WHOLE_FILE,
                    name=strip_ending(os.path.basename(path)),
                    label=folder.name,
                    class_name=folder.name,
                    part=part,
                )
        if others:
            self.notes.append(f"files that are no pictures ({', '.join(sorted(others))})")

    def read(self, file: str, row: int) -> bytes:
        """Read the file of a picture."""
        try:
            return (self.root / file).read_bytes()
        except OSError as error:
            raise InputError(f"{file} cannot be read ({error.strerror})") from error


def is_picture(name: str) -> bool:
    """Tell whether a file is one image, by its name."""
    return name.lower().endswith(PICTURES) and not name.startswith(".")


def _class_folders(root: Path) -> list[tuple[str, Path]]:
    """Give the folders that may be classes, each with its part of a split."""
    inside = _folders(root)
    parts = [(read_part(folder.name), folder) for folder in inside]
    split = [(part, one) for part, folder in parts if part for one in _folders(folder)]
    return split or [("", folder) for folder in inside]


def _has_classes(root: Path) -> bool:
    return any(next(_walk(folder), None) is not None for _, folder in _class_folders(root))


def _folders(root: Path) -> list[Path]:
    return sorted(
        path for path in root.iterdir() if path.is_dir() and not path.name.startswith((".", "__"))
    )


def _walk(folder: Path, others: set[str] | None = None) -> Iterator[str]:
    """Give the pictures in a folder and below it; note the endings of other files."""
    for where, folders, files in os.walk(folder):
        folders.sort()
        for name in sorted(files):
            if is_picture(name):
                yield os.path.join(where, name)
            elif others is not None and not name.startswith("."):
                ending = os.path.splitext(name)[1].lower()
                if ending not in _BESIDE:
                    others.add(ending or name)
