"""From what a user wrote to checked settings: one clear line for what is wrong with it."""

from __future__ import annotations

import difflib
import textwrap
from collections.abc import Collection, Iterator, Mapping, Sequence
from types import NoneType
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeVar, get_args, get_origin

from pydantic import BaseModel, ValidationError

from bentjets.errors import InputError

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

Model = TypeVar("Model", bound=BaseModel)
Key = int | str

_LONGEST = 80

_WANTED = {
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number",
    "finite_number": "a finite number",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "string_type": "a text",
    "string_too_short": "a text",
    "path_type": "a path",
    "list_type": "a list",
    "tuple_type": "a list",
    "too_short": "a list of {min_length} or more",
    "dict_type": "a mapping",
    "model_type": "a mapping of settings",
    "model_attributes_type": "a mapping of settings",
    "greater_than": "a number above {gt:g}",
    "greater_than_equal": "a number of at least {ge:g}",
    "less_than": "a number below {lt:g}",
    "less_than_equal": "a number of at most {le:g}",
    "literal_error": "{expected}",
    "union_tag_invalid": "{expected_tags}",
}


def validate(model: type[Model], given: Any) -> Model:
    """Read settings as a user wrote them.

    Parameters
    ----------
    model
        The Pydantic model of the settings.
    given
        What was written: a mapping, or an instance of the model.

    Returns
    -------
    BaseModel
        The checked settings.

    Raises
    ------
    InputError
        If something is wrong: one line with the dotted name of the first wrong setting, what was
        given, and what is allowed; an unknown name comes with those nearest to it.
    """
    try:
        return model.model_validate(given)
    except ValidationError as error:
        mistakes = error.errors(include_url=False)
        # A name that nobody knows explains why another one is missing.
        first = next((one for one in mistakes if one["type"] == "extra_forbidden"), mistakes[0])
        others = len({one["loc"] for one in mistakes}) - 1
        further = f" (and {others} more such mistake{'s' * (others > 1)})" if others else ""
        raise InputError(_complain(first, model, given) + further) from error


def suggest(name: str, known: Sequence[str], *, at_most: int = 3) -> str:
    """End a message on an unknown name with those that may have been meant."""
    near = difflib.get_close_matches(name, known, n=at_most, cutoff=0.5)
    if near:
        return f"did you mean {' or '.join(near)}?"
    return f"choose from {', '.join(known[:10])}"


def _key_text(key: Key) -> str:
    """Write a key as it stands; quoted, where it would break the line or not be seen."""
    text = str(key)
    return text if text.strip() and text.isprintable() else repr(key)


def _complain(mistake: ErrorDetails, model: type[BaseModel], given: Any) -> str:
    path = [*_walk(mistake, given)]
    name = ".".join(map(_key_text, path))
    match mistake["type"]:
        case "extra_forbidden":
            known = sorted(_fields_at(model, mistake["loc"][:-1]))
            return f"{name} is unknown: {suggest(str(path[-1]), known, at_most=1)}"
        case "missing":
            return f"{name} is missing: add it to the parameters"
        case "union_tag_not_found":
            return f"{name}.{_discriminator(mistake)} is missing: add it to the parameters"
        case "value_error":
            return _quote(mistake, path, _fields_at(model, mistake["loc"]))
    value = mistake["input"]
    if mistake["type"] == "union_tag_invalid":
        name, value = f"{name}.{_discriminator(mistake)}", mistake["ctx"]["tag"]
    wanted = _WANTED.get(mistake["type"])
    advice = f"give {wanted.format(**mistake.get('ctx', {}))}" if wanted else mistake["msg"]
    return f"{name} is {_short(value)}: {advice}"


def _quote(mistake: ErrorDetails, path: Sequence[Key], fields: Collection[str]) -> str:
    """Say what a check of ours has to say, of one setting or of a whole section."""
    words, name = str(mistake["ctx"]["error"]), ".".join(map(_key_text, path))
    if not isinstance(mistake["input"], Mapping | BaseModel):
        return f"{name} is {_short(mistake['input'])}: {words}"
    subject = words.split(maxsplit=1)[0]
    if not path:
        return words
    if subject == path[-1]:
        return ".".join([*map(_key_text, path[:-1]), words])
    return f"{name}.{words}" if subject in fields else f"{name}: {words}"


def _discriminator(mistake: ErrorDetails) -> str:
    return str(mistake["ctx"]["discriminator"]).strip("'")


def _short(value: Any) -> str:
    return textwrap.shorten(repr(value), _LONGEST, placeholder=" ...")


def _walk(mistake: ErrorDetails, given: Any) -> Iterator[Key]:
    """Give the keys of a place; Pydantic puts the chosen member of a union between them."""
    for key in mistake["loc"]:
        if _holds(given, key):
            given = given[key]
            yield key
    if mistake["type"] == "missing":
        yield mistake["loc"][-1]


def _holds(given: Any, key: Key) -> bool:
    if isinstance(given, Mapping):
        return key in given
    return isinstance(given, list | tuple) and isinstance(key, int) and key < len(given)


def _fields_at(model: type[BaseModel], loc: Sequence[Key]) -> set[str]:
    """Give the names of the settings that may stand at a place."""
    kinds: list[Any] = [model]
    for key in loc:
        inside = [annotation for kind in kinds for annotation in _inside(kind, key)]
        # What is no name of a setting is the tag of a union, and chooses among its members.
        tagged = [kind for kind in kinds if key in _tags(kind)]
        kinds = [one for kind in inside or tagged or kinds for one in _members(kind)]
    return {
        field.alias or name
        for kind in kinds
        if _is_model(kind)
        for name, field in kind.model_fields.items()
    }


def _inside(kind: Any, key: Key) -> Iterator[Any]:
    if _is_model(kind):
        for name, field in kind.model_fields.items():
            if key in (name, field.alias):
                yield from _members(field.annotation)
    elif get_origin(kind) in (dict, list, tuple):
        yield from _members(get_args(kind)[-1])


def _members(annotation: Any) -> Iterator[Any]:
    """Give the types that a type stands for, without its metadata and without None."""
    origin = get_origin(annotation)
    if origin is Annotated:
        yield from _members(get_args(annotation)[0])
    elif origin is None or origin in (dict, list, tuple, Literal):
        if annotation is not NoneType:
            yield annotation
    else:
        for member in get_args(annotation):
            yield from _members(member)


def _tags(kind: Any) -> tuple[Any, ...]:
    field = kind.model_fields.get("service") if _is_model(kind) else None
    return get_args(field.annotation) if field else ()


def _is_model(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)
