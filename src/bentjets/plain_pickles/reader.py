"""A pickle reader that builds plain containers and numpy arrays, and nothing else."""

from __future__ import annotations

import functools
import io
import operator
import pickle
import pickletools
from collections.abc import Callable
from typing import Any

import numpy as np

from bentjets.plain_pickles.arrays import (
    ArrayRecord,
    Budget,
    DTypeRecord,
    RefusedGlobalError,
    make_array,
    make_scalar,
)

_OPCODES_OF_OBJECTS = frozenset(
    [
        *("INST", "OBJ", "NEWOBJ", "NEWOBJ_EX", "EXT1", "EXT2", "EXT4"),
        *("PERSID", "BINPERSID", "NEXT_BUFFER", "READONLY_BUFFER"),
    ]
)


class _Opcodes(dict[int, Callable[[Any], None]]):
    """What the reader does at each opcode."""

    def __missing__(self, opcode: int) -> Callable[[Any], None]:
        for known in pickletools.opcodes:
            if known.code == chr(opcode):
                raise RefusedGlobalError(f"the opcode {known.name}")
        raise pickle.UnpicklingError(f"it is no pickle, or damaged at {bytes([opcode])!r}")


# Python's own reader in Python, not that in C: every step of it can be chosen, and none trusts
# a length that the pickle gives.
class _PlainUnpickler(pickle._Unpickler):
    dispatch = _Opcodes(
        {
            ord(known.code): pickle._Unpickler.dispatch[ord(known.code)]
            for known in pickletools.opcodes
            if known.name not in _OPCODES_OF_OBJECTS
        }
    )

    def __init__(self, content: bytes) -> None:
        # Strings of Python 2 are read as Latin-1, as numpy's arrays in them need.
        super().__init__(io.BytesIO(content), encoding="latin1")
        budget = Budget(len(content))
        array = functools.partial(_new_array, budget)
        scalar = functools.partial(make_scalar, budget=budget)
        from_buffer = functools.partial(_from_buffer, budget)
        self._admitted: dict[str, Any] = {
            "_codecs.encode": functools.partial(_encode_latin1, budget),
            "numpy.ndarray": _ndarray,
            "numpy.dtype": DTypeRecord,
        }
        for module in ("builtins", "__builtin__"):
            self._admitted[f"{module}.bytes"] = _empty_bytes
            self._admitted[f"{module}.set"] = functools.partial(_collect, budget, set)
            self._admitted[f"{module}.frozenset"] = functools.partial(_collect, budget, frozenset)
        for core in ("numpy.core", "numpy._core"):  # of numpy 1, of numpy 2
            self._admitted[f"{core}.multiarray._reconstruct"] = array
            self._admitted[f"{core}.multiarray.scalar"] = scalar
            self._admitted[f"{core}.numeric._frombuffer"] = from_buffer

    def find_class(self, module: str, name: str) -> Any:
        try:
            return self._admitted[f"{module}.{name}"]
        except KeyError:
            raise RefusedGlobalError(f"{module}.{name}") from None

    def load_build(self) -> None:
        stack: list[Any] = self.stack  # type: ignore[attr-defined]
        state = stack.pop()
        if not isinstance(stack[-1], ArrayRecord | DTypeRecord):
            raise RefusedGlobalError(f"the state of a {type(stack[-1]).__name__}")
        stack[-1].restore(state)

    def load_bytearray8(self) -> None:
        size = int.from_bytes(self.read(8), "little")  # type: ignore[attr-defined]
        self.append(bytearray(self.read(size)))  # type: ignore[attr-defined]

    dispatch[pickle.BUILD[0]] = load_build
    dispatch[pickle.BYTEARRAY8[0]] = load_bytearray8


def loads_plain(content: bytes) -> Any:
    """Read a pickle of plain containers (list, dict, tuple, set, str, bytes, numbers) and arrays.

    Strings written by Python 2 are read as latin-1. What is made is never larger than what the
    pickle itself holds, but for the objects of Python around it.

    Raises
    ------
    RefusedGlobalError
        If the pickle asks for anything else; the message is the name of it. Nothing of it has run.
    Exception
        Whatever `pickle` or numpy raise on damaged content.
    """
    return _Finisher().finish(_PlainUnpickler(content).load())


class _Finisher:
    """Put arrays and dtypes in the place of their records, wherever they are."""

    def __init__(self) -> None:
        # The original is kept beside its replacement, so that its id is not given to another.
        self._finished: dict[int, tuple[Any, Any]] = {}

    def finish(self, item: Any) -> Any:
        """Give the item with what was announced in it made; lists and dicts change in place."""
        if callable(item):
            raise pickle.UnpicklingError("a name stands where there should be data")
        if not isinstance(item, ArrayRecord | DTypeRecord | list | dict | tuple | set | frozenset):
            return item
        if id(item) not in self._finished:
            made = item.value if isinstance(item, ArrayRecord | DTypeRecord) else item
            self._finished[id(item)] = (item, made)  # first, as a list may hold itself
            self._finished[id(item)] = (item, self._filled(made))
        return self._finished[id(item)][1]

    def _filled(self, made: Any) -> Any:
        match made:
            case None:
                raise pickle.UnpicklingError("an array has no content")
            case tuple():
                inner = tuple(self.finish(item) for item in made)
                return made if all(map(operator.is_, made, inner)) else inner
            case dict():
                made.update({self.finish(key): self.finish(item) for key, item in made.items()})
            case set() | frozenset():
                for item in made:
                    self.finish(item)
            case list():
                made[:] = [self.finish(item) for item in made]
            case np.ndarray() if made.dtype.hasobject:
                elements = made.reshape(-1)  # a view
                for index, item in enumerate(elements):
                    elements[index] = self.finish(item)
        return made


def _encode_latin1(budget: Budget, text: object, encoding: object) -> bytes:
    """Stand in for ``codecs.encode``, with which Python writes bytes for protocol 2."""
    if encoding != "latin1" or not isinstance(text, str):
        raise RefusedGlobalError(f"_codecs.encode to {encoding!r:.100}")
    budget.spend("bytes", len(text))
    return text.encode("latin1")


def _empty_bytes() -> bytes:
    """Stand in for ``bytes``, which protocol 2 calls for ``b""``: without an argument, no size."""
    return b""


def _collect(budget: Budget, kind: Callable[[Any], Any], items: object = ()) -> Any:
    """Stand in for ``set`` and ``frozenset``, which protocols before 4 call with a list."""
    if not isinstance(items, list | tuple):
        raise RefusedGlobalError(f"a set of {type(items).__name__}")
    budget.spend("sets", len(items))
    return kind(items)


def _ndarray(*_: object) -> None:
    """Stand in for the class, which numpy names but never calls: a buffer needs no length."""
    raise RefusedGlobalError("numpy.ndarray with arguments")


def _new_array(budget: Budget, kind: object, *_: object) -> ArrayRecord:
    """Stand in for ``_reconstruct``, which makes an empty array whose state is to come."""
    if kind is not _ndarray:
        raise RefusedGlobalError(f"_reconstruct of {kind!r:.100}")
    return ArrayRecord(budget)


def _from_buffer(
    budget: Budget, content: object, kind: object, shape: object, order: object, axes: Any = None
) -> Any:
    """Stand in for ``_frombuffer``, with which numpy writes arrays for protocol 5."""
    if order != "K" or axes is None:
        return make_array(content, kind, shape, order, budget=budget)
    return make_array(content, kind, shape, "C", budget=budget).transpose(axes)
