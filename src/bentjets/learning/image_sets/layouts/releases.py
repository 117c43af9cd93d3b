"""Releases of bentjets, and other image sets in Parquet as Hugging Face writes them."""

from __future__ import annotations

import functools
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from bentjets.errors import InputError
from bentjets.learning.image_sets.layout import (
    FoundImage,
    Layout,
    as_text,
    name_classes,
    read_part,
    strip_ending,
)

_PICTURES = ("masked_image", "image", "img")
_NAMES = ("name", "source_id", "file_name", "filename", "id")
_CLASSES = ("morphology", "label_name", "label")
_OTHERS = ("ra_deg", "dec_deg", "split", "batch")
_BEGINNING = b"PAR1"


class ParquetSets(Layout):
    """Parquet files with a column of pictures: of a release of bentjets the masked ones.

    The part of a split is the first word of a file's name (``train-00000-of-00001.parquet``), or
    stands in a column ``split``; batches of a release are kept.
    """

    kind = "Parquet"

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self._open = functools.lru_cache(maxsize=8)(self._open_file)
        # One group of rows in memory at a time: images are read in their order.
        self._pictures = functools.lru_cache(maxsize=1)(self._read_pictures)

    @classmethod
    def recognise(cls, path: Path) -> bool:
        """Tell by the files in a folder, or in its folder data; or by how a file begins."""
        if path.is_dir():
            return bool(_list_files(path))
        with path.open("rb") as file:
            return file.read(len(_BEGINNING)) == _BEGINNING

    def list_images(self) -> Iterator[FoundImage]:
        """Give every image, file by file."""
        files = _list_files(self.root) if self.root.is_dir() else [self.root]
        for path in files:
            key = path.relative_to(self.root).as_posix() if self.root.is_dir() else path.name
            file, columns = self._open(key), self._open(key).schema_arrow.names
            _picture_column(file, key)
            label = next((one for one in _CLASSES if one in columns), None)
            if label is None:
                raise InputError(f"{path} has no column label (it has {', '.join(columns)})")
            name = next((one for one in _NAMES if one in columns), None)
            wanted = {label, *([name] if name else []), *({*_OTHERS} & {*columns})}
            rows = file.read(columns=sorted(wanted)).to_pylist()
            labels = [as_text(row[label]) for row in rows]
            named = name_classes(labels, _label_names(file, label))
            part = read_part(path.stem.partition("-")[0])
            for number, row in enumerate(rows):
                batch = row.get("batch")
                yield FoundImage(
                    file=key,
                    row=number,
                    name=strip_ending(as_text(row[name])) if name else f"{path.stem}_{number:06d}",
                    label=labels[number],
                    class_name=named[number],
                    part=part or read_part(as_text(row.get("split", ""))),
                    batch=-1 if batch is None else int(batch),
                    ra_deg=_number(row, "ra_deg"),
                    dec_deg=_number(row, "dec_deg"),
                )

    def read(self, file: str, row: int) -> bytes:
        """Give the file of a picture."""
        opened = self._open(file)
        sizes = [opened.metadata.row_group(one).num_rows for one in range(opened.num_row_groups)]
        group, place = _find_group(sizes, row)
        found: bytes | None = (self._pictures(file, group)[place] or {}).get("bytes")
        if not found:
            raise InputError(f"{file}: row {row} holds no picture")
        return found

    def _open_file(self, file: str) -> Any:
        from pyarrow import ArrowException, parquet

        path = self.root / file if self.root.is_dir() else self.root
        try:
            return parquet.ParquetFile(path)
        except (ArrowException, OSError) as error:
            raise InputError(f"{path} is no Parquet file, or damaged: fetch it again") from error

    def _read_pictures(self, file: str, group: int) -> list[Any]:
        opened = self._open(file)
        column = _picture_column(opened, file)
        found: list[Any] = opened.read_row_group(group, columns=[column])[column].to_pylist()
        return found


def _list_files(folder: Path) -> list[Path]:
    inside = folder / "data" if (folder / "data").is_dir() else folder
    return sorted(inside.glob("*.parquet"))


def _picture_column(file: Any, where: str) -> str:
    """Name the column of pictures: a struct with the bytes of a file."""
    schema = file.schema_arrow
    for name in _PICTURES:
        if name in schema.names and "bytes" in str(schema.field(name).type):
            return name
    raise InputError(
        f"{where} has no column of pictures: call it image (it has {', '.join(schema.names)})"
    )


def _label_names(file: Any, column: str) -> list[str]:
    """Read the names of numbered classes out of Hugging Face's features."""
    told = (file.schema_arrow.metadata or {}).get(b"huggingface", b"{}")
    feature = json.loads(told).get("info", {}).get("features", {}).get(column, {})
    return [as_text(name) for name in feature.get("names", [])]


def _find_group(sizes: Sequence[int], row: int) -> tuple[int, int]:
    """Find the group of a row, and its place in it."""
    for group, size in enumerate(sizes):
        if row < size:
            return group, row
        row -= size
    raise InputError(f"there is no row {row}: the file has changed")


def _number(row: Mapping[str, Any], column: str) -> float:
    value = row.get(column)
    return math.nan if value is None else float(value)
