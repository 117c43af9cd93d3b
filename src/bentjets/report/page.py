"""The HTML page of the report: one file, without anything from elsewhere."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from importlib.resources import files
from typing import Any

import pandas as pd

from bentjets.files import FigureFiles
from bentjets.plotting import PNG_DPI
from bentjets.report.tabulating import scores
from bentjets.report.wording.captions import count

_CSS_DPI = 96
# Where the header of a PNG file states its width (PNG specification, section 11.2.2).
_PNG_WIDTH = slice(16, 20)


def render_page(figures: Mapping[str, FigureFiles], **content: Any) -> str:
    """Fill the template of the report.

    Parameters
    ----------
    figures : mapping of str to FigureFiles
        Their PNG files are embedded as base64; those that have a name have links to their files.
    **content
        What the template names; everything is escaped.

    Returns
    -------
    str
        The page; the same content gives the same text.
    """
    from jinja2 import Environment, FunctionLoader, StrictUndefined

    environment = Environment(
        loader=FunctionLoader(_read_template),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    embedded = {name: _embed(figure) for name, figure in figures.items()}
    template = environment.get_template("templates/report.html.j2")
    return template.render(figures=embedded, **content) + "\n"


def _read_template(name: str) -> str:
    return files(__package__).joinpath(name).read_text(encoding="utf-8")


def _embed(figure: FigureFiles) -> dict[str, Any]:
    """Put a figure into the page at the size it was drawn for."""
    width_dots = int.from_bytes(figure.png[_PNG_WIDTH])
    return {
        "source": f"data:image/png;base64,{base64.b64encode(figure.png).decode('ascii')}",
        "width": round(width_dots * _CSS_DPI / PNG_DPI),
        "name": figure.name,
    }


def model_rows(table2: pd.DataFrame) -> list[dict[str, Any]]:
    """Lay Table 2 out for the page: each score with its text, its interval and its spread.

    After the accuracy stands the p value of its difference from the best network's.
    """
    rows = []
    best = scores.best_scores(table2)
    rules = scores.rules_before(table2)
    for row, row_best, rule in zip(table2.to_dict("records"), best, rules, strict=True):
        rows.append(
            {
                "model": row["model"],
                "measured": _measured(row),
                "scores": [
                    cell
                    for score in scores.shown_scores(table2)
                    for cell in _cells(row, score, score in row_best, table2)
                ],
                "rule": rule,
            }
        )
    return rows


def _cells(
    row: scores.Row, score: scores.Score, is_best: bool, table2: pd.DataFrame
) -> Iterator[dict[str, Any]]:
    yield {
        "text": scores.score_text(row, score),
        "interval": scores.interval_text(row, score),
        "spread": scores.spread_text(row, score),
        "best": is_best,
    }
    if score == scores.ACCURACY and scores.has_p_values(table2):
        yield {"text": scores.p_text(row), "interval": "", "spread": "", "best": False}


def _measured(row: scores.Row) -> str:
    seeds = f", {count(row['seeds'], 'seed')}" if row["kind"] == "network" else ""
    return f"{scores.PROTOCOL_NAMES[row['protocol']]}, {count(row['n'], 'image')}{seeds}"


def score_groups(table2: pd.DataFrame) -> list[tuple[str, list[str]]]:
    """Give the headings of Table 2: the class (empty for scores of all), and its scores' titles."""
    groups: dict[str, list[str]] = {}
    for score in scores.shown_scores(table2):
        titles = groups.setdefault(score.group, [])
        titles.append(score.short_title)
        if score == scores.ACCURACY and scores.has_p_values(table2):
            titles.append("p")
    return list(groups.items())
