"""Entries of results that are files of the data set already, and need not be kept twice."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bentjets.engine.results import MISSING
from bentjets.files import StoredFile


@dataclass(frozen=True)
class StoredEntries:
    """The files that an earlier run saved of some entries of its results.

    Parameters
    ----------
    files
        For each such entry (bytes), the files by source.
    """

    files: Mapping[str, Mapping[str, StoredFile]] = field(default_factory=dict)

    def shorten(self, result: Any) -> Any:
        """Put the SHA-256 of each such entry in its place."""
        if not self.files:
            return result
        digests = {name: hashlib.sha256(result[name]).digest() for name in self.files}
        return {**result, **digests}

    def restore(self, source_id: str, kept: Any) -> Any:
        """Put the files back; `MISSING`, if one is gone, or is no longer what was made."""
        if kept is MISSING or not self.files:
            return kept
        try:
            entries = {name: files[source_id].read() for name, files in self.files.items()}
        except Exception:  # a file that cannot be read is made again
            return MISSING
        result = {**kept, **entries}
        return result if self.shorten(result) == kept else MISSING
