"""Cards with which the files of islands and masks tell how they came about."""

from __future__ import annotations

from typing import Any

CLOSING_CARD = "CLOSING"
"""Card of a file of islands: with how large a square the gaps of a grown mask are closed."""


def card_value(value: Any) -> str | float | int:
    """Say in words what a FITS card cannot hold."""
    if value is None:
        return "auto"
    return f"{value[0]},{value[1]}" if isinstance(value, tuple) else value
