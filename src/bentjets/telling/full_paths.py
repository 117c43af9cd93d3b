"""Names of files in what is told, made into paths: steps know the names alone."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping


class FullPaths(logging.Filter):
    """Puts the path of a file into the place of its name.

    Parameters
    ----------
    paths
        Path of each file by its name.
    """

    def __init__(self, paths: Mapping[str, str]) -> None:
        super().__init__()
        self._paths = dict(paths)
        names = "|".join(map(re.escape, sorted(paths, key=len, reverse=True)))
        # Not what is a part of a path already, or of another name.
        self._pattern = re.compile(rf"(?<![\w./-])(?:{names})(?![\w/-])") if paths else None

    def filter(self, record: logging.LogRecord) -> bool:
        """Change a record of ours; all pass."""
        if self._pattern is not None and record.name.startswith("bentjets"):
            told = record.getMessage()
            found = self._pattern.sub(lambda match: self._paths[match[0]], told)
            if found != told:
                record.msg, record.args = found, ()
        return True
