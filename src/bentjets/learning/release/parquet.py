"""The table of a release, written a group of sources at a time."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from itertools import islice, zip_longest
from typing import TYPE_CHECKING

import pandas as pd

from bentjets.errors import InputError

if TYPE_CHECKING:
    from pyarrow import Table

TABLE = "sources.parquet"
IMAGE_COLUMNS = ("image", "masked_image")
ROW_GROUP = 256
"""Sources that are in memory together with their images."""

Pictures = Iterable[tuple[str, bytes, bytes]]


def stream_table(table: pd.DataFrame, pictures: Pictures) -> Iterator[bytes]:
    """Write the sources and their images as Parquet, a row group of sources in memory at a time.

    Parameters
    ----------
    table : DataFrame
        One row per source; the columns ``image`` and ``masked_image`` hold what the pictures
        replace, as bytes.
    pictures : iterable of tuple
        For each row of the table, in its order: source_id, image and masked image as PNG.

    Yields
    ------
    bytes
        The file, a piece per row group and one more; the same input gives the same bytes.

    Raises
    ------
    InputError
        If the pictures are not those of the sources, in their order.
    """
    import pyarrow
    from pyarrow import parquet

    facts = pyarrow.Table.from_pandas(table, preserve_index=False)
    # Images repeat too seldom for a dictionary, and their least and greatest say nothing.
    described = [name for name in facts.column_names if name not in IMAGE_COLUMNS]
    stream = iter(pictures)
    buffer = io.BytesIO()
    with parquet.ParquetWriter(
        buffer, facts.schema, use_dictionary=described, write_statistics=described
    ) as writer:
        for start in range(0, len(facts), ROW_GROUP):
            writer.write_table(_fill(facts.slice(start, ROW_GROUP), stream))
            yield _drain(buffer)
        if (extra := next(stream, None)) is not None:
            raise InputError(
                f"release: there are pictures of {extra[0]} after those of the manifest's last "
                "source: give those of each source once, in the manifest's order"
            )
    yield _drain(buffer)


def _fill(group: Table, stream: Iterator[tuple[str, bytes, bytes]]) -> Table:
    """Put the pictures that come next into the rows of a group, which they are to match."""
    import pyarrow

    source_ids = group["source_id"].to_pylist()
    pictures = list(islice(stream, len(source_ids)))
    for source_id, (given, *_) in zip_longest(source_ids, pictures, fillvalue=("none",)):
        if given != source_id:
            raise InputError(
                f"release: the pictures of {source_id} are to come next, those of {given} came: "
                "give those of each source once, in the manifest's order"
            )
    for index, name in enumerate(IMAGE_COLUMNS, start=1):
        place = group.schema.get_field_index(name)
        images = pyarrow.array([picture[index] for picture in pictures], pyarrow.binary())
        group = group.set_column(place, group.schema.field(place), [images])
    return group


def _drain(buffer: io.BytesIO) -> bytes:
    """Take what was written. The writer counts for itself how far it is."""
    content = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return content
