from __future__ import annotations

import itertools
import tracemalloc
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bentjets.datasets.pickled_batch import PickledBatchDataset
from bentjets.errors import InputError
from bentjets.learning.data import pack_batch, stream_batch
from bentjets.plain_pickles import loads_plain

SIDE_PX = 150


def draw_images(n: int, shape: tuple[int, int]) -> np.ndarray:
    return np.random.default_rng(n).integers(0, 256, (n, *shape), dtype=np.uint8)


def stream(images: Any, n: int, shape: tuple[int, int] = (SIDE_PX, SIDE_PX)) -> Iterator[bytes]:
    names = [f"J{i}" for i in range(n)]
    return stream_batch(
        images, shape_px=shape, codes=["100"] * n, filenames=names, batch_label="data_batch_3"
    )


@given(
    n=st.integers(1, 9),
    shape=st.tuples(st.integers(1, 200), st.integers(1, 200)),
    label=st.text(max_size=9),
    data=st.data(),
)
def test_the_stream_is_the_file_that_the_whole_batch_gives(
    tmp_path_factory: pytest.TempPathFactory,
    n: int,
    shape: tuple[int, int],
    label: str,
    data: st.DataObject,
) -> None:
    images = draw_images(n, shape)
    codes = data.draw(st.lists(st.sampled_from(["100", "200"]), min_size=n, max_size=n))
    names = data.draw(st.lists(st.text(max_size=12), min_size=n, max_size=n))
    file = tmp_path_factory.mktemp("batch") / "data_batch_0"
    PickledBatchDataset(filepath=file).save(pack_batch(images, codes, names, label))
    pieces = stream_batch(
        iter(images), shape_px=shape, codes=codes, filenames=names, batch_label=label
    )
    assert b"".join(pieces) == file.read_bytes()


@pytest.mark.parametrize("size", [65535, 65536, 65537])
def test_pixels_as_large_as_what_pickle_frames(size: int) -> None:
    images = draw_images(1, (1, size))
    batch = loads_plain(b"".join(stream(images, 1, (1, size))))
    np.testing.assert_array_equal(batch["data"], images.reshape(1, size))


def test_images_that_do_not_lie_row_by_row_in_memory() -> None:
    images = draw_images(4, (SIDE_PX, SIDE_PX))
    batch = loads_plain(b"".join(stream((image[::-1].T for image in images), 4)))
    expected = np.stack([image[::-1].T for image in images]).reshape(4, -1)
    np.testing.assert_array_equal(batch["data"], expected)


def test_one_image_is_held_at_a_time() -> None:
    def make() -> Iterator[np.ndarray]:
        for number in range(2000):
            yield np.full((SIDE_PX, SIDE_PX), number % 251, np.uint8)

    tracemalloc.start()
    try:
        size = sum(len(piece) for piece in stream(make(), 2000))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert size > 2000 * SIDE_PX**2
    assert peak < 1_000_000


def test_a_batch_over_four_gibibytes_says_its_size_in_eight_bytes() -> None:
    n = 200_000
    image = np.full((SIDE_PX, SIDE_PX), 7, np.uint8)
    pieces = stream(itertools.repeat(image, n), n)
    before = list(itertools.takewhile(lambda piece: piece != image.tobytes(), pieces))
    # BINBYTES8 of the pickle protocol, "long bytes object".
    assert before[-1][-9:] == b"\x8e" + (n * SIDE_PX**2).to_bytes(8, "little")


@pytest.mark.parametrize("side", [4, SIDE_PX])
@pytest.mark.parametrize(("there", "complaint"), [(3, r"more images than"), (5, "4 images and 5")])
def test_too_many_or_too_few_images_are_refused(side: int, there: int, complaint: str) -> None:
    images = draw_images(4, (side, side))
    with pytest.raises(InputError, match=rf"data_batch_3.*{complaint}"):
        list(stream(iter(images), there, (side, side)))


@pytest.mark.parametrize(
    "image", [np.zeros((5, 5), np.uint8), np.zeros((4, 4)), np.zeros(16, np.uint8)]
)
def test_an_image_of_another_form_is_named(image: np.ndarray) -> None:
    with pytest.raises(InputError, match=r"data_batch_3: J1 is \w+ of shape .*\(4, 4\)"):
        list(stream([np.zeros((4, 4), np.uint8), image], 2, (4, 4)))


def test_codes_and_names_that_do_not_match_are_refused_at_once() -> None:
    with pytest.raises(InputError, match="1 codes and 2 filenames do not match"):
        stream_batch([], shape_px=(4, 4), codes=["1"], filenames=["a", "b"], batch_label="b")
