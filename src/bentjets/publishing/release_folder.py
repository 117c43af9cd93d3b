"""The files of a release on the disk."""

from __future__ import annotations

import hashlib
import zipfile
from dataclasses import dataclass
from pathlib import Path

from bentjets.errors import InputError

SUMS = "SHA256SUMS"
# The oldest that the format knows: the time of a run would make every archive another one.
_DATE = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class ReleaseFolder:
    """A folder with the files that SHA256SUMS lists.

    Parameters
    ----------
    path : Path
        The folder.
    """

    path: Path

    def names(self) -> list[str]:
        """List its files: those that SHA256SUMS lists, and itself.

        Raises
        ------
        InputError
            If there is no release.
        """
        sums = self.path / SUMS
        if not sums.is_file():
            raise InputError(f"{self.path}: no release has been made here: run kedro run first")
        lines = sums.read_text(encoding="utf-8").splitlines()
        return [line.split("  ", 1)[1] for line in lines] + [SUMS]

    def check(self) -> None:
        """Compare every file with its sum.

        Raises
        ------
        InputError
            If a file is missing or another one.
        """
        names = self.names()
        for line in (self.path / SUMS).read_text(encoding="utf-8").splitlines():
            expected, name = line.split("  ", 1)
            path = self.path / name
            if not path.is_file() or digest_of(path, "sha256") != expected:
                raise InputError(f"{path} is damaged or missing: run the curation again")
        if not names[:-1]:
            raise InputError(f"{self.path / SUMS} lists no file: run the curation again")

    def pack(self, archive: Path) -> None:
        """Pack all files into one ZIP archive; the same files give the same bytes.

        Parameters
        ----------
        archive : Path
            Where to write it. Its files are not compressed: Parquet and PNG are already.
        """
        with zipfile.ZipFile(archive, "w", zipfile.ZIP_STORED) as packed:
            for name in sorted(self.names()):
                entry = zipfile.ZipInfo(f"{archive.stem}/{name}", _DATE)
                entry.file_size = (self.path / name).stat().st_size
                with (self.path / name).open("rb") as source, packed.open(entry, "w") as target:
                    while piece := source.read(2**20):
                        target.write(piece)


def digest_of(path: Path, algorithm: str) -> str:
    """Take the digest of a file, in hexadecimal digits, by an algorithm of hashlib."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, algorithm).hexdigest()
