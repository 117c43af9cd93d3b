"""The page of all datasets: made of the catalogs of conf and of the schemas of tables."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandera.pandas as pa
from commented_yaml import Entry, read_entries
from wiring import Steps, list_steps
from words import anchor, code, plain

from bentjets.tables import Table

_ROOT = "${globals:data_root}/"
_MADE_BY = {"people": "people", "services": "public services"}


def write_datasets(conf: Path) -> str:
    """Write the sections of the page in Markdown: one for each catalog, one for each dataset.

    Parameters
    ----------
    conf
        The folder of the configuration.
    """
    parts: list[str] = []
    steps = list_steps(conf)
    for file in sorted(conf.glob("*/catalog*.yml")):
        pipeline = file.stem.removeprefix("catalog").strip("_")
        env = file.parent.name
        if env == "local":
            continue
        title = pipeline.capitalize() if env == "base" else f"In the environment {env}"
        parts += [f"## {title}", f"From {code(f'conf/{env}/{file.name}')}."]
        prefix = "dataset" if env == "base" else f"dataset-{env}"
        entries = [one for one in read_entries(file) if len(one.path) == 1]
        parts += [_write(one, prefix, steps.get(one.path[0], Steps())) for one in entries]
    return "\n\n".join(parts) + "\n"


def _write(entry: Entry, prefix: str, steps: Steps) -> str:
    given: Mapping[str, Any] = entry.value
    name = entry.path[0]
    viz = given.get("metadata", {}).get("kedro-viz", {})
    facts = {
        "file": _file(given),
        "type": _type(given["type"]),
        "each of its files": _type(_inner(given)) if "dataset" in given else "",
        "layer": viz.get("layer", ""),
        "made by": _MADE_BY.get(given.get("metadata", {}).get("made_by", ""), ""),
        "written by": ", ".join(code(name) for name in steps.writers),
        "read by": ", ".join(code(name) for name in steps.readers),
    }
    lines = [f"({anchor(prefix, name)})=", f"### {code(name)}"]
    lines += ["", plain(entry.comment)] if entry.comment else []
    lines += ["", *(f"- {key}: {value}" for key, value in facts.items() if value)]
    if "validator" in given:
        lines += ["", _write_table(_validator(given))]
    return "\n".join(lines)


def _file(given: Mapping[str, Any]) -> str:
    path = given.get("filepath") or given.get("path")
    if path is None:
        return "none: it stays in memory"
    shown = str(path).replace(_ROOT, "data/")
    return code(f"{shown}/*{given.get('filename_suffix', '')}" if "path" in given else shown)


def _inner(given: Mapping[str, Any]) -> str:
    inner = given["dataset"]
    return str(inner["type"] if isinstance(inner, Mapping) else inner)


def _type(path: str) -> str:
    name = path.rpartition(".")[2]
    if path.startswith("bentjets."):
        return f"{{py:class}}`{name} <{path}>`"
    return code(path)


def _validator(given: Mapping[str, Any]) -> str:
    validator = given["validator"]
    return str(validator["class"] if isinstance(validator, Mapping) else validator)


def _write_table(path: str) -> str:
    module, _, name = path.rpartition(".")
    table = getattr(importlib.import_module(module), name)
    if not isinstance(table, Table):
        raise TypeError(f"{path} is no table")
    schema = table.schema
    more = "" if schema.strict else " It may have more columns than these."
    rows = [f"{plain(schema.description or '')}{more} Checked by {code(path)}.", ""]
    rows += ["| column | type | unit | meaning | must be |", "|---|---|---|---|---|"]
    rows += [_write_column(column) for column in schema.columns.values()]
    return "\n".join(rows)


def _write_column(column: pa.Column) -> str:
    unit = (column.metadata or {}).get("unit", "")
    rules = [str(check.error or check.name) for check in column.checks]
    rules = ["not empty" if rule == "like .+" else rule for rule in rules]
    rules += ["unique"] if column.unique else []
    rules += ["or missing"] if column.nullable else []
    cells = [
        code(column.name),
        code("str" if str(column.dtype).startswith("str") else column.dtype),
        plain(unit),
        plain(column.description or ""),
        ", ".join(code(rule) if rule.startswith("like") else plain(rule) for rule in rules),
    ]
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
