"""The files of a run, as far as it tells of them: where they are, and how many rows they have."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kedro.io import DataCatalog, DatasetError


@dataclass(frozen=True)
class Files:
    """What the catalog knows of a run's files.

    Parameters
    ----------
    catalog
        The catalog of the run.
    data_root
        Folder of all that the run makes.
    """

    catalog: DataCatalog
    data_root: Path

    def read(self, name: str) -> Any | None:
        """Load a dataset; None where there is none, or none that can be read."""
        if name not in self.catalog:
            return None
        try:
            return self.catalog.load(name) if self.catalog.exists(name) else None
        except DatasetError:  # whoever needs it will say what is wrong with it
            return None

    def path(self, name: str) -> Path | None:
        """Say where a dataset is; None where it is in memory, or nowhere."""
        dataset = self.catalog.get(name) if name in self.catalog else None
        described = dataset._describe() if dataset is not None else {}
        found = described.get("filepath") or described.get("path")
        return None if found is None else Path(str(found))

    def shown(self, name: str) -> str:
        """Write the path of a dataset as short as the current folder allows."""
        path = self.path(name)
        return name if path is None else shorten(path)

    def paths_by_name(self, names: Iterable[str]) -> dict[str, str]:
        """Give the paths of those datasets that are a file each, by the name of the file."""
        paths = [path for name in names if (path := self.path(name)) is not None]
        return {path.name: shorten(path) for path in paths if path.suffix}

    def folders(self, names: Iterable[str]) -> list[str]:
        """List the folders below the data root that hold some datasets."""
        root = self.data_root.resolve()
        paths = [path.resolve() for name in names if (path := self.path(name)) is not None]
        layers = {path.relative_to(root).parts[0] for path in paths if path.is_relative_to(root)}
        return [shorten(root / layer) for layer in sorted(layers)]


def shorten(path: Path) -> str:
    """Write a path relative to the current folder where it lies in it."""
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)
