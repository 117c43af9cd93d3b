"""Synthetic sources that are made once, and servers that are stopped at the end."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from review.serving import Options, ServerProcess, make_folder

N_SOURCES = 20


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_folder(tmp_path_factory.mktemp("made") / "sources", N_SOURCES)


@pytest.fixture(scope="module")
def start(made: Path, tmp_path_factory) -> Iterator[Callable[..., ServerProcess]]:
    """Start a server on a copy of the sources, or on a folder of before."""
    with ExitStack() as stack:

        def started(folder: Path | None = None, **options) -> ServerProcess:
            if folder is None:
                folder = tmp_path_factory.mktemp("served") / "sources"
                shutil.copytree(made, folder)
            return stack.enter_context(ServerProcess(folder, Options(**options)))

        yield started
