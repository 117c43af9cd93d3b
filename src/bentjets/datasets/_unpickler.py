"""A pickle reader that builds plain containers and numpy arrays, and nothing else."""

from __future__ import annotations

import io
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy._core import multiarray
from numpy._core.numeric import _frombuffer  # type: ignore[attr-defined]

_PLAIN_KINDS = frozenset("?bBhHiIlLqQefdgFDGSUOumM")


class RefusedGlobalError(pickle.UnpicklingError):
    """The pickle names something that is neither a plain container nor a numpy array."""


def _encode_latin1(text: str, encoding: str) -> bytes:
    """Stand in for ``codecs.encode``, with which Python writes bytes for protocol 2."""
    if encoding != "latin1":
        raise RefusedGlobalError(f"_codecs.encode to {encoding!r}")
    return text.encode("latin1")


def _empty_bytes() -> bytes:
    """Stand in for ``bytes``, which protocol 2 calls for ``b""``: without an argument, no size."""
    return b""


def _plain_dtype(code: str, *flags: bool) -> np.dtype[Any]:
    """Stand in for ``numpy.dtype``: a structured type could carry forged object pointers."""
    if not isinstance(code, str) or code[:1] not in _PLAIN_KINDS:
        raise RefusedGlobalError(f"numpy.dtype({code!r})")
    return np.dtype(code, *flags)


_ADMITTED: dict[tuple[str, str], Callable[..., Any]] = {
    ("_codecs", "encode"): _encode_latin1,
    ("builtins", "bytes"): _empty_bytes,
    ("__builtin__", "bytes"): _empty_bytes,
    ("builtins", "set"): set,
    ("__builtin__", "set"): set,
    ("builtins", "frozenset"): frozenset,
    ("__builtin__", "frozenset"): frozenset,
    ("numpy", "ndarray"): np.ndarray,
    ("numpy", "dtype"): _plain_dtype,
    # numpy 1 writes numpy.core, numpy 2 numpy._core.
    ("numpy.core.multiarray", "_reconstruct"): multiarray._reconstruct,
    ("numpy._core.multiarray", "_reconstruct"): multiarray._reconstruct,
    ("numpy.core.multiarray", "scalar"): multiarray.scalar,
    ("numpy._core.multiarray", "scalar"): multiarray.scalar,
    ("numpy.core.numeric", "_frombuffer"): _frombuffer,
    ("numpy._core.numeric", "_frombuffer"): _frombuffer,
}


class _PlainUnpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Callable[..., Any]:
        try:
            return _ADMITTED[module, name]
        except KeyError:
            raise RefusedGlobalError(f"{module}.{name}") from None


def loads_plain(content: bytes) -> Any:
    """Read a pickle of plain containers (list, dict, tuple, set, str, bytes, numbers) and arrays.

    Strings written by Python 2 are read as latin-1, as numpy's arrays in them need.

    Raises
    ------
    RefusedGlobalError
        If the pickle asks for anything else; the message is the name of it. Nothing of it has run.
    Exception
        Whatever `pickle` or numpy raise on damaged content.
    """
    return _PlainUnpickler(io.BytesIO(content), encoding="latin1").load()
