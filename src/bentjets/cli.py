"""The project's command line: Kedro's own ``run``, with errors that a user can mend on one line."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, cast

import click
from kedro.framework.cli.project import run as kedro_run
from kedro.framework.project import pipelines
from yaml import YAMLError  # type: ignore[import-untyped]

from bentjets.commands.mistakes import MISTAKES, check_environment, one_line
from bentjets.commands.release import release
from bentjets.commands.review import review
from bentjets.errors import InputError

_kedro_run = cast(Callable[..., Any], kedro_run.callback)

# What these modules of Kedro raise is about what to run, not about a run.
_CHOOSERS = ("kedro/framework/session/session.py", "kedro/pipeline/pipeline.py")


class _RunCommand(click.Command):
    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        try:
            return super().parse_args(ctx, args)
        except YAMLError as error:
            words = str(error).splitlines()[0]
            raise click.UsageError(f"--params cannot be read: {words}", ctx) from error


@click.group(name="bentjets")
def cli() -> None:
    """Commands of the bentjets project."""


def _run(**arguments: Any) -> Any:
    check_environment(arguments["env"], Path(arguments["conf_source"] or "conf"))
    _check_loading(arguments["is_async"], arguments["runner_params"])
    try:
        return _kedro_run(**arguments)
    except MISTAKES as error:
        raise one_line(error, str(error)) from error
    except ValueError as error:
        if not _is_about_a_choice(error):
            raise
        wanted = [*arguments["pipelines"], *filter(None, [arguments["pipeline"]])]
        unknown = [name for name in wanted if name not in pipelines]
        if unknown:
            known = ", ".join(name for name in pipelines if name != "__default__")
            raise one_line(
                error, f"pipeline {unknown[0]!r} does not exist: choose from {known}"
            ) from error
        raise one_line(error, f"{error} (kedro registry describe lists all nodes)") from error


def _check_loading(is_async: bool, runner_params: Mapping[str, Any]) -> None:
    if is_async or runner_params.get("is_async"):
        raise click.ClickException(
            "--async cannot be used: steps that stream their results save them as they come; leave "
            "it out, and set engine.n_jobs to the number of processes"
        )


def _is_about_a_choice(error: Exception) -> bool:
    raised_in = Path(traceback.extract_tb(error.__traceback__)[-1].filename).as_posix()
    return raised_in.endswith(_CHOOSERS)


@cli.command("cache")
@click.option("--env", "-e", help="Environment whose cache is meant; without it, base.")
@click.option("--conf-source", help="Folder or archive of the configuration; without it, conf.")
@click.option("--drop-unused", is_flag=True, help="Drop what the latest run of a step did not use.")
def show_cache(env: str | None, conf_source: str | None, drop_unused: bool) -> None:
    """Show what finished results and downloads take, and drop what no current setting uses."""
    from kedro.framework.session import KedroSession

    from bentjets.engine.results import drop_unused as drop
    from bentjets.engine.results import list_results
    from bentjets.parameters import read_parameters
    from bentjets.pipelines import CACHED_STEPS

    check_environment(env, Path(conf_source or "conf"))
    try:
        with cast(Any, KedroSession.create(env=env, conf_source=conf_source)) as session:
            loader = session.load_context().config_loader
            cache = read_parameters(loader["parameters"]).engine.cache
        if cache is None:
            raise InputError("engine.cache is null: nothing is kept")
        dropped = drop(cache, CACHED_STEPS) if drop_unused else 0
        for row in list_results(cache, CACHED_STEPS):
            click.echo(
                f"{row['file']}: {row['results']} results, {row['bytes'] / 1e6:.1f} MB, "
                f"{row['unused']} of them not used by the latest run"
            )
    except MISTAKES as error:
        raise one_line(error, str(error)) from error
    downloads = [path for path in (cache / "downloads").rglob("*") if path.is_file()]
    size = sum(path.stat().st_size for path in downloads)
    click.echo(f"{cache / 'downloads'}: {len(downloads)} files, {size / 1e6:.1f} MB; always kept")
    if drop_unused:
        click.echo(f"{dropped} results dropped")


cli.add_command(
    _RunCommand("run", params=kedro_run.params, callback=_run, help=kedro_run.help),
)
cli.add_command(release)
cli.add_command(review)
