"""What a field of a Pydantic model allows, in words."""

from __future__ import annotations

import types
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from annotated_types import Ge, Gt, Le, Lt, MinLen
from pydantic import BaseModel
from pydantic.fields import FieldInfo

_KINDS: Mapping[Any, str] = {
    int: "whole number",
    float: "number",
    bool: "true or false",
    str: "text",
    Path: "path",
    Any: "anything",
}


def strip(annotation: Any) -> tuple[Any, tuple[Any, ...]]:
    """Take a type out of ``Annotated``; give what was said of it besides."""
    said: tuple[Any, ...] = ()
    while get_origin(annotation) is Annotated:
        annotation, *more = get_args(annotation)
        said += tuple(more)
    return annotation, said


def alternatives(annotation: Any) -> list[Any]:
    """List the types of a union, ``None`` among them; a list of one for anything else."""
    annotation, _ = strip(annotation)
    if get_origin(annotation) in (Union, types.UnionType):
        return [one for part in get_args(annotation) for one in alternatives(part)]
    return [annotation]


def is_closed_model(annotation: Any) -> bool:
    """Whether a type is a model whose fields are all known."""
    return (
        isinstance(annotation, type)
        and issubclass(annotation, BaseModel)
        and annotation.model_config.get("extra") != "allow"
    )


def describe(info: FieldInfo) -> str:
    """Say what a field allows: its type, its bounds, whether null."""
    return _describe(info.annotation, tuple(info.metadata))


def _describe(annotation: Any, said: tuple[Any, ...] = ()) -> str:
    annotation, more = strip(annotation)
    said += more
    options = alternatives(annotation)
    if len(options) > 1:
        words = [_describe(one, said) for one in options if one is not type(None)]
        words += ["null"] if type(None) in options else []
        return " or ".join(dict.fromkeys(words))
    bounds = _bounds(said)
    return " ".join(part for part in (_kind(annotation), bounds) if part)


def _kind(annotation: Any) -> str:
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin is Literal:
        words = ", ".join(f"`{one}`" for one in inner)
        return words if len(inner) == 1 else f"one of {words}"
    if origin in (list, dict, tuple):
        return _kind_of_many(origin, inner)
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return "mapping"
    return _KINDS.get(annotation, getattr(annotation, "__name__", str(annotation)))


def _kind_of_many(origin: type, inner: tuple[Any, ...]) -> str:
    if origin is dict:
        return f"mapping of names, to each: {_describe(inner[1])}"
    kinds = " or ".join(dict.fromkeys(_describe(one) for one in inner if one is not ...))
    if origin is list or inner[-1] is ...:
        return f"list, each: {kinds}"
    return f"list of {len(inner)}, each: {kinds}"


def _bounds(said: tuple[Any, ...]) -> str:
    words: list[str] = []
    for one in said:
        match one:
            case Ge(ge=low):
                words.append(f"at least {low}")
            case Gt(gt=low):
                words.append(f"above {low}")
            case Le(le=high):
                words.append(f"at most {high}")
            case Lt(lt=high):
                words.append(f"below {high}")
            case MinLen(min_length=1):
                words.append("not empty")
            case FieldInfo():
                words.append(_bounds(tuple(one.metadata)))
            case _ if getattr(one, "pattern", None):
                words.append(f"like `{one.pattern}`")
    return ", ".join(word for word in words if word)
