"""Which sources are not independent, and which batch each of them goes in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bentjets.engine import EngineSettings, Failure, attempt, map_sources
from bentjets.errors import InputError
from bentjets.files import StoredFile
from bentjets.learning.data import (
    SAME_GROUP,
    SAME_NAME,
    Fingerprint,
    assign_batches,
    assign_shuffled,
    confirm_near,
    find_duplicates,
    fingerprint_image,
    link_equal,
    read_assignment,
)
from bentjets.parameters import CurationSettings
from bentjets.radio.catalogues import find_oddities
from bentjets.radio.cutouts import Cutout
from bentjets.radio.imaging import read_png
from bentjets.validation import suggest

# An image is fingerprinted in less time than it takes to send it to a worker.
_HERE = EngineSettings(n_jobs=1)


def relate_sources(
    sources: pd.DataFrame,
    cutouts: Mapping[str, StoredFile],
    masked_images: Mapping[str, StoredFile],
) -> pd.DataFrame:
    """Pair the sources that are not independent.

    Parameters
    ----------
    sources
        Rows of the catalogue; a column ``group`` says which of them belong together.
    cutouts
        Of the first one the side on the sky is measured, which folders of images do not state.
    masked_images
        Read one by one.

    Returns
    -------
    pandas.DataFrame
        ``kind``, ``source_id``, ``other_id``, ``detail``.

    Raises
    ------
    InputError
        If the image of a source is missing or cannot be read.
    """
    ids = sources["source_id"].to_list()
    first = Cutout.from_bytes(cutouts[ids[0]].read())
    oddities = find_oddities(
        sources, cutout_arcsec=max(first.data.shape) * first.pixel_scale_arcsec
    )
    pairs = oddities[oddities["other_id"] != ""]
    apart = pairs["separation_arcsec"].map("{:.1f} arcsec apart, ".format)
    fingerprints = list(_fingerprint(ids, masked_images))

    def read_grey(source_id: str) -> NDArray[np.uint8]:
        return read_png(masked_images[source_id].read())

    related = [
        pairs.assign(detail=apart + pairs["detail"]).drop(columns="separation_arcsec"),
        confirm_near(find_duplicates(ids, fingerprints), read_grey),
        link_equal(ids, sources["name"].to_list(), SAME_NAME),
    ]
    if "group" in sources:
        related.append(link_equal(ids, sources["group"].to_list(), SAME_GROUP))
    return pd.concat(related, ignore_index=True)


def assign(
    groups: pd.DataFrame,
    sources: pd.DataFrame,
    classes: Sequence[str],
    curation: CurationSettings,
    seed: int,
) -> NDArray[np.int64]:
    """Give the batch of each source, as the parameters say.

    Raises
    ------
    InputError
        If the batches cannot be made.
    """
    column = curation.splits.column
    if column is not None:
        if column not in sources:
            known = [str(name) for name in sources]
            raise InputError(
                f"curation.splits.column is {column!r}, which the catalogue does not have: "
                f"{suggest(column, known)}"
            )
        given = sources.set_index("source_id")[column]
        return read_assignment(given, curation.n_batches, column)
    if curation.splits.order == "catalogue":
        return assign_batches(groups["morphology"].to_list(), curation.n_batches)
    return assign_shuffled(groups, curation.n_batches, classes=classes, seed=seed)


def fingerprint_picture(content: bytes) -> Fingerprint:
    """Take the fingerprint of the PNG file of an image."""
    return fingerprint_image(read_png(content))


def _fingerprint(
    source_ids: Sequence[str], pictures: Mapping[str, StoredFile]
) -> Iterator[Fingerprint]:
    results = map_sources(
        fingerprint_picture,
        ((key, attempt(lambda key: pictures[key].read(), key)) for key in source_ids),
        engine=_HERE,
        total=len(source_ids),
        cached=False,
    )
    for key, result in results:
        if isinstance(result, Failure):
            raise InputError(f"{key}: {result.message}")
        yield result
