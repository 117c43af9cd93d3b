"""Arrays and dtypes of a pickle, made by rules of our own.

``ndarray.__setstate__`` and ``dtype.__setstate__`` believe what they are given: a forged dtype
turns bytes into pointers. So numpy never sees the states that a pickle holds: they are checked
here, and arrays are made from bytes whose number is that of their shape.
"""

from __future__ import annotations

import math
import pickle
import re
from typing import Any

import numpy as np
from numpy.typing import NDArray

_PLAIN_CODE = re.compile(r"[biufcSUmM]\d{0,9}|O[48]?")
_BYTE_ORDERS = ("<", ">", "=", "|")
_TIME_UNITS = ("Y", "M", "W", "D", "h", "m", "s", "ms", "us", "ns", "ps", "fs", "as")
_FIELDS_OF_AN_ARRAY = 4


class RefusedGlobalError(pickle.UnpicklingError):
    """The pickle asks for something that is neither a plain container nor a numpy array."""


class Budget:
    """How much a pickle may still make: of each kind, as many bytes as the pickle has."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._spent: dict[str, int] = {}

    def spend(self, kind: str, amount: int) -> None:
        """Take `amount` bytes or items of a kind.

        Raises
        ------
        pickle.UnpicklingError
            If the pickle is too small to hold what it asks for.
        """
        self._spent[kind] = self._spent.get(kind, 0) + amount
        if self._spent[kind] > self.limit:
            raise pickle.UnpicklingError(
                f"its {self.limit} bytes cannot hold the {kind} that they ask for"
            )


class DTypeRecord:
    """What a pickle says of the dtype of numbers, characters, times or objects."""

    __hash__ = None  # type: ignore[assignment]

    def __init__(self, code: object, *flags: object) -> None:
        if not isinstance(code, str) or not _PLAIN_CODE.fullmatch(code):
            raise RefusedGlobalError(f"numpy.dtype({code!r:.100})")
        if any(flag not in (False, True) for flag in flags):
            raise RefusedGlobalError(f"numpy.dtype with the flags {flags!r:.100}")
        self.value: np.dtype[Any] = np.dtype(code)

    def restore(self, state: object) -> None:
        """Take the byte order and the unit of time, and refuse what else a state can say.

        numpy writes (version, byte order, subarray, names, fields, size, alignment, flags[, unit]).
        """
        match state:
            case (3 | 4, str(order), None, None, None, int(size), int(), int(), *unit) if (
                order in _BYTE_ORDERS and size in (-1, self.value.itemsize)
            ):
                self.value = self._in_units(unit).newbyteorder(order)  # type: ignore[arg-type]
            case _:
                raise RefusedGlobalError(f"numpy.dtype with the state {state!r:.100}")

    def _in_units(self, unit: list[Any]) -> np.dtype[Any]:
        match unit:
            case [] | [(None, (b"generic", 1, 1, 1))]:
                return self.value
            case [({} | None, (bytes(name), int(count), 1, 1))] if (
                self.value.kind in "mM" and name.decode("latin1") in _TIME_UNITS
            ):
                return np.dtype(f"{self.value.kind}8[{count}{name.decode('latin1')}]")
            case _:
                raise RefusedGlobalError(f"numpy.dtype with the unit {unit!r:.100}")


class ArrayRecord:
    """An array of a pickle: announced first, made when its state comes."""

    __hash__ = None  # type: ignore[assignment]

    def __init__(self, budget: Budget) -> None:
        self._budget = budget
        self.value: NDArray[Any] | None = None

    def restore(self, state: object) -> None:
        """Take what numpy writes: ([version, ]shape, dtype, whether in Fortran order, content)."""
        fields = state[-_FIELDS_OF_AN_ARRAY:] if isinstance(state, tuple) else state
        match fields:
            case (shape, kind, bool() | int() as fortran, content) if self.value is None:
                order = "F" if fortran else "C"
                self.value = make_array(content, kind, shape, order, budget=self._budget)
            case _:
                raise RefusedGlobalError(f"numpy.ndarray with the state {state!r:.100}")


def make_array(
    content: object, kind: object, shape: object, order: object, *, budget: Budget
) -> NDArray[Any]:
    """Make the array of a shape from its bytes, or, if it holds objects, from their list.

    Parameters
    ----------
    content : bytes, bytearray, str or list
        What the elements are made of; Python 2 writes bytes as a string of Latin-1 characters.
    kind : DTypeRecord
        The dtype.
    shape : tuple of int
        The shape.
    order : str
        ``C`` or ``F``: that of the bytes.
    budget : Budget
        What the pickle may still make.

    Returns
    -------
    numpy.ndarray
        A writable array.

    Raises
    ------
    RefusedGlobalError
        If these are no arguments that numpy writes.
    pickle.UnpicklingError
        If the content is not that of the shape, or the pickle is too small to hold it.
    """
    if not isinstance(kind, DTypeRecord) or order not in ("C", "F"):
        raise RefusedGlobalError(f"numpy.ndarray of {kind!r:.100} in the order {order!r:.100}")
    extent = _shape(shape, budget)
    elements = math.prod(extent)
    if kind.value.hasobject:
        return _objects(content, elements, budget).reshape(extent)  # listed in C order, always
    raw = _raw(content)
    if len(raw) != elements * kind.value.itemsize or (elements and not raw):
        raise pickle.UnpicklingError(
            f"{len(raw)} bytes do not make an array of {extent} {kind.value}"
        )
    budget.spend("arrays", len(raw))
    flat = np.frombuffer(bytearray(raw), kind.value) if raw else np.empty(0, kind.value)
    return flat.reshape(extent, order="F" if order == "F" else "C")


def make_scalar(kind: object, content: object, *, budget: Budget) -> Any:
    """Make the numpy scalar that these bytes are.

    Raises
    ------
    RefusedGlobalError
        If it is an object, or no dtype is given.
    pickle.UnpicklingError
        If the number of bytes is not that of the dtype.
    """
    if not isinstance(kind, DTypeRecord) or kind.value.hasobject:
        raise RefusedGlobalError(f"numpy.core.multiarray.scalar of {kind!r:.100}")
    if not kind.value.itemsize:
        return kind.value.type()
    return make_array(content, kind, (), "C", budget=budget)[()]


def _shape(shape: object, budget: Budget) -> tuple[int, ...]:
    if not isinstance(shape, tuple) or not all(
        isinstance(side, int) and 0 <= side <= budget.limit for side in shape
    ):
        raise pickle.UnpicklingError(
            f"its {budget.limit} bytes cannot hold an array of the shape {shape!r:.100}"
        )
    return shape


def _raw(content: object) -> bytes | bytearray:
    if isinstance(content, str):
        return content.encode("latin1")
    if not isinstance(content, bytes | bytearray):
        raise RefusedGlobalError(f"numpy.ndarray made from {type(content).__name__}")
    return content


def _objects(content: object, elements: int, budget: Budget) -> NDArray[Any]:
    if not isinstance(content, list) or len(content) != elements:
        raise RefusedGlobalError("numpy.ndarray of objects that is not made from their list")
    budget.spend("arrays", elements)
    flat = np.empty(elements, dtype=object)
    for index, element in enumerate(content):
        flat[index] = element
    return flat
