"""The images of a set as a table, and the set in one line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from bentjets.learning.image_sets import PARTS, FoundImage, Layout, compile_patterns, find_position
from bentjets.parameters.acquisition.image_set import Benchmark
from bentjets.radio.catalogues import unique_ids

_MAX_CLASSES_TOLD = 12
_NO_CLASS = "its label is in no class of acquisition.image_set.classes"


def tabulate_images(
    found: Sequence[FoundImage], classes: Sequence[str], positions: Sequence[str]
) -> pd.DataFrame:
    """Tabulate images with their classes and positions.

    Parameters
    ----------
    found
        What a layout lists.
    classes
        The class of each; empty where its label is left out.
    positions
        Patterns of positions in names.

    Returns
    -------
    pandas.DataFrame
        ``source_id``, ``name``, ``file``, ``row``, ``morphology``, ``label``, ``part``,
        ``published_batch``, ``ra_deg``, ``dec_deg``, ``reason`` (why it is left out, or empty).
    """
    table = pd.DataFrame(
        {
            "name": [image.name for image in found],
            "file": [image.file for image in found],
            "row": np.array([image.row for image in found], dtype=np.int64),
            "morphology": list(classes),
            "label": [image.label for image in found],
            "part": [image.part for image in found],
            "published_batch": np.array([image.batch for image in found], dtype=np.int64),
            "ra_deg": [image.ra_deg for image in found],
            "dec_deg": [image.dec_deg for image in found],
        }
    )
    table.insert(0, "source_id", unique_ids(table["name"], pd.DataFrame({"order": table.index})))
    patterns = compile_patterns(positions)
    without = table["ra_deg"].isna()
    read = [find_position(name, patterns) for name in table.loc[without, "name"]]
    table.loc[without, ["ra_deg", "dec_deg"]] = np.array(read, dtype=float).reshape(-1, 2)
    table["reason"] = ""
    if (table["part"] != "").any():
        table.loc[table["part"] == "", "reason"] = "it is in no part of the published split"
    table.loc[table["morphology"] == "", "reason"] = _NO_CLASS
    return table


def describe_set(layout: Layout, index: pd.DataFrame, classes: Sequence[str]) -> dict[str, Any]:
    """Describe a set: its layout and root, to open it again, its split, and `words` of one line."""
    used = index[index["reason"] == ""]
    counts = used["morphology"].value_counts()
    shown = [f"{counts.get(name, 0)} {name}" for name in classes[:_MAX_CLASSES_TOLD]]
    shown += [f"{len(classes) - _MAX_CLASSES_TOLD} more"] * (len(classes) > _MAX_CLASSES_TOLD)
    parts = used["part"].value_counts()
    split = {part: int(parts[part]) for part in PARTS if part in parts}
    words = f"{layout.kind}, {len(used)} images ({', '.join(shown)}), "
    words += (
        f"its own split ({_list_parts(split)})" if {*split} & {"validation", "test"} else "no split"
    )
    notes = "".join(f"; not read: {note}" for note in layout.notes)
    return {
        "kind": layout.kind,
        "root": str(layout.root.resolve()),
        "split": split,
        "words": words + notes,
    }


def differs_from_declared(described: dict[str, Any], benchmark: Benchmark) -> list[str]:
    """Say in what a set is not what its entry among the benchmarks says, a line each."""
    pairs = (
        ("layout", described["kind"], benchmark.layout),
        ("split", _list_parts(described["split"]), _list_parts(benchmark.split)),
    )
    return [
        f"{benchmark.file} has another {name} than its entry in benchmarks ({is_so or 'none'}; "
        f"declared: {declared}): it may be another version"
        for name, is_so, declared in pairs
        if declared and declared != is_so
    ]


def _list_parts(split: Mapping[str, int]) -> str:
    return ", ".join(f"{split[part]} {part}" for part in PARTS if part in split)
