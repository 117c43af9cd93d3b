"""The table of a release: Parquet files for each split, written a few sources at a time."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bentjets.errors import InputError
from bentjets.learning.release.columns import OF_THE_FILE, PICTURES

if TYPE_CHECKING:
    from pyarrow import Schema, Table

ROW_GROUP = 64
"""Sources that are in memory together with their pictures."""
SHARD = 4096
"""Sources in a file, about 400 MB of them."""
SPLITS = ("train", "validation", "test")

_IMAGES = ("image", "masked_image", "mask")
_IMAGE_FEATURE = {"_type": "Image"}


@dataclass(frozen=True)
class Pictures:
    """What is told of one source by its files.

    Parameters
    ----------
    image, masked_image, mask : bytes
        PNG files, 8-bit, north up.
    cutout : ndarray of float32, shape (rows, columns)
        Values of the survey, Jy/beam; row 0 is the north, as in the images.
    facts : mapping
        A value for each column of `columns.OF_THE_FILE`.
    """

    image: bytes = field(repr=False)
    masked_image: bytes = field(repr=False)
    mask: bytes = field(repr=False)
    cutout: NDArray[np.float32] = field(repr=False)
    facts: Mapping[str, Any]


ReadPictures = Callable[[str], Pictures]
"""Reads the files of a source, by its source_id."""


def name_shards(split: str, n_sources: int) -> list[str]:
    """Name the files of a split, as Hugging Face does."""
    n_shards = -(-n_sources // SHARD)
    return [f"data/{split}-{number:05d}-of-{n_shards:05d}.parquet" for number in range(n_shards)]


def make_schema(facts: Table, classes: Sequence[str], shape_px: tuple[int, int]) -> Schema:
    """Lay out the columns: those of the sources, those of their files, pictures.

    Parameters
    ----------
    facts : pyarrow.Table
        The sources, one row each; ``label`` is the number of the class.
    classes : sequence of str
        Names of the classes, in their order.
    shape_px : tuple of int
        Rows and columns of every cutout.

    Returns
    -------
    pyarrow.Schema
        With Hugging Face's features in its metadata: ``Image``, ``ClassLabel``, ``Array2D``.
    """
    import pyarrow

    of_file = {name: pyarrow.float64() for name in OF_THE_FILE}
    of_file |= dict.fromkeys(("wcs", "fits_sha256"), pyarrow.string())
    image = pyarrow.struct({"bytes": pyarrow.binary(), "path": pyarrow.string()})
    rows = pyarrow.list_(pyarrow.list_(pyarrow.float32()))
    pictures = {name: image if name in _IMAGES else rows for name in PICTURES}
    schema = pyarrow.schema([*facts.schema, *of_file.items(), *pictures.items()])
    features = {one.name: _feature(one, classes, shape_px) for one in schema}
    told = json.dumps({"info": {"features": features}})
    return schema.with_metadata({"huggingface": told})


def stream_shard(rows: Table, schema: Schema, read: ReadPictures, note: Notes) -> Iterator[bytes]:
    """Write a file of sources and pictures, a row group in memory at a time.

    Parameters
    ----------
    rows : pyarrow.Table
        The sources of the file, with their own columns.
    schema : pyarrow.Schema
        All columns.
    read : callable
        Reads the pictures of a source.
    note : Notes
        Keeps what the files of the sources say.

    Yields
    ------
    bytes
        The file, a piece per row group and one more; the same input gives the same bytes.

    Raises
    ------
    InputError
        If a cutout has another shape than the first.
    """
    from pyarrow import parquet

    # Pictures repeat too seldom for a dictionary, and their least and greatest say nothing.
    described = [name for name in schema.names if name not in PICTURES]
    buffer = io.BytesIO()
    with parquet.ParquetWriter(
        buffer,
        schema,
        compression="zstd",
        use_dictionary=described,
        write_statistics=described,
        use_byte_stream_split=["cutout.list.element.list.element"],
    ) as writer:
        for start in range(0, len(rows), ROW_GROUP):
            writer.write_table(_fill(rows.slice(start, ROW_GROUP), schema, read, note))
            yield _drain(buffer)
    yield _drain(buffer)


class Notes:
    """What the files of the sources say, kept while they go by: numbers and checksums."""

    def __init__(self, shape_px: tuple[int, int]) -> None:
        self.shape_px = shape_px
        self._kept: dict[str, list[Any]] = {name: [] for name in OF_THE_FILE if name != "wcs"}
        self._ids: list[str] = []

    def take(self, source_id: str, pictures: Pictures) -> None:
        """Keep what is told of one source.

        Raises
        ------
        InputError
            If its cutout has another shape than the first.
        """
        if pictures.cutout.shape != self.shape_px:
            raise InputError(
                f"release: the cutout of {source_id} has the shape {pictures.cutout.shape} and "
                f"those before it {self.shape_px}: give all sources of a survey the same size_px"
            )
        self._ids.append(source_id)
        for name, values in self._kept.items():
            values.append(pictures.facts[name])

    def table(self) -> pd.DataFrame:
        """Give what was kept, one row per source, by ``source_id``."""
        return pd.DataFrame(self._kept, index=pd.Index(self._ids, name="source_id"))


def to_arrow(facts: pd.DataFrame) -> Table:
    """Turn a table of sources into Arrow: plain strings, and nothing of pandas' own."""
    import pyarrow

    table = pyarrow.Table.from_pandas(facts, preserve_index=False).replace_schema_metadata(None)
    large = (pyarrow.large_string(), pyarrow.string_view(), pyarrow.null())
    return table.cast(
        pyarrow.schema(
            one.with_type(pyarrow.string()) if one.type in large else one for one in table.schema
        )
    )


