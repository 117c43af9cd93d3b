"""What was run: when, how, on which machine, and with which parameters of one's own.

It changes from run to run, so it stands in the report and in ``run_record.json`` beside it, and in
no other file that a run makes.
"""

from __future__ import annotations

import os
import platform
import shlex
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

RUN_RECORD = "run_record"
"""Name of its dataset, which the hooks write, and no node."""

LINKED = {
    "catalogue": "every source of the catalogue",
    "acquisition_log": "where the cutout of each came from, or why there is none",
    "cutouts": "the cutouts, FITS in Jy/beam",
    "masks": "the island masks, FITS",
    "gaussians": "the Gaussians of the islands",
    "image_log": "images that could not be read",
    "manifest": "the images of the dataset, their classes and batches",
    "rejected": "what is not in the dataset, and why",
    "release": "the dataset to give away",
    "predictions": "every prediction of every network and rule",
    "sources": "all that is known of every source",
    "table1_ecsv": "Table 1 with units and descriptions, for astropy and TOPCAT",
    "table1_tex": "Table 1 in LaTeX",
    "table2": "the scores of Table 2, and more",
    "table2_ecsv": "the same with units and descriptions, for astropy and TOPCAT",
    "table2_tex": "Table 2 in LaTeX",
}
"""The datasets that the report links to, and what they hold."""

_PROGRAMS = ("kedro", "bentjets")
# What Kedro puts in the place of its file.
_KEDRO_MODULE = "python -m kedro"
_GIT_S = 10


@dataclass(frozen=True)
class RunRecord:
    """What is known of a run from its beginning.

    Parameters
    ----------
    environment
        The environment of the configuration.
    project
        Folder of the project.
    seed
        Of the simulated sky and of the splits.
    here, default
        The parameters of this run, and those of the default environment.
    started
        When it began.
    """

    environment: str
    project: Path
    seed: int
    here: Mapping[str, Any]
    default: Mapping[str, Any]
    started: datetime = field(default_factory=lambda: datetime.now(UTC))

    def tell(
        self, seconds: Mapping[str, float], paths: Mapping[str, Path | None]
    ) -> dict[str, Any]:
        """Write it down, with the seconds that each pipeline has taken so far.

        Parameters
        ----------
        seconds
            Of each pipeline.
        paths
            Where the datasets of `LINKED`, and the record itself, are.
        """
        return {
            "date": self.started.isoformat(timespec="seconds"),
            "command": describe_command(sys.argv),
            "environment": self.environment,
            "commit": describe_commit(self.project),
            "seed": self.seed,
            "processor": describe_processor(),
            "cores": count_cores(),
            "gpus": list_gpus(),
            "seconds": {name: round(took, 1) for name, took in seconds.items()},
            "files": [[*row] for row in link_files(paths)],
            "parameters": [[*row] for row in compare(self.here, self.default)],
        }


def link_files(paths: Mapping[str, Path | None]) -> Iterator[tuple[str, str, str]]:
    """Give name, path from the folder of the report, and content of the files that exist.

    Parameters
    ----------
    paths
        Where each dataset is; None where it is in memory, or nowhere.
    """
    record = paths[RUN_RECORD]
    for name, content in LINKED.items():
        path = paths[name]
        if record is not None and path is not None and path.exists():
            yield path.name, Path(os.path.relpath(path, record.parent)).as_posix(), content


def describe_command(words: list[str]) -> str:
    """Write the command as it was given; empty where a program of somebody's began the run."""
    program = Path(words[0])
    if words[0] == _KEDRO_MODULE:
        return shlex.join([*_KEDRO_MODULE.split(), *words[1:]])
    if program.name == "__main__.py" and program.parent.name in _PROGRAMS:
        return shlex.join(["python", "-m", program.parent.name, *words[1:]])
    return shlex.join([program.name, *words[1:]]) if program.name in _PROGRAMS else ""


def describe_commit(project: Path) -> str:
    """Give the commit of the project's code, and whether it was changed; empty without git."""
    # Of an installed package, the current folder may be a repository of something else.
    if not (project / "src" / "bentjets").is_dir():
        return ""
    commit = _git(project, "rev-parse", "HEAD")
    return f"{commit} (changed)" if commit and _git(project, "status", "--porcelain") else commit


def _git(project: Path, *words: str) -> str:
    try:
        done = subprocess.run(
            ["git", "-C", str(project), *words],
            capture_output=True,
            check=True,
            text=True,
            timeout=_GIT_S,
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.strip()


def describe_processor() -> str:
    """Name the processor and the system."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return f"{names[0] if names else platform.machine()}, {platform.system()}"


def count_cores() -> int:
    """Count the cores that this process may use, where the system says so."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def list_gpus() -> list[str]:
    """Name the GPUs that this process could use; torch is not loaded only to ask it."""
    torch = sys.modules.get("torch")
    if torch is None or not torch.cuda.is_available():
        return []
    return [torch.cuda.get_device_name(number) for number in range(torch.cuda.device_count())]


def compare(here: Mapping[str, Any], default: Mapping[str, Any]) -> Iterator[tuple[str, Any, Any]]:
    """Give the dotted name of each parameter that differs, its value here and by default, by name.

    None stands where the default has none; what only the default has, such as its classes where
    there are others here, is no parameter of this run.
    """
    mine, usual = dict(_flatten(here)), dict(_flatten(default))
    for name, value in sorted(mine.items()):
        if name not in usual or value != usual[name]:
            yield name, value, usual.get(name)


def _flatten(settings: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in settings.items():
        if isinstance(value, Mapping):
            yield from _flatten(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value
