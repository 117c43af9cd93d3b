"""A batch in the published form as the bytes of its file, made while its images are read."""

from __future__ import annotations

import pickle
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bentjets.errors import InputError

_PROTOCOL = 4
_MAX_4_BYTES = 0xFFFFFFFF
# From this size on, pickle writes bytes outside its frames and gives them to the file as they are.
_LARGE = 64 * 1024


def stream_batch(
    images: Iterable[NDArray[np.uint8]],
    *,
    shape_px: tuple[int, int],
    codes: Sequence[str],
    filenames: Sequence[str],
    batch_label: str,
) -> Iterator[bytes]:
    """Pickle a batch in the published form, one image in memory at a time.

    The pieces together are the pickle (protocol 4, no memo) of a dict:
    `batch_label`, `labels`, `data` (uint8, shape (n, height * width), row-major), `filenames`.

    Parameters
    ----------
    images : iterable of ndarray of uint8, shape `shape_px`
        Grey images, each read when its turn comes.
    shape_px : tuple of int
        Height and width of every image, in pixels.
    codes : sequence of str
        Label code of each image, such as "100" (WAT) or "200" (NAT).
    filenames : sequence of str
        Name of each image.
    batch_label : str
        Title of the batch.

    Returns
    -------
    iterator of bytes
        The file, piece by piece; the same input gives the same bytes.

    Raises
    ------
    InputError
        If there is not one code, one filename and one image of each, which may show when the
        images have been read; or an image is not 8-bit of that shape.
    """
    if len(codes) != len(filenames):
        raise InputError(
            f"{batch_label}: {len(codes)} codes and {len(filenames)} filenames do not match: "
            "give one of each per image"
        )
    pixels = _read_pixels(images, shape_px, filenames, batch_label)
    return _stream_pickle(
        {
            "batch_label": batch_label,
            "labels": list(codes),
            "data": (len(codes), shape_px[0] * shape_px[1]),
            "filenames": list(filenames),
        },
        pixels,
    )


class _Pixels:
    """What pickles as a numpy array of such a shape and such bytes would."""

    def __init__(self, shape: tuple[int, int], content: bytes) -> None:
        self.shape = shape
        self.content = content

    def __reduce__(self) -> tuple[Any, ...]:
        empty: Any = np.empty((0, 0), dtype=np.uint8).__reduce__()
        reconstruct, arguments, (version, _, dtype, is_fortran, _) = empty
        return reconstruct, arguments, (version, self.shape, dtype, is_fortran, self.content)


class _Pieces(list[bytes]):
    """A file that keeps what is written to it in the pieces in which it came."""

    def write(self, piece: bytes) -> None:
        self.append(piece)


def _stream_pickle(batch: dict[str, Any], pixels: Iterator[bytes]) -> Iterator[bytes]:
    """Pickle `batch`, whose `data` is a shape, with these pixels as its array."""
    shape = batch["data"]
    size = shape[0] * shape[1]
    if size < _LARGE:
        yield from _pickle({**batch, "data": _Pixels(shape, b"".join(pixels))})
        return
    stand_in = bytes(_LARGE)
    pieces = _pickle({**batch, "data": _Pixels(shape, stand_in)})
    place = next(i for i, piece in enumerate(pieces) if piece is stand_in)
    yield from pieces[: place - 1]
    yield pieces[place - 1].removesuffix(_bytes_header(_LARGE)) + _bytes_header(size)
    yield from pixels
    yield from pieces[place + 1 :]


def _pickle(batch: dict[str, Any]) -> _Pieces:
    pieces = _Pieces()
    pickler = pickle.Pickler(pieces, protocol=_PROTOCOL)
    # The memo's use depends on which equal strings are one object.
    pickler.fast = True
    pickler.dump(batch)
    return pieces


def _bytes_header(size: int) -> bytes:
    if size <= _MAX_4_BYTES:
        return pickle.BINBYTES + size.to_bytes(4, "little")
    return pickle.BINBYTES8 + size.to_bytes(8, "little")


def _read_pixels(
    images: Iterable[NDArray[np.uint8]],
    shape_px: tuple[int, int],
    filenames: Sequence[str],
    batch_label: str,
) -> Iterator[bytes]:
    """Give the pixels of each image, and stop where they would not be those of `filenames`."""
    n_read = 0
    for image in images:
        if n_read == len(filenames):
            raise InputError(
                f"{batch_label}: there are more images than the {n_read} filenames: "
                "give one of each per image"
            )
        if image.dtype != np.uint8 or image.shape != shape_px:
            raise InputError(
                f"{batch_label}: {filenames[n_read]} is {image.dtype} of shape {image.shape}: "
                f"give uint8 of shape {shape_px}"
            )
        yield image.tobytes()
        n_read += 1
    if n_read < len(filenames):
        raise InputError(
            f"{batch_label}: {n_read} images and {len(filenames)} filenames do not match: "
            "give one of each per image"
        )
