"""Batches that others published: whether they are those that were meant, and what they repeat."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bentjets.errors import InputError
from bentjets.learning.data import (
    SAME_NAME,
    find_duplicates,
    fingerprint_image,
    is_batch_name,
    link_equal,
    sort_batch_names,
    unpack_batches,
)
from bentjets.radio.measuring import measure_shape

_PIXEL_SCALE_ARCSEC = 1.8
"""Of the images of FIRST (section 2 of Hossain et al. 2025)."""


def check_batches(
    batches: Mapping[str, bytes], md5: Mapping[str, str], record: str
) -> dict[str, bytes]:
    """Hold unpacked batches against the checksums that are known of them.

    Parameters
    ----------
    batches
        Content of each file.
    md5
        MD5 of files by their names; if a batch is among them, no other batches are taken.
    record
        Where the batches are from, for errors.

    Returns
    -------
    dict
        The batches that were meant.

    Raises
    ------
    InputError
        If one is missing, or another than it was.
    """
    pinned = {name: expected for name, expected in md5.items() if is_batch_name(name)}
    for name, expected in pinned.items():
        if name not in batches:
            raise InputError(f"{record} holds no {name}, of which an MD5 is given: check both")
        found = hashlib.md5(batches[name], usedforsecurity=False).hexdigest()
        if found != expected.removeprefix("md5:").lower():
            raise InputError(
                f"{record}: {name} has MD5 {found}, acquisition.published_md5 says {expected}: the "
                "batch has changed or is damaged, look at it"
            )
    return {name: content for name, content in batches.items() if not pinned or name in pinned}


def relate_images(
    batches: Mapping[str, Mapping[str, Any]], manifest: pd.DataFrame, classes: Mapping[str, str]
) -> pd.DataFrame:
    """Pair the images that are not independent, as far as images and names tell.

    Parameters
    ----------
    batches
        Batches of the published form.
    manifest
        What is in them: ``source_id``, ``name``.
    classes
        Label code of each class.

    Returns
    -------
    pandas.DataFrame
        ``kind``, ``source_id``, ``other_id``, ``detail``.
    """
    ids = manifest["source_id"].to_list()
    fingerprints = [fingerprint_image(image) for image in _images(batches, classes)]
    names = link_equal(ids, manifest["name"].to_list(), SAME_NAME)
    return pd.concat([find_duplicates(ids, fingerprints), names], ignore_index=True)


def measure_shapes(
    batches: Mapping[str, Mapping[str, Any]], manifest: pd.DataFrame, classes: Mapping[str, str]
) -> pd.DataFrame:
    """Measure the shape of the source in the middle of each masked image.

    Parameters
    ----------
    batches
        Batches of the published form.
    manifest
        What is in them, in their order: ``source_id``.
    classes
        Label code of each class.

    Returns
    -------
    pandas.DataFrame
        ``source_id`` and the fields of `bentjets.radio.measuring.Shape`.
    """
    shapes = [
        measure_shape(
            image.astype(np.float32),
            (image > 0).astype(np.uint8),
            ((image.shape[1] - 1) / 2, (image.shape[0] - 1) / 2),
            pixel_scale_arcsec=_PIXEL_SCALE_ARCSEC,
        )
        for image in _images(batches, classes)
    ]
    table = pd.DataFrame([asdict(shape) for shape in shapes])
    table.insert(0, "source_id", manifest["source_id"].to_list())
    return table


def _images(
    batches: Mapping[str, Mapping[str, Any]], classes: Mapping[str, str]
) -> Iterator[NDArray[np.uint8]]:
    for name in sort_batch_names(batches):
        yield from unpack_batches([batches[name]], classes).images
