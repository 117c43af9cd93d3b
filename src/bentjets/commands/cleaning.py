"""``make clean``: remove what runs made, and nothing that a person made or a service gave."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from kedro.config import AbstractConfigLoader

from bentjets.errors import BentjetsError

if TYPE_CHECKING:
    from bentjets.parameters import Parameters

_GIT_KEEPS = ".gitkeep"
_NAMED = 5


@dataclass
class Leftovers:
    """The files under the data roots: what runs made, and what stays."""

    roots: set[Path] = field(default_factory=set)
    made: set[Path] = field(default_factory=set)

    def stays(self) -> list[Path]:
        """List the files under the roots that no run made, and those that a service gave."""
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

    The files of the datasets that a step writes, of every model that is declared; in folders of one
    file per source those that a run has listed as its own; and the finished results of the engine.
    Not: what people make or services give (the catalog says so with ``made_by``), entries of the
    catalog that no step writes, downloads, a cache outside the data root, anything behind a link.

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

    Raises
    ------
    InputError
        If a parameter of an environment is unknown, missing or wrong.
    """
    from bentjets.engine.results import SUFFIX
    from bentjets.parameters import read_parameters

    found = Leftovers()
    for loader in loaders:
        root = project / loader["globals"]["data_root"]
        parameters = read_parameters(loader["parameters"])
        found.roots.add(root)
        for entry in _written_entries(loader["catalog"], parameters):
            found.made.update(_files(entry, project))
        if parameters.engine.cache is not None:
            results = project / parameters.engine.cache / "results"
            # With what SQLite keeps beside a file that is not closed.
            found.made.update(results.glob(f"*{SUFFIX}*"))
    found.made = {path for path in found.made if _is_own_file(path, found.roots)}
    return found


def _written_entries(catalog: dict[str, Any], parameters: Parameters) -> Iterator[dict[str, Any]]:
    """Give the entries of what the steps write, whichever of the declared models were trained."""
    from kedro.io import CatalogConfigResolver, DataCatalog

    from bentjets.pipeline_registry import build_pipelines
    from bentjets.run_record import RUN_RECORD

    every_model = parameters.modelling.model_copy(update={"train": list(parameters.models)})
    pipelines = build_pipelines(parameters.model_copy(update={"modelling": every_model}))
    # What needs credentials is not on this disk.
    local = {name: entry for name, entry in catalog.items() if "credentials" not in entry}
    resolver = CatalogConfigResolver(
        local, default_runtime_patterns=DataCatalog.default_runtime_patterns
    )
    outputs = {name for one in pipelines.values() for name in one.all_outputs()}
    inputs = {name for one in pipelines.values() for name in one.inputs()}
    # A step writes into a folder of runs, which is no output of it; the hooks, what was run; and
    # a network that once was pretrained need not be asked for any more.
    others = {name for name in inputs if name.endswith((".folder", RUN_RECORD))}
    for name in outputs | others | {"pretrained_folder"}:
        entry = resolver.resolve_pattern(name)
        if "made_by" not in (entry.get("metadata") or {}):
            yield entry


def _files(entry: dict[str, Any], project: Path) -> Iterator[Path]:
    """Name the files that a dataset may have written."""
    from bentjets.datasets._written import WrittenFiles
    from bentjets.learning.pretraining.store import list_pretrained_files
    from bentjets.learning.training.record import list_run_files

    if "path" in entry:
        import fsspec

        folder = project / entry["path"]
        written = WrittenFiles(fsspec.filesystem("file"), folder.as_posix())
        yield from (folder / name for name in written.names())
        yield folder.parent / f".{folder.name}.written"
    elif "filepath" in entry:
        path = project / entry["filepath"]
        yield path
        if entry["type"].endswith(".FolderDataset"):
            yield from list_run_files(path)
            yield from list_pretrained_files(path)
        if entry["type"].endswith(".FigureDataset"):
            yield path.with_suffix(".pdf")


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
    try:
        found = find_leftovers(loaders, project)
    except BentjetsError as error:
        raise click.ClickException(str(error)) from error
    stays = found.stays()
    if stays:
        click.echo(f"Stays, as no run made it, or a service gave it: {_total(stays)}")
        for path in stays[:_NAMED]:
            click.echo(f"  {_short(path, project)}")
        if len(stays) > _NAMED:
            click.echo(f"  and {len(stays) - _NAMED} more")
    if not found.made:
        click.echo("There is nothing to remove.")
        return
    click.echo(f"Will be removed, as a run makes it again: {_total(found.made)}")
    # By folder first: the files of a folder and its subfolders would else alternate.
    made = sorted(found.made, key=lambda path: (path.parent, path.name))
    for folder, files in itertools.groupby(made, lambda path: path.parent):
        click.echo(f"  {_short(folder, project)}: {_list(list(files))}")
    if not yes:
        click.confirm("Remove them?", abort=True)
    found.remove()
    click.echo("Removed.")


def _short(path: Path, project: Path) -> str:
    return str(path.relative_to(project) if path.is_relative_to(project) else path)


def _list(files: list[Path]) -> str:
    few = f" ({', '.join(path.name for path in files)})" if len(files) <= _NAMED else ""
    return _total(files) + few


def _total(paths: set[Path] | list[Path]) -> str:
    size_mb = sum(path.stat().st_size for path in paths) / 1e6
    return f"{len(paths)} file{'s' * (len(paths) != 1)}, {size_mb:.1f} MB"


if __name__ == "__main__":
    clean()
