"""YAML with its comments: what a file of conf says of each of its keys."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml


@dataclass(frozen=True)
class Entry:
    """One key of a YAML file.

    Parameters
    ----------
    path
        The keys that lead to it.
    value
        What it is set to.
    written
        The same, as the file writes it.
    comment
        What stands beside it, goes on below it, or stands above it; joined by spaces.
    """

    path: tuple[str, ...]
    value: Any
    written: str
    comment: str


def read_entries(file: Path) -> list[Entry]:
    """Read every key of a YAML file, nested ones included, in the order of the file."""
    text = file.read_text(encoding="utf-8")
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    if not isinstance(root, yaml.MappingNode):
        return []
    return list(_walk(root, (), text))


def _walk(mapping: yaml.MappingNode, above: tuple[str, ...], text: str) -> Iterator[Entry]:
    lines = text.splitlines()
    for key, value in mapping.value:
        path = (*above, str(key.value))
        block = isinstance(value, yaml.MappingNode) and not value.flow_style
        # A comment stands behind the key of a block, and behind the value of anything else.
        below = value.start_mark.line > key.start_mark.line
        end = key.end_mark if block or below else value.end_mark
        comment = " ".join(
            part
            for part in (
                _comment_above(lines, key.start_mark.line, key.start_mark.column),
                _comment_beside(lines, end.line, end.column, key.start_mark.column),
            )
            if part
        )
        given = yaml.safe_load(yaml.serialize(value, Dumper=yaml.SafeDumper))
        yield Entry(path, given, _written(value, given, text), comment)
        if isinstance(value, yaml.MappingNode):
            yield from _walk(value, path, text)


def _written(node: yaml.Node, given: Any, text: str) -> str:
    written = text[node.start_mark.index : node.end_mark.index].strip()
    if "\n" not in written:
        return written
    return write_value(given)


def write_value(value: Any) -> str:
    """Write a value in one line, as YAML does."""
    written: str = yaml.safe_dump(value, default_flow_style=True, width=10**6, sort_keys=False)
    return written.removesuffix("\n").removesuffix("...").rstrip()


def _comment_above(lines: list[str], row: int, column: int) -> str:
    found: list[str] = []
    for line in reversed(lines[:row]):
        if not line.startswith(" " * column + "#"):
            break
        found.insert(0, line.strip().lstrip("# "))
    return " ".join(found)


def _comment_beside(lines: list[str], row: int, column: int, indent: int) -> str:
    if row >= len(lines) or "#" not in lines[row][column:]:
        return ""
    start = lines[row].index("#", column)
    found = [lines[row][start:].strip("# ")]
    for line in lines[row + 1 :]:
        if not line.strip().startswith("#") or line.index("#") <= indent + 1:
            break
        found.append(line.strip().lstrip("# "))
    return " ".join(found)
