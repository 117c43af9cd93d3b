"""How estimates are written in rows of tables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Row = list[str]


def estimate_texts(estimate: Mapping[str, Any], as_share: bool) -> Row:
    """Write an estimate for a row of a table: its value, its 95 % interval, and of how many.

    Parameters
    ----------
    estimate
        ``value``, ``low``, ``high``, ``n``.
    as_share
        In per cent, or as it is.
    """
    value, low, high = (estimate[name] for name in ("value", "low", "high"))
    n = f"{estimate['n']:,}"
    if as_share:
        # Rounded twice as in Table 2, where the same number stands.
        return [f"{round(100 * value, 2):.1f} %", f"{100 * low:.1f}–{100 * high:.1f}", n]
    value, low, high = (f"{one:.2f}".replace("-", "−") for one in (value, low, high))
    return [value, f"{low} to {high}", n]
