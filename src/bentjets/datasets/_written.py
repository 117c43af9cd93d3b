"""Which files of a folder a run wrote: only these may another run remove."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import fsspec

from bentjets.datasets._files import LOCAL_PROTOCOL, unfinished_pattern, write_bytes


class WrittenFiles:
    """The list of the files in one folder that runs have written: a hidden file beside it.

    Parameters
    ----------
    fs
        The fsspec filesystem.
    folder
        The folder, as the filesystem knows it.
    """

    def __init__(self, fs: Any, folder: str) -> None:
        self._fs = fs
        parent, _, name = folder.rstrip("/").rpartition("/")
        self._path = f"{parent}/.{name}.written"

    def names(self) -> set[str]:
        """Return the names; none, where no run has written anything yet."""
        try:
            return set(self._fs.cat_file(self._path).decode().splitlines())
        except FileNotFoundError:
            return set()

    def add(self, names: Iterable[str]) -> None:
        """Enter names before their files are written: a killed run leaves none unlisted."""
        text = "".join(f"{name}\n" for name in names)
        if isinstance(self._fs, fsspec.get_filesystem_class(LOCAL_PROTOCOL)):
            path = Path(self._path)
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("a", encoding="utf-8") as file:
                file.write(text)
        else:
            self.replace(self.names() | set(text.splitlines()))

    def replace(self, names: Iterable[str]) -> None:
        """List these names only."""
        text = "".join(f"{name}\n" for name in sorted(names))
        write_bytes(self._fs, self._path, text.encode())
        for left in self._fs.glob(unfinished_pattern(self._path)):
            self._fs.rm_file(left)
