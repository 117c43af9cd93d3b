"""``make clean``: remove what runs made, and nothing that a person made or a service gave."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click
from kedro.config import AbstractConfigLoader

_GIT_KEEPS = ".gitkeep"
_NAMED = 5


@dataclass
class Leftovers:
    """The files under the data roots: what runs made, and what stays."""

    roots: set[Path] = field(default_factory=set)
    made: set[Path] = field(default_factory=set)

    def stays(self) -> list[Path]:
        """List the files under the roots that no run made, or that are not to be made again."""
        files = {path for root in self.roots for path in root.rglob("*") if path.is_file()}
        return sorted(path for path in files - self.made if path.name != _GIT_KEEPS)

    def remove(self) -> None:
        """Remove what runs made, and the folders of it that are empty then."""
        for path in self.made:
            path.unlink(missing_ok=True)
        folders = {folder for path in self.made for folder in path.parents}
        # What lies in a folder comes after the folder: the last first.
        for folder in sorted(folders, reverse=True):
            if any(folder.is_relative_to(root) for root in self.roots):
                with contextlib.suppress(OSError):  # it is not empty
                    folder.rmdir()


def find_leftovers(loaders: Iterable[AbstractConfigLoader], project: Path) -> Leftovers:
    """Find what runs of these environments made.

    Files that the catalog declares, in folders of one file per source those that a run has listed
    as its own, and the finished results of the engine. Not: what people make (the catalog says so
    with ``made_by: people``), downloads, a cache outside the data root, anything behind a link.

    Parameters
    ----------
    loaders
        The configuration loader of each environment, each made when the one before is done with:
        OmegaConf knows the ``globals`` of the latest only.
    project
        The folder at which relative paths start.

    Returns
    -------
    Leftovers
        The files there are.
    """
    found = Leftovers()
    for loader in loaders:
        root = project / loader["globals"]["data_root"]
        parameters = loader["parameters"]
        found.roots.add(root)
        for name, entry in loader["catalog"].items():
            if (entry.get("metadata") or {}).get("made_by") == "people":
                continue
            for model in parameters["models"] if "{model}" in name else [""]:
                filled = {key: _fill(value, model) for key, value in entry.items()}
                found.made.update(_files(filled, project))
        if parameters["engine"]["cache"]:
            results = project / parameters["engine"]["cache"] / "results"
            found.made.update(results.glob("*"))
    found.made = {path for path in found.made if _is_own_file(path, found.roots)}
    return found


def _fill(value: Any, model: str) -> Any:
    return value.replace("{model}", model) if isinstance(value, str) else value


def _files(entry: Mapping[str, Any], project: Path) -> Iterator[Path]:
    """Name the files that a dataset may have written."""
    from bentjets.datasets._written import WrittenFiles
    from bentjets.datasets.timm_model import CONFIG_FILE, WEIGHTS_FILE

    if "path" in entry:
        import fsspec

        folder = project / entry["path"]
        written = WrittenFiles(fsspec.filesystem("file"), folder.as_posix())
        yield from (folder / name for name in written.names())
        yield folder.parent / f".{folder.name}.written"
    elif "filepath" in entry:
        path = project / entry["filepath"]
        yield from (path, path / CONFIG_FILE, path / WEIGHTS_FILE)


def _is_own_file(path: Path, roots: set[Path]) -> bool:
    if not path.is_file():
        return False
    for root in roots:
        if path.is_relative_to(root):
            between = [path, *path.parents][: len(path.relative_to(root).parts)]
            return not any(part.is_symlink() for part in between)
    return False


@click.command(help=__doc__)
@click.option("--yes", is_flag=True, help="Do not ask.")
def clean(yes: bool) -> None:
    """Say what will be removed, ask, and remove it."""
    from kedro.framework.project import configure_project, settings

    configure_project("bentjets")
    project = Path.cwd()
    conf = project / settings.CONF_SOURCE
    environments = {path.name for path in conf.iterdir() if path.is_dir()} - {"base", "local"}
    loaders = (
        settings.CONFIG_LOADER_CLASS(str(conf), env=env, **settings.CONFIG_LOADER_ARGS)
        for env in ("local", *sorted(environments))
    )
    found = find_leftovers(loaders, project)
    stays = found.stays()
    if stays:
        click.echo(f"Stays, as no run made it or none can make it again: {_total(stays)}")
        for path in stays[:_NAMED]:
            click.echo(f"  {_short(path, project)}")
        if len(stays) > _NAMED:
            click.echo(f"  and {len(stays) - _NAMED} more")
    if not found.made:
        click.echo("There is nothing to remove.")
        return
    click.echo(f"Will be removed, as a run makes it again: {_total(found.made)}")
    for folder, files in itertools.groupby(sorted(found.made), lambda path: path.parent):
        click.echo(f"  {_short(folder, project)}: {_total(list(files))}")
    if not yes:
        click.confirm("Remove them?", abort=True)
    found.remove()
    click.echo("Removed.")


def _short(path: Path, project: Path) -> str:
    return str(path.relative_to(project) if path.is_relative_to(project) else path)


def _total(paths: set[Path] | list[Path]) -> str:
    size_mb = sum(path.stat().st_size for path in paths) / 1e6
    return f"{len(paths)} file{'s' * (len(paths) != 1)}, {size_mb:.1f} MB"


if __name__ == "__main__":
    clean()
