"""Which of Kedro's own lines are shown: one for each node and dataset, if they are asked for."""

from __future__ import annotations

import logging
import os

VERBOSE = "BENTJETS_VERBOSE"
"""Environment variable; 1 shows Kedro's own lines, which are hidden otherwise."""

HIDDEN = ("kedro.io", "kedro.runner", "kedro.pipeline", "kedro.framework.session")
"""Loggers of Kedro that say a line for each node or dataset."""


def choose_lines() -> None:
    """Hide Kedro's lines below a warning, or show them where the environment asks for them.

    ``conf/logging.yml`` hides them, too. Without it (packaged, or with a configuration of one's
    own), only what that leaves open is decided here.
    """
    is_verbose = os.environ.get(VERBOSE, "0") not in ("", "0")
    for name in HIDDEN:
        logger = logging.getLogger(name)
        if is_verbose:
            logger.setLevel(logging.INFO)
        elif logger.level == logging.NOTSET:
            logger.setLevel(logging.WARNING)
