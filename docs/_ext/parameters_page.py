"""The page of all parameters: made of conf and of the Pydantic models that check it."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, get_args, get_origin

from allowed import alternatives, describe, is_closed_model, strip
from commented_yaml import Entry, read_entries, write_value
from pydantic import BaseModel
from pydantic.fields import FieldInfo
from words import anchor, code, plain

from bentjets.parameters import Parameters

Keys = tuple[str, ...]
_UNITS = {
    "_arcsec": "arcsec",
    "_deg": "deg",
    "_px": "pixels",
    "_hz": "Hz",
    "_s": "s",
    "_mjy": "mJy",
    "_beams": "beams",
    "per_second": "1/s",
}
_GLOBALS = {
    "data_root": "folder under which everything lies that a run makes",
    "votes": "file, or database, of the experts' votes",
    "overrides": "table with thresholds and dilation of single sources",
    "classes": "the classes, and the label that batches give each of them",
}


@dataclass
class Parameter:
    """What is known of one parameter.

    Parameters
    ----------
    path
        The keys that lead to it.
    meaning, allowed
        What its model says of it, and accepts.
    default
        Its value, as conf/base writes it; else that of the model.
    comment
        What conf/base says of it.
    stated
        Whether it stands in conf/base.
    changed
        The environments that set it otherwise, and to what.
    """

    path: Keys
    meaning: str
    allowed: str = ""
    default: str = ""
    comment: str = ""
    stated: bool = False
    changed: dict[str, str] = field(default_factory=dict)

    @property
    def unit(self) -> str:
        """Its unit, by its name or by what is said of it."""
        for ending, unit in _UNITS.items():
            if self.path[-1].endswith(ending):
                return unit
        counted = "whole number" in self.allowed
        return "pixels" if counted and re.search(r"\bpixels\b", self.meaning) else ""

    def write(self) -> str:
        """Write it as an entry of a list of definitions."""
        facts = [f"**default** {code(self.default)}" if self.default else "**to be given**"]
        facts += [] if self.stated else ["not in conf/base"]
        facts += [f"**unit** {self.unit}"] if self.unit else []
        facts += [f"**allowed** {self.allowed}"] if self.allowed else []
        lines = [f"({anchor('parameter', *self.path)})=", code(".".join(self.path))]
        lines += [f": {plain(self.meaning)}"]
        if self.comment and self.comment not in self.meaning:
            lines += [f": *In the file:* {plain(self.comment)}"]
        lines += [": " + " · ".join(facts)]
        lines += [f": *in `{env}`:* {code(value)}" for env, value in self.changed.items()]
        return "\n".join(lines)


@dataclass
class Group:
    """Parameters that stand under one key."""

    path: Keys
    meaning: str
    parameters: list[Parameter]

    @property
    def is_shown(self) -> bool:
        """Whether there is something in it, or under it."""
        return bool(self.parameters) or len(self.path) == 1

    def write(self) -> str:
        """Write it as a section of the page."""
        title = code(".".join(self.path)) if self.path else "The whole run"
        head = "##" if len(self.path) <= 1 else "###"
        listed = [one.write() for one in self.parameters]
        meaning = self.meaning.strip()
        told = plain(meaning[:1].upper() + meaning[1:])
        return "\n\n".join([f"{head} {title}", told, *listed])


class _Conf:
    """The parameters of base and of all environments, as their files write them."""

    def __init__(self, conf: Path, pattern: str) -> None:
        self.base = _read(conf / "base", pattern)
        folders = sorted(path for path in conf.iterdir() if path.is_dir())
        self.others = {
            folder.name: _read(folder, pattern)
            for folder in folders
            if folder.name not in ("base", "local")
        }

    def names(self, path: Keys) -> bool:
        """Whether base or an environment says something of this key."""
        return any(path in entries for entries in (self.base, *self.others.values()))

    def entries_under(self, path: Keys) -> dict[str, Any]:
        """Give what stands under a key, in base or else in environments."""
        found: dict[str, Any] = {}
        for entries in (self.base, *self.others.values()):
            for one in entries.values():
                if one.path[:-1] == path:
                    found.setdefault(one.path[-1], one.value)
        return found

    def parameter(
        self, path: Keys, meaning: str, allowed: str = "", default: str = ""
    ) -> Parameter:
        """Bring together what is known of a parameter."""
        entry = self.base.get(path)
        made = Parameter(path, meaning, allowed, default)
        if entry is not None:
            made.default, made.comment, made.stated = entry.written, entry.comment, True
        for name, entries in self.others.items():
            if path in entries and (entry is None or entries[path].value != entry.value):
                made.changed[name] = entries[path].written
        return made


def write_parameters(conf: Path) -> str:
    """Write the sections of the page in Markdown, for every parameter there is.

    Parameters
    ----------
    conf
        The folder of the configuration.
    """
    groups = [*_groups(Parameters, (), _summary(Parameters), _Conf(conf, "parameters*.yml"))]
    groups.append(_globals(_Conf(conf, "globals.yml")))
    return "\n\n".join(group.write() for group in groups if group.is_shown) + "\n"


def _read(folder: Path, pattern: str) -> dict[Keys, Entry]:
    files = sorted(folder.glob(pattern))
    return {entry.path: entry for file in files for entry in read_entries(file)}


def _globals(conf: _Conf) -> Group:
    listed = [conf.parameter((name,), _GLOBALS.get(name, "")) for name in conf.entries_under(())]
    for one in listed:
        one.path = ("globals", *one.path)
    return Group(("globals",), "The file globals.yml, to which the other files refer.", listed)


def _groups(
    model: type[BaseModel], path: Keys, meaning: str, conf: _Conf, *, stated_only: bool = False
) -> Iterator[Group]:
    listed: list[Parameter] = []
    nested: list[Group] = []
    for name, info in model.model_fields.items():
        below = (*path, info.alias or name)
        inner, are_entries = _inner(info)
        told = _ended(info.description or "")
        if inner and are_entries:
            nested += _entries(inner, below, conf)
        elif inner:
            nested += _groups(inner[0], below, told, conf, stated_only=stated_only)
        elif not stated_only or conf.names(below):
            listed.append(
                conf.parameter(below, info.description or "", describe(info), _default(info))
            )
    comment = conf.base[path].comment if path in conf.base else ""
    # Of an entry, the summary of its kind stands before; of a section, the file says it better.
    yield Group(path, f"{meaning} {comment}" if stated_only else comment or meaning, listed)
    yield from nested


def _entries(models: list[type[BaseModel]], path: Keys, conf: _Conf) -> Iterator[Group]:
    for model in models:
        service = _services(model)
        name = f"<name, {' or '.join(service)}>" if service else "<name>"
        told = f"What an entry of {path[-1]} may have. {_summary(model)}"
        yield from _groups(model, (*path, name), told, conf)
    for name, value in conf.entries_under(path).items():
        for model in models:
            if not _services(model) or value.get("service") in _services(model):
                told = f"One of the {path[-1]}."
                yield from _groups(model, (*path, name), told, conf, stated_only=True)


def _inner(info: FieldInfo) -> tuple[list[type[BaseModel]], bool]:
    """Give the models of a field, and whether it holds many entries of them by name."""
    options = [one for one in alternatives(info.annotation) if one is not type(None)]
    if len(options) == 1 and get_origin(options[0]) is dict:
        options = alternatives(get_args(options[0])[1])
        return [one for one in options if is_closed_model(one)], True
    return (
        ([options[0]], False) if len(options) == 1 and is_closed_model(options[0]) else ([], False)
    )


def _services(model: type[BaseModel]) -> tuple[str, ...]:
    info = model.model_fields.get("service")
    return get_args(strip(info.annotation)[0]) if info else ()


def _default(info: FieldInfo) -> str:
    if info.is_required():
        return ""
    value = info.get_default(call_default_factory=True)
    return write_value(_simple(value))


def _simple(value: Any) -> Any:
    match value:
        case tuple() | list():
            return [_simple(one) for one in value]
        case None | bool() | int() | float() | str() | dict():
            return value
    return str(value)


def _summary(model: type[BaseModel]) -> str:
    return " ".join(inspect.cleandoc(model.__doc__ or "").split("\n\n")[0].split())


def _ended(text: str) -> str:
    """End a description like a sentence."""
    return text and (text if text.endswith(".") else f"{text}.")
