"""The project's command line: Kedro's own ``run``, with errors that a user can mend on one line."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import click
from kedro.framework.cli.project import run as kedro_run
from kedro.io import DatasetError

from bentjets.errors import BentjetsError

logger = logging.getLogger(__name__)

_kedro_run = cast(Callable[..., Any], kedro_run.callback)


@click.group(name="bentjets")
def cli() -> None:
    """Commands of the bentjets project."""


def _run(**arguments: Any) -> Any:
    env = arguments["env"]
    folder = Path(arguments["conf_source"] or "conf")
    if env and folder.is_dir() and not (folder / env).is_dir():
        known = sorted(path.name for path in folder.iterdir() if path.is_dir())
        raise click.ClickException(
            f"environment {env!r} does not exist: choose from {', '.join(known)}"
        )
    try:
        return _kedro_run(**arguments)
    except (BentjetsError, DatasetError) as error:
        logger.debug("The run ended here:", exc_info=True)
        raise click.ClickException(str(error)) from error


cli.add_command(
    click.Command("run", params=kedro_run.params, callback=_run, help=kedro_run.help),
)
