"""The published environment for another record than the one whose files it pins."""

from __future__ import annotations

import shutil
from pathlib import Path

import yaml


def copy_without_pins(conf: Path, folder: Path) -> Path:
    """Copy a configuration, and take the MD5s of the published batches out of it."""
    copy = folder / "conf"
    shutil.copytree(conf, copy, ignore=shutil.ignore_patterns("local"))
    path = copy / "published" / "parameters.yml"
    parameters = yaml.safe_load(path.read_text())
    del parameters["acquisition"]["published_md5"]
    path.write_text(yaml.safe_dump(parameters))
    return copy
