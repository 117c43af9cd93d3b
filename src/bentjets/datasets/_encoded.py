"""Content that was encoded elsewhere, looked at before a file gets its name."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from kedro.io.core import DatasetError

from bentjets.datasets._fits import GZIP_MAGIC
from bentjets.files import FITS, OTHER, PARQUET, PICKLE, PNG, EncodedFile

# How a whole file of a kind begins and ends. Readers of FITS know gzip by its first bytes.
_BEGINNINGS = {
    FITS: (b"SIMPLE  =", GZIP_MAGIC),
    PNG: (b"\x89PNG\r\n\x1a\n",),
    PARQUET: (b"PAR1",),
    PICKLE: (b"\x80",),
}
_ENDS = {PNG: b"IEND\xaeB`\x82", PARQUET: b"PAR1", PICKLE: b"."}
_FITS_BLOCK = 2880
_KEPT = 16


@dataclass
class CheckedPieces:
    """The pieces of an encoded file, watched as they go by.

    Parameters
    ----------
    file
        The file.
    media_type
        What the dataset holds; `bentjets.files.OTHER` where it holds anything.
    path
        Where it is to be saved, for messages.

    Raises
    ------
    DatasetError
        If the file is of another kind.
    """

    file: EncodedFile
    media_type: str
    path: str
    _head: bytes = b""
    _tail: bytes = b""
    _size: int = 0

    def __post_init__(self) -> None:
        """Refuse another kind of file before anything is written."""
        if self.media_type not in (OTHER, self.file.media_type):
            raise DatasetError(
                f"{self.path} is to hold {self.media_type}, not {self.file.media_type}: give it "
                "what its dataset reads"
            )

    def __iter__(self) -> Iterator[bytes]:
        for piece in self.file.pieces():
            if len(self._head) < _KEPT:
                self._head = (self._head + piece)[:_KEPT]
            self._tail = (self._tail + piece[-_KEPT:])[-_KEPT:]
            self._size += len(piece)
            yield piece

    def check(self) -> None:
        """Refuse content that is not a whole file of its kind, once all pieces have gone by.

        Raises
        ------
        DatasetError
            If it does not begin or end as it should.
        """
        zipped = self._head.startswith(GZIP_MAGIC)
        kind = self.file.media_type
        begins = _BEGINNINGS.get(kind, (b"",))
        is_cut = kind == FITS and not zipped and self._size % _FITS_BLOCK
        ends = _ENDS.get(kind, b"")
        if not self._head.startswith(begins) or not self._tail.endswith(ends) or is_cut:
            raise DatasetError(
                f"{self.path}: what was made for it is not a whole {kind} file "
                f"({self._size} bytes); nothing was saved: make it again"
            )
