"""CIFAR-like pickles: RGC-Bent, MiraBest, FR-DEEP, and CIFAR itself."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bentjets.errors import InputError
from bentjets.learning.data.batches import META, TEST_BATCH, is_batch_name, sort_batch_names
from bentjets.learning.image_sets.layout import (
    FoundImage,
    Layout,
    as_text,
    in_rows,
    name_classes,
    read_part,
    strip_ending,
)
from bentjets.plain_pickles import RefusedGlobalError, loads_plain

_LABELS = ("labels", "fine_labels")
_NAMES = ("label_names", "fine_label_names", "labels")
_FIRST_BYTES = (b"\x80", b"(")
_PARTS = ("train", "valid", "validation", "test")


class PickledBatches(Layout):
    """Files called ``data_batch_…`` and ``test_batch``, or ``train`` and ``test``; or one pickle.

    Each is a dict of `data` (uint8, n x pixels), `labels`, and maybe `filenames`. Nothing of a
    pickle runs when it is read.
    """

    kind = "pickled batches"

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        # One batch in memory at a time: images are read in their order.
        self._load = functools.lru_cache(maxsize=1)(self._load_batch)

    @classmethod
    def recognise(cls, path: Path) -> bool:
        """Tell by the names of files, or by how a single file begins."""
        if path.is_dir():
            return any(_is_batch(one) for one in path.iterdir())
        return path.suffix in ("", ".pkl", ".pickle", ".p") and _is_pickle(path)

    def list_images(self) -> Iterator[FoundImage]:
        """Give every image, batch by batch: the published batches and their test are kept."""
        names = self._batch_names()
        classes, codes = self._read_meta()
        has_test = any(_part(name) == "test" for name in names)
        for number, name in enumerate(names):
            batch = self._load(name)
            labels = [as_text(label) for label in _labels(batch, name)]
            named = name_classes(labels, classes)
            called = batch.get("filenames") or [f"{name}_{row:05d}" for row in range(len(labels))]
            n = len(batch["data"])
            if not n == len(labels) == len(called):
                raise InputError(
                    f"{self._shown(name)}: {n} images, {len(labels)} labels and {len(called)} "
                    "filenames do not match: there must be one of each per image"
                )
            for row, label in enumerate(labels):
                yield FoundImage(
                    file=name,
                    row=row,
                    name=strip_ending(as_text(called[row])),
                    label=label,
                    class_name=codes.get(label, named[row]),
                    part=_part(name) if has_test else "",
                    batch=number if has_test else -1,
                )

    def read(self, file: str, row: int) -> NDArray[Any]:
        """Give the pixels of an image."""
        pixels: NDArray[Any] = self._load(file)["data"][row]
        return pixels

    def _batch_names(self) -> list[str]:
        if self.root.is_file():
            return [self.root.name]
        found = [path.name for path in self.root.iterdir() if _is_batch(path)]
        batches = [name for name in found if is_batch_name(name) and not name.startswith(META)]
        if batches:
            return sort_batch_names(batches)
        return [name for name in _PARTS if name in found]

    def _load_batch(self, name: str) -> Mapping[str, Any]:
        batch = self._unpickle(name)
        if not isinstance(batch, dict) or "data" not in batch:
            raise InputError(
                f"{self._shown(name)} holds no images: a batch is a dict with data and labels"
            )
        return {**batch, "data": in_rows(np.asarray(batch["data"]), self._shown(name))}

    def _read_meta(self) -> tuple[list[str], dict[str, str]]:
        """Read the names of classes, and of which label each is, as far as they are told."""
        folder = self.root if self.root.is_dir() else self.root.parent
        name = next((one for one in (META, "meta") if (folder / one).is_file()), None)
        meta = self._unpickle(name, folder) if name else {}
        if not isinstance(meta, dict):
            return [], {}
        names = next((list(meta[key]) for key in _NAMES if meta.get(key) is not None), [])
        named = [as_text(one) for one in names]
        codes = [as_text(code) for code in meta.get("label_codes", [])]
        return named, dict(zip(codes, named, strict=False))

    def _unpickle(self, name: str, folder: Path | None = None) -> Any:
        path = (folder or self.root) / name if self.root.is_dir() or folder else self.root
        try:
            found = loads_plain(path.read_bytes())
        except RefusedGlobalError as error:
            raise InputError(
                f"{path} asks for {error}, which no batch needs and which could harm; it was not "
                "run: do not use this file"
            ) from error
        except Exception as error:  # whatever pickle or numpy raise on damaged content
            raise InputError(
                f"{path} is no pickle, or damaged ({error}): fetch it again"
            ) from error
        if isinstance(found, dict):
            return {as_text(key): value for key, value in found.items()}
        return found

    def _shown(self, name: str) -> str:
        return str(self.root / name if self.root.is_dir() else self.root)


def _part(name: str) -> str:
    if name == TEST_BATCH:
        return "test"
    return read_part(name) or "train"


def _labels(batch: Mapping[str, Any], name: str) -> list[Any]:
    for key in _LABELS:
        if batch.get(key) is not None:
            return list(batch[key])
    raise InputError(f"{name} has no labels: a batch is a dict with data and labels")


def _is_batch(path: Path) -> bool:
    if not path.is_file():
        return False
    return is_batch_name(path.name) or (path.name in _PARTS and _is_pickle(path))


def _is_pickle(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(1) in _FIRST_BYTES
