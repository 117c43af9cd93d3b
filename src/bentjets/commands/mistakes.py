"""How commands tell a user of a mistake: on one line, without a traceback."""

from __future__ import annotations

import logging
from pathlib import Path

import click
from kedro.config import MissingConfigException
from kedro.io import DatasetError
from kedro.validation import ParameterValidationError
from omegaconf.errors import OmegaConfBaseException
from yaml import YAMLError  # type: ignore[import-untyped]

from bentjets.errors import BentjetsError

logger = logging.getLogger(__name__)

MISTAKES = (
    BentjetsError,
    DatasetError,
    MissingConfigException,
    OmegaConfBaseException,
    ParameterValidationError,
    YAMLError,
)
"""Errors whose message says what is wrong, where, and what to do."""


def one_line(error: Exception, words: str) -> click.ClickException:
    """Make of an error what click prints on one line."""
    logger.debug("The command ended here:", exc_info=error)
    return click.ClickException(" ".join(words.split()))


def check_environment(env: str | None, conf: Path) -> None:
    """Refuse an environment that is not there.

    Raises
    ------
    click.ClickException
        Which names those that are.
    """
    if env and conf.is_dir() and not (conf / env).is_dir():
        known = sorted(path.name for path in conf.iterdir() if path.is_dir())
        raise click.ClickException(
            f"environment {env!r} does not exist: choose from {', '.join(known)}"
        )
