"""Files as they travel: made by a worker, or piece by piece, and kept as they are by a dataset."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

FITS = "application/fits"
PNG = "image/png"
PARQUET = "application/vnd.apache.parquet"
PICKLE = "application/x-python-pickle"
OTHER = "application/octet-stream"


@dataclass(frozen=True)
class EncodedFile:
    """The content of a file that was encoded elsewhere than in the dataset that saves it.

    The dataset looks at the content before the file gets its name: what it would not read again
    is refused.

    Parameters
    ----------
    media_type
        What the content is, one of the constants of this module.
    content
        All of it, or its pieces in order; pieces can be read once.
    """

    media_type: str
    content: bytes | Iterable[bytes] = field(repr=False)

    def pieces(self) -> Iterator[bytes]:
        """Give the content piece by piece."""
        if isinstance(self.content, bytes):
            yield self.content
        else:
            yield from self.content


@dataclass(frozen=True)
class FigureFiles:
    """A figure as it is looked at and as it is printed.

    Parameters
    ----------
    png, pdf
        The content of both files.
    name
        What they are called, without suffix; empty before they have been saved.
    """

    png: bytes = field(repr=False)
    pdf: bytes = field(repr=False)
    name: str = ""


class StoredFile(Protocol):
    """A file of a source, as the catalog hands it to a node: workers decode what is in it."""

    def read(self) -> bytes:
        """Return the bytes of the file."""


def write_whole(path: Path, text: str) -> None:
    """Write a text file, whole or not at all."""
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        unfinished.write_text(text, encoding="utf-8")
        os.replace(unfinished, path)
    finally:
        unfinished.unlink(missing_ok=True)
