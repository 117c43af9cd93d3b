"""The dataset in a form to share: Parquet, Croissant, card, licence, checksums."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator

import pandas as pd

from bentjets.errors import InputError
from bentjets.learning.release.card import write_card
from bentjets.learning.release.croissant import describe_table
from bentjets.learning.release.parquet import IMAGE_COLUMNS, TABLE, Pictures, stream_table


def package_release(
    manifest: pd.DataFrame, pictures: Pictures, *, survey: str, licence: str
) -> Iterator[tuple[str, bytes | Iterable[bytes]]]:
    """Make the files of a release, a few sources in memory at a time.

    Parameters
    ----------
    manifest : DataFrame
        One row per source; ``source_id`` is unique.
    pictures : iterable of tuple
        For each row of the manifest, in its order: source_id, image and masked image as 8-bit
        PNG, each read when its turn comes.
    survey : str
        Name of the survey.
    licence : str
        Terms under which the images may be shared.

    Yields
    ------
    str, bytes or iterable of bytes
        File name and content: ``sources.parquet`` (the manifest with the images) in pieces, which
        are to be read before the next file is asked for; ``croissant.json`` (its description,
        MLCommons Croissant 1.0), ``README.md``, ``LICENSE.txt`` and ``SHA256SUMS``. The same input
        gives the same bytes.

    Raises
    ------
    InputError
        If a source is listed twice, or the pictures are not those of the sources in their order.
    """
    table = _add_image_columns(manifest)
    pieces = _Hashed(stream_table(table, pictures))
    yield TABLE, pieces
    digests = {TABLE: pieces.sha256()}
    croissant = describe_table(table, sha256=digests[TABLE], survey=survey, licence=licence)
    files = {
        "croissant.json": json.dumps(croissant, indent=2) + "\n",
        "README.md": write_card(manifest, survey=survey, licence=licence),
        "LICENSE.txt": f"{licence.strip()}\n",
    }
    for name, text in files.items():
        digests[name] = hashlib.sha256(text.encode()).hexdigest()
        yield name, text.encode()
    yield "SHA256SUMS", "".join(f"{digests[name]}  {name}\n" for name in sorted(digests)).encode()


def _add_image_columns(manifest: pd.DataFrame) -> pd.DataFrame:
    """Lay out the columns of the table, the images still to come."""
    twice = manifest.loc[manifest["source_id"].duplicated(), "source_id"]
    if len(twice):
        raise InputError(
            f"release: {twice.iloc[0]} is listed twice in the manifest: list every source once"
        )
    # What the catalogue calls an image is not what was made here.
    facts = manifest.rename(columns={name: f"catalogue_{name}" for name in IMAGE_COLUMNS})
    return facts.assign(**dict.fromkeys(IMAGE_COLUMNS, b""))


class _Hashed:
    """Pieces of a file, to be read once, and the digest of what went by."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._digest = hashlib.sha256()
        self._is_whole = False

    def __iter__(self) -> Iterator[bytes]:
        for piece in self._pieces:
            self._digest.update(piece)
            yield piece
        self._is_whole = True

    def sha256(self) -> str:
        """Give the digest in hexadecimal digits."""
        if not self._is_whole:
            raise RuntimeError(f"{TABLE} is to be read to its end before the next file is made")
        return self._digest.hexdigest()
