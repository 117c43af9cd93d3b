"""What a result depends on besides its source: the one place that says so.

A result is found again only where all of this is the same: the code of the step and of every module
of ours that it uses, the versions of the libraries that the step names, and its arguments.
Comments, docstrings and descriptions are not code; what a step does not use does not count.
"""

from __future__ import annotations

import ast
import functools
import hashlib
import importlib.util
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields, is_dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from pydantic import BaseModel

_PACKAGE = __name__.partition(".")[0]
_STARTED_S = time.time()


@dataclass(frozen=True)
class Recipe:
    """What a result of one step depends on.

    Parameters
    ----------
    step
        Name of the function.
    modules
        Our modules whose code counts, sorted.
    digest
        SHA-256 of the code and the versions, as hexadecimal digits.
    """

    step: str
    modules: tuple[str, ...]
    digest: str

    @classmethod
    def of(cls, function: Callable[..., Any], made_with: Iterable[str] = ()) -> Recipe:
        """Find out what the results of a function depend on.

        Parameters
        ----------
        function
            The step.
        made_with
            Names of libraries of which another version may give another result.
        """
        modules = tuple(sorted(_modules_used(function.__module__)))
        libraries = {"python": ".".join(map(str, sys.version_info[:2]))}
        libraries |= {name: version(name) for name in made_with}
        code = [function.__qualname__, *(_code_digest(module) for module in modules)]
        return cls(function.__name__, modules, digest([code, libraries]).hex())

    def edited(self) -> list[str]:
        """Name the modules whose text may no longer be what this process runs."""
        files = {module: _file(module) for module in self.modules}
        return [one for one, file in files.items() if file and file.stat().st_mtime > _STARTED_S]

    def key(self, *arguments: Any) -> bytes:
        """Give the key of the result for these arguments: 32 bytes.

        Raises
        ------
        TypeError
            If an argument is not made of plain values, dataclasses and Pydantic models.
        """
        return digest([self.digest, *arguments])


def digest(value: Any) -> bytes:
    """Return the SHA-256 of a plain value: equal values, and they alone, have equal digests.

    Raises
    ------
    TypeError
        If it holds anything but text, bytes, numbers, None, lists, tuples, mappings, paths,
        dataclasses and Pydantic models.
    """
    state = hashlib.sha256()
    _feed(value, state.update)
    return state.digest()


def _feed(value: Any, update: Callable[[bytes], None]) -> None:
    match value:
        case None | bool():
            _put("constant", repr(value).encode(), update)
        case int():
            _put("int", repr(int(value)).encode(), update)
        case float():  # numpy's too
            _put("float", repr(float(value)).encode(), update)
        case str():
            _put("str", value.encode(errors="surrogatepass"), update)
        case bytes():
            _put("bytes", value, update)
        case Path():
            _put("path", str(value).encode(), update)
        case list() | tuple():
            _put("list", str(len(value)).encode(), update)
            for item in value:
                _feed(item, update)
        case Mapping():
            _put("map", str(len(value)).encode(), update)
            for name in sorted(value):
                _feed(name, update)
                _feed(value[name], update)
        case _:
            _put("record", type(value).__name__.encode(), update)
            _feed({name: getattr(value, name) for name in _field_names(value)}, update)


def _field_names(value: Any) -> list[str]:
    if isinstance(value, BaseModel):
        return list(type(value).model_fields)
    if is_dataclass(value) and not isinstance(value, type):
        return [one.name for one in fields(value)]
    raise TypeError(f"a {type(value).__name__} cannot be part of a key: give plain values")


def _put(kind: str, content: bytes, update: Callable[[bytes], None]) -> None:
    # With its length before it, no content can be taken for the beginning of the next.
    update(f"{kind}:{len(content)}:".encode())
    update(content)


def _modules_used(module: str) -> set[str]:
    """Name a module and all of ours that it imports, directly or not, wherever in its text."""
    found: set[str] = set()
    waiting = [module]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += _imports(name)
    return found


@functools.cache
def _imports(module: str) -> tuple[str, ...]:
    tree = _parse(module)
    named: set[str] = set()
    for node in ast.walk(tree) if tree else ():
        if isinstance(node, ast.Import):
            named |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            named |= {_origin(node.module, alias.name) for alias in node.names}
    return tuple(name for name in sorted(named) if name.startswith(f"{_PACKAGE}.") and _file(name))


def _origin(module: str, name: str) -> str:
    """Name the module that a name comes from: that of a room, if its package only passes it on."""
    if not module.startswith(_PACKAGE):
        return module
    if _file(f"{module}.{name}"):
        return f"{module}.{name}"
    file, tree = _file(module), _parse(module)
    if tree and file and file.name == "__init__.py":
        for node in tree.body:
            if isinstance(node, ast.ImportFrom) and name in {one.name for one in node.names}:
                return node.module or module
    return module


@functools.cache
def _file(module: str) -> Path | None:
    """Find the text of a module, without running it."""
    try:
        spec = importlib.util.find_spec(module)
    except (ModuleNotFoundError, ValueError):
        return None
    return Path(spec.origin) if spec and spec.origin and spec.origin.endswith(".py") else None


@functools.cache
def _parse(module: str) -> ast.Module | None:
    file = _file(module)
    return ast.parse(file.read_bytes()) if file else None


@functools.cache
def _code_digest(module: str) -> str:
    """Digest the code of a module: without comments, docstrings, descriptions of settings."""
    tree = _parse(module)
    if tree is None:
        return module  # one of Python's own
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            node.keywords = [one for one in node.keywords if one.arg != "description"]
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            node.body = [line for line in node.body if not _is_text(line)]
    return hashlib.sha256(ast.dump(tree).encode()).hexdigest()


def _is_text(line: ast.stmt) -> bool:
    return (
        isinstance(line, ast.Expr)
        and isinstance(line.value, ast.Constant)
        and isinstance(line.value.value, str)
    )
