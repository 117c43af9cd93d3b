"""Images that are equal or nearly so, found without comparing each with every other."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bentjets.learning.data.splitting.groups import RELATED_COLUMNS, link_equal

EQUAL_IMAGES = "equal images"
NEAR_IMAGES = "nearly equal images"
NEAR_BITS = 14
"""Bits of a perceptual hash that may differ between nearly equal images.

One grey level more or less in every pixel changes 2 bits of 256 (median) and seldom 8. Of 2.2
million pairs of unrelated simulated sources the nearest two differ in 32.
"""
NEAR_CORRELATION = 0.9
"""By which the pixels of nearly equal images correlate at least: see `correlate_content`."""

_SIDE = 16
_ROOT = np.rint(np.sqrt(np.arange(256) * 255)).astype(np.uint8)
_BANDS = 16
_WORDS = 4
_KEPT = 64


@dataclass(frozen=True)
class Fingerprint:
    """What is kept of an image to find its like.

    Parameters
    ----------
    sha256 : str
        Checksum of shape and pixels.
    phash : str
        Perceptual hash, 64 hexadecimal digits.
    """

    sha256: str
    phash: str


def fingerprint_image(image: NDArray[np.uint8]) -> Fingerprint:
    """Take the fingerprint of an image.

    Hashes of whole masked images are those of their black margins: of 54 real sources, 20 pairs
    had the same one of 64 bits. Hence the image is cut to what is not black, padded to a square,
    and its square root taken, which shows the tails. So its place in the image does not matter.

    Parameters
    ----------
    image : ndarray of uint8, shape (height, width)
        Grey image, masked or not.

    Returns
    -------
    Fingerprint
        SHA-256, and the signs of the 16 x 16 lowest terms of the cosine transform about their
        median (imagehash's `phash`).
    """
    import imagehash
    from PIL import Image

    digest = hashlib.sha256(f"{image.shape}".encode())
    digest.update(image.tobytes())
    shown = Image.fromarray(_ROOT[_cut_to_content(image)])
    found = imagehash.phash(shown, hash_size=_SIDE)
    return Fingerprint(digest.hexdigest(), np.packbits(found.hash).tobytes().hex())


def find_duplicates(source_ids: Sequence[str], fingerprints: Sequence[Fingerprint]) -> pd.DataFrame:
    """Find the images that are equal or nearly equal.

    Hashes that differ in fewer than 16 bits agree in one of 16 bands of 16 bits at least, so only
    those that do are compared. Of many equal images each is paired with the first alone.

    Parameters
    ----------
    source_ids : sequence of str
        The source of each image.
    fingerprints : sequence of Fingerprint
        Of each image.

    Returns
    -------
    DataFrame
        ``kind`` (`equal images` or `nearly equal images`), ``source_id``, ``other_id`` and
        ``detail``; one row per pair.
    """
    ids = np.asarray(source_ids, dtype=object)
    equal = link_equal(source_ids, [one.sha256 for one in fingerprints], EQUAL_IMAGES)
    equal["detail"] = "the same pixels"
    _, first = np.unique([one.sha256 for one in fingerprints], return_index=True)
    first.sort()
    hashes = [fingerprints[row].phash for row in first]
    alike = link_equal(ids[first].tolist(), hashes, NEAR_IMAGES)
    alike["detail"] = describe_bits(0)
    _, rows = np.unique(hashes, return_index=True)
    rows.sort()
    bits = np.frombuffer(bytes.fromhex("".join(hashes[row] for row in rows)), dtype=np.uint64)
    one, other, distance = _find_near(bits.reshape(-1, _WORDS))
    near = pd.DataFrame(
        {
            "kind": NEAR_IMAGES,
            "source_id": ids[first][rows[one]],
            "other_id": ids[first][rows[other]],
            "detail": [describe_bits(count) for count in distance],
        },
        columns=RELATED_COLUMNS,
    )
    return pd.concat([equal, alike, near], ignore_index=True)


def correlate_content(one: NDArray[np.uint8], other: NDArray[np.uint8]) -> float:
    """Correlate what is not black of two images, pixel by pixel.

    Hashes of clipped images are those of their brightest spot: of 439 real FR I and FR II clipped
    at three times the noise, 13 pairs in different batches had nearly equal ones, and their pixels
    correlate by 0.59 to 0.88. Copies with another grey level, gamma or place do by 0.99 or more.

    Parameters
    ----------
    one, other : ndarray of uint8, shape (height, width)
        Grey images, masked or not.

    Returns
    -------
    float
        Of the square roots of brightness, the other image resized to the one; -1 to 1.
    """
    from PIL import Image

    first, second = _cut_to_content(one), _cut_to_content(other)
    if first.shape != second.shape:
        second = np.asarray(Image.fromarray(second).resize(first.shape[::-1]))
    one_root, other_root = (np.sqrt(image.astype(np.float64)) for image in (first, second))
    return float(np.nan_to_num(np.corrcoef(one_root.ravel(), other_root.ravel())[0, 1]))


def confirm_near(
    pairs: pd.DataFrame, read_grey: Callable[[str], NDArray[np.uint8]]
) -> pd.DataFrame:
    """Keep those nearly equal images whose pixels are nearly equal, too.

    Parameters
    ----------
    pairs : DataFrame
        As of `find_duplicates`; other kinds of pairs are kept as they are.
    read_grey : callable
        Gives the 8-bit grey image of a source; only those of nearly equal images are read.

    Returns
    -------
    DataFrame
        The pairs that stay.
    """
    grey = functools.lru_cache(maxsize=_KEPT)(read_grey)
    near = pairs["kind"] == NEAR_IMAGES
    ends = pairs[["source_id", "other_id"]].itertuples(index=False, name=None)
    kept = [
        not is_near or correlate_content(grey(one), grey(other)) >= NEAR_CORRELATION
        for is_near, (one, other) in zip(near, ends, strict=True)
    ]
    return pairs[np.array(kept, dtype=bool)].reset_index(drop=True)


def _cut_to_content(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Cut an image to what is not black, and pad that to a square."""
    rows, columns = np.flatnonzero(image.any(axis=1)), np.flatnonzero(image.any(axis=0))
    if len(rows) == 0:
        return image
    content = image[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    (height, width), side = content.shape, max(content.shape)
    top, left = (side - height) // 2, (side - width) // 2
    square = np.zeros((side, side), dtype=np.uint8)
    square[top : top + height, left : left + width] = content
    return square


def _find_near(
    hashes: NDArray[np.uint64],
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Give the rows of different hashes that are near, and in how many bits they differ."""
    pairs = [np.empty((0, 3), dtype=np.int64)]
    for band in hashes.view(np.uint16).reshape(len(hashes), _BANDS).T:
        for one, other in _agreeing(band):
            distance = np.bitwise_count(hashes[one] ^ hashes[other]).sum(axis=1, dtype=np.int64)
            found = np.stack([np.minimum(one, other), np.maximum(one, other), distance], axis=1)
            pairs.append(found[distance <= NEAR_BITS])
    one, other, distance = np.unique(np.concatenate(pairs), axis=0).T
    return one, other, distance


def _agreeing(values: NDArray[np.uint16]) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Give the pairs of rows with the same value, in as many pieces as the longest run has."""
    order = np.argsort(values, kind="stable")
    ordered = values[order]
    starts = np.arange(len(values))
    for step in range(1, len(values)):
        starts = starts[starts + step < len(values)]
        starts = starts[ordered[starts] == ordered[starts + step]]
        if len(starts) == 0:
            return
        yield order[starts], order[starts + step]


def describe_bits(bits: int) -> str:
    """Say in how many bits two perceptual hashes differ."""
    return f"{bits} of {_SIDE**2} bits of the perceptual hash differ"
