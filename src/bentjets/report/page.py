"""The HTML page of the report: one file, without scripts and without anything from elsewhere."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from importlib.resources import files
from typing import Any

import pandas as pd

from bentjets.report import tables
from bentjets.report.figures import FIGURE_DPI

_CSS_DPI = 96
# Where the header of a PNG file states its width (PNG specification, section 11.2.2).
_PNG_WIDTH = slice(16, 20)


def render_page(figures: Mapping[str, bytes], **content: Any) -> str:
    """Fill the template of the report.

    Parameters
    ----------
    figures : mapping of str to bytes
        PNG files, embedded as base64.
    **content
        What the template names; everything is escaped.

    Returns
    -------
    str
        The page; the same content gives the same text.
    """
    from jinja2 import Environment, StrictUndefined

    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    template = files(__package__).joinpath("report.html.j2").read_text(encoding="utf-8")
    embedded = {name: _embed(png) for name, png in figures.items()}
    return environment.from_string(template).render(figures=embedded, **content) + "\n"


def _embed(png: bytes) -> dict[str, Any]:
    """Put a figure into the page at the size it was drawn for."""
    width_dots = int.from_bytes(png[_PNG_WIDTH])
    return {
        "source": f"data:image/png;base64,{base64.b64encode(png).decode('ascii')}",
        "width": round(width_dots * _CSS_DPI / FIGURE_DPI),
    }


def model_rows(table2: pd.DataFrame) -> list[dict[str, Any]]:
    """Lay Table 2 out for the page: each score with its text and whether it is the best."""
    rows = []
    first_baseline = tables.first_baseline(table2)
    for row, best in zip(table2.to_dict("records"), tables.best_scores(table2), strict=True):
        has_interval = pd.notna(row["accuracy_low_percent"])
        rows.append(
            {
                "model": row["model"],
                "scores": [
                    (tables.score_text(row[column]), column in best)
                    for column in tables.score_columns(table2)
                ],
                "interval": tables.interval_text(row) if has_interval else "",
                "begins_baselines": row["model"] == first_baseline,
            }
        )
    return rows
