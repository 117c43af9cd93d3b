"""Sphinx extension: two pages of the reference are made of the configuration when they are read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from datasets_page import write_datasets
from parameters_page import write_parameters

if TYPE_CHECKING:
    from sphinx.application import Sphinx

_CONF = Path(__file__).resolve().parents[2] / "conf"
_PAGES: Mapping[str, Callable[[Path], str]] = {
    "reference/parameters": write_parameters,
    "reference/datasets": write_datasets,
}


def _append(app: Sphinx, page: str, source: list[str]) -> None:
    if page in _PAGES:
        source[0] = f"{source[0].rstrip()}\n\n{_PAGES[page](_CONF)}"


def _outdated(*_: object) -> list[str]:
    # They follow from more files than their own, all of which are read quickly.
    return list(_PAGES)


def setup(app: Sphinx) -> dict[str, Any]:
    """Append what the configuration says to the two pages."""
    app.connect("source-read", _append)
    app.connect("env-get-outdated", _outdated)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
