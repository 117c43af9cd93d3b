"""Which files of a model's folder its runs may have written: only these may be removed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from bentjets.learning.data.protocols import PROTOCOLS
from bentjets.learning.evaluation.novelty import NOVELTY_FILE
from bentjets.learning.networks.trained import CONFIG_FILE, WEIGHTS_FILE
from bentjets.learning.training.record import CHECKPOINT_FILE, HISTORY_FILE, RUN_FILE

_FILES = (RUN_FILE, HISTORY_FILE, CHECKPOINT_FILE, WEIGHTS_FILE, CONFIG_FILE, NOVELTY_FILE)
_RUN_NAME = re.compile(rf"({'|'.join(PROTOCOLS)})-\d+-\d+")


def list_run_files(folder: Path) -> Iterator[Path]:
    """Name the files that runs of a model may have written below its folder."""
    for run in folder.glob("*-*-*"):
        if _RUN_NAME.fullmatch(run.name):
            yield from list_files_of(run)


def list_files_of(run: Path) -> Iterator[Path]:
    """Name the files that a run may have written in its folder, unfinished ones among them."""
    for name in _FILES:
        yield run / name
        yield from run.glob(f".{name}.*part")
