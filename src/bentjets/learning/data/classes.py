"""The declared classes: their label codes, and what to call a sample of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from bentjets.errors import InputError

BENT_CLASSES = {"WAT": "wide-angle tail", "NAT": "narrow-angle tail"}
"""The classes of the paper; any others may be declared."""

_MIN_CLASSES = 2


def label_codes(classes: Mapping[str, Any]) -> dict[str, str]:
    """Give the label code of each declared class as the text that stands in batches.

    Parameters
    ----------
    classes : mapping of str to str
        Label code of each class; a number counts as its digits.

    Returns
    -------
    dict of str to str
        The codes, in the order of the classes.

    Raises
    ------
    InputError
        If there are fewer than two classes, or two of them have the same code.
    """
    codes = {name: str(code) for name, code in classes.items()}
    if len(codes) < _MIN_CLASSES:
        raise InputError(
            f"classes declares {', '.join(codes) or 'none'}: give at least {_MIN_CLASSES}"
        )
    for code in codes.values():
        same = [other for other in codes if codes[other] == code]
        if len(same) > 1:
            raise InputError(
                f"classes gives {' and '.join(same)} the same label code {code!r}: give "
                "each class a code of its own"
            )
    return codes


def name_sample(classes: Iterable[str]) -> str:
    """Name the objects of a sample: bent radio galaxies, if all of them are WAT or NAT."""
    return "bent radio galaxies" if {*classes} <= {*BENT_CLASSES} else "radio galaxies"
