"""What came of each pipeline, counted in the files that it made."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd

from bentjets.telling.files import Files


def count(number: int | None, noun: str) -> str:
    """Write a number of things, or the things alone where nobody counted them."""
    if number is None:
        return f"the {noun}s"
    return f"{number} {noun}{'' if number == 1 else 's'}"


def n_fetched(files: Files) -> int | None:
    """Count the sources with a cutout."""
    log = files.read("acquisition_log")
    return None if log is None else len(log) - len(_unfetched(log))


def n_processed(files: Files) -> int | None:
    """Count the cutouts that were processed."""
    log = files.read("processing_log")
    return None if log is None else int((log["status"] == "ok").sum())


def n_accepted(files: Files) -> int | None:
    """Count the sources of the manifest."""
    manifest = files.read("manifest")
    return None if manifest is None else len(manifest)


def describe(made: set[str], files: Files) -> str:
    """Say what the outputs of a pipeline hold.

    Parameters
    ----------
    made
        The outputs that were really made; of others nothing is said.
    files
        Those of the run.
    """
    told = [words for name, tell in _RESULTS.items() if name in made and (words := tell(files))]
    return ", ".join(told)


def missing_cutouts(files: Files) -> str:
    """Say how many cutouts could not be had, and where the reasons are; empty if none."""
    log = files.read("acquisition_log")
    if log is None or not (missing := len(_unfetched(log))):
        return ""
    path = files.shown("acquisition_log")
    return f"{missing} of {count(len(log), 'cutout')} could not be had: {path} has the reasons"


def failed_sources(files: Files) -> str:
    """Say how many cutouts could not be processed, and where the reasons are; empty if none."""
    log = files.read("processing_log")
    if log is None or not (failed := int((log["status"] != "ok").sum())):
        return ""
    path = files.shown("processing_log")
    return f"{failed} of {count(len(log), 'cutout')} could not be processed: {path} has the reasons"


def is_all_kept(files: Files) -> bool:
    """Tell whether nothing had to be asked for: a service gave all of it before."""
    log = files.read("acquisition_log")
    return log is not None and len(log) > 0 and bool((log["status"] == "cached").all())


def count_sources(made: set[str], files: Files) -> str:
    """Say how many sources there are, and how many were accepted, as far as the run made it."""
    catalogue = files.read("catalogue") if "catalogue" in made else None
    sources = [] if catalogue is None else [f"{count(len(catalogue), 'source')} in the catalogue"]
    accepted = [f"{n_accepted(files)} accepted"] if "manifest" in made else []
    return ", ".join([*sources, *accepted])


def best_network(metrics: Mapping[str, Any]) -> str:
    """Name the most accurate network, and the most accurate simple rule beside it.

    Parameters
    ----------
    metrics
        What metrics.json holds.
    """
    entries = metrics["entries"]
    protocol = entries[0]["protocol"] if entries else ""
    words = []
    for name, of_kind in (("best network", False), ("best simple rule", True)):
        found = [
            entry
            for entry in entries
            if entry["protocol"] == protocol and (entry["kind"] == "baseline") is of_kind
        ]
        if found:
            best = max(found, key=lambda entry: entry["metrics"]["accuracy"]["value"])
            words.append(f"{name} {best['model']}: {_accuracy(best)}")
    return "; ".join(words)


def _accuracy(entry: Mapping[str, Any]) -> str:
    accuracy = entry["metrics"]["accuracy"]
    text = f"{100 * accuracy['value']:.1f} % of {count(entry['n'], 'image')}"
    if accuracy.get("low") is None or accuracy.get("high") is None:
        return text
    low, high = (100 * accuracy[end] for end in ("low", "high"))
    return f"{text} (95 % interval {low:.1f} to {high:.1f})"


def _unfetched(log: pd.DataFrame) -> pd.DataFrame:
    return log[log["sha256"].fillna("") == ""]


def _rows(name: str, words: str) -> Callable[[Files], str]:
    def tell(files: Files) -> str:
        table = files.read(name)
        return "" if table is None else f"{count(len(table), 'source')} {words}"

    return tell


_RESULTS: dict[str, Callable[[Files], str]] = {
    "acquisition_log": lambda files: count(n_fetched(files), "cutout"),
    "processing_log": lambda files: f"{count(n_processed(files), 'cutout')} processed",
    "manifest": lambda files: f"{count(n_accepted(files), 'source')} in the sample",
    "classifications": _rows("classifications", "classified"),
    "angles": _rows("angles", "measured"),
}