def _feature(column: Any, classes: Sequence[str], shape_px: tuple[int, int]) -> dict[str, Any]:
    if column.name in _IMAGES:
        return _IMAGE_FEATURE
    if column.name == "cutout":
        return {"shape": list(shape_px), "dtype": "float32", "_type": "Array2D"}
    if column.name == "label":
        return {"names": list(classes), "_type": "ClassLabel"}
    names = {"double": "float64", "float": "float32"}
    return {"dtype": names.get(str(column.type), str(column.type)), "_type": "Value"}


def _fill(rows: Table, schema: Schema, read: ReadPictures, note: Notes) -> Table:
    """Add what the files of some sources hold."""
    import pyarrow

    columns: dict[str, list[Any]] = {name: [] for name in (*OF_THE_FILE, *_IMAGES)}
    values = []
    for source_id in rows["source_id"].to_pylist():
        pictures = read(source_id)
        note.take(source_id, pictures)
        for name in OF_THE_FILE:
            columns[name].append(pictures.facts[name])
        for name in _IMAGES:
            columns[name].append({"bytes": getattr(pictures, name), "path": f"{source_id}.png"})
        values.append(pictures.cutout)
    arrays = [rows[name] for name in rows.column_names]
    arrays += [pyarrow.array(columns[one], schema.field(one).type) for one in columns]
    arrays.append(_nest(np.stack(values)))
    return pyarrow.Table.from_arrays(arrays, schema=schema)


def _nest(values: NDArray[np.float32]) -> Any:
    """Make lists of rows of pixels, without a Python object for each."""
    import pyarrow

    sources, height, width = values.shape
    pixels = pyarrow.array(values.reshape(-1), pyarrow.float32())
    starts = np.arange(sources * height + 1, dtype=np.int32) * width
    rows = pyarrow.ListArray.from_arrays(starts, pixels)
    return pyarrow.ListArray.from_arrays(np.arange(sources + 1, dtype=np.int32) * height, rows)


def _drain(buffer: io.BytesIO) -> bytes:
    """Take what was written. The writer counts for itself how far it is."""
    content = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return content
