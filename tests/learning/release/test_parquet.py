from __future__ import annotations

import io
import tracemalloc
from collections.abc import Iterator

import numpy as np
import pandas as pd
import pyarrow
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from bentjets.errors import InputError
from bentjets.learning.release.parquet import ROW_GROUP, stream_table

Pictures = list[tuple[str, bytes, bytes]]


def make_table(n: int) -> pd.DataFrame:
    """As a manifest is: text, numbers, flags, what is not known of every source, or of any."""
    rows = np.arange(n)
    facts = {
        "source_id": [f"J{row}" for row in rows],
        "angle_deg": np.where(rows % 3, rows / 7, np.nan),
        "batch": rows % 10,
        "resolved": rows % 2 == 0,
        "reviewers": [None if row % 5 else f"expert {row}" for row in rows],
        "note": [None] * n,
    }
    return pd.DataFrame(facts).assign(image=b"", masked_image=b"")


def draw_pictures(table: pd.DataFrame, size: int = 8) -> Iterator[tuple[str, bytes, bytes]]:
    random = np.random.default_rng(1)
    for source_id in table["source_id"]:
        yield source_id, random.bytes(size), random.bytes(size)


def fill(table: pd.DataFrame, pictures: Pictures) -> pd.DataFrame:
    _, images, masked = zip(*pictures, strict=True)
    return table.assign(image=images, masked_image=masked)


@settings(max_examples=20)
@given(n=st.integers(1, 3 * ROW_GROUP) | st.sampled_from([ROW_GROUP, ROW_GROUP + 1]))
def test_the_file_reads_as_the_one_that_pandas_writes(n: int) -> None:
    table = make_table(n)
    pictures = list(draw_pictures(table))
    whole = io.BytesIO()
    fill(table, pictures).to_parquet(whole, index=False)
    streamed = io.BytesIO(b"".join(stream_table(table, iter(pictures))))
    pd.testing.assert_frame_equal(pd.read_parquet(streamed), pd.read_parquet(whole))
    schema = parquet.read_schema(streamed)
    assert schema.equals(parquet.read_schema(whole), check_metadata=True)


def test_the_index_of_the_table_is_no_column() -> None:
    table = make_table(6)[lambda table: table["batch"] > 2]
    pictures = list(draw_pictures(table))
    read = pd.read_parquet(io.BytesIO(b"".join(stream_table(table, pictures))))
    pd.testing.assert_frame_equal(read, fill(table, pictures).reset_index(drop=True))


def test_a_row_group_of_sources_is_held_at_a_time() -> None:
    groups, size = 10, 6000
    table = make_table(groups * ROW_GROUP)
    n_read = 0

    def read_pictures() -> Iterator[tuple[str, bytes, bytes]]:
        nonlocal n_read
        for picture in draw_pictures(table, size):
            n_read += 1
            yield picture

    group_bytes = 2 * size * ROW_GROUP
    before = pyarrow.total_allocated_bytes()
    pieces = 0
    tracemalloc.start()
    try:
        for piece in stream_table(table, read_pictures()):
            pieces += 1
            assert n_read == min(pieces, groups) * ROW_GROUP
            assert len(piece) < 1.2 * group_bytes
            assert pyarrow.total_allocated_bytes() - before < 2 * group_bytes
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert pieces == groups + 1
    assert peak < 3 * group_bytes


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (lambda pictures: pictures[1:], "of J0 are to come next, those of J1 came"),
        (lambda pictures: pictures[:-1], "of J299 are to come next, those of none came"),
        (lambda pictures: pictures[:ROW_GROUP], f"of J{ROW_GROUP} are to come next, .* none"),
        (lambda pictures: [*pictures, pictures[5]], "pictures of J5 after those of the manifest"),
        (lambda pictures: [*pictures[:7], pictures[8], pictures[7], *pictures[9:]], "J7 .* J8"),
    ],
)
def test_pictures_of_other_sources_are_refused(change, complaint: str) -> None:
    table = make_table(300)
    pictures = change(list(draw_pictures(table)))
    with pytest.raises(InputError, match=complaint):
        list(stream_table(table, iter(pictures)))
