"""What Tables 1 and 2 say in LaTeX."""

from __future__ import annotations

from itertools import pairwise

import pandas as pd

from bentjets.learning.data import name_sample
from bentjets.report.tabulating import scores
from bentjets.report.tabulating.typesetting import (
    Column,
    LatexStyle,
    PrintedTable,
    escape_latex,
    typeset,
)
from bentjets.report.wording import captions

_ACCURACY = r"Accuracy (\%)"


def batch_table_latex(table: pd.DataFrame, style: LatexStyle = "booktabs") -> str:
    """Write Table 1.

    Parameters
    ----------
    table : DataFrame
        As ``tables.batch_table`` gives it.
    style : str
        ``booktabs`` or ``deluxetable``.
    """
    classes = list(table.columns[1:-1])
    totals = table.iloc[-1]
    numbers = ", ".join(f"{totals[name]} {escape_latex(str(name))}" for name in classes)
    rows = [[escape_latex(str(cell)).capitalize() for cell in row] for row in table.to_numpy()]
    titles = [*(escape_latex(str(name)) for name in classes), "Total"]
    printed = PrintedTable(
        columns=[Column("Batch", "l"), *(Column(title) for title in titles)],
        blocks=[rows[:-1], rows[-1:]],
        caption=f"The sample of {totals['total']} {name_sample(classes)} ({numbers}) "
        "by training batch, and the test batch.",
        label="tab:batches",
    )
    return typeset(printed, style)


def model_table_latex(table: pd.DataFrame, style: LatexStyle = "booktabs") -> str:
    """Write Table 2; its notes say how it was measured.

    Parameters
    ----------
    table : DataFrame
        As ``tables.model_table`` gives it.
    style : str
        ``booktabs`` or ``deluxetable``.
    """
    columns = _columns(table)
    rows = [
        [cell for column, cell in zip(columns, cells, strict=True) if column is not None]
        for cells in _cells(table)
    ]
    starts = [place for place, before in enumerate(scores.rules_before(table)) if before]
    printed = PrintedTable(
        columns=[column for column in columns if column is not None],
        blocks=[rows[start:end] for start, end in pairwise([0, *starts, len(rows)])],
        caption=captions.TABLE2,
        label="tab:models",
        notes=_words(" ".join(captions.explain_table(table))),
        is_wide=True,
    )
    return typeset(printed, style)


def _columns(table: pd.DataFrame) -> list[Column | None]:
    """Give the columns of Table 2; None for those that would be empty in all rows."""
    many_protocols = scores.without_humans(table)["protocol"].nunique() > 1
    has_spread = table[scores.ACCURACY.column("spread")].notna().any()
    return [
        Column("Model", "l"),
        Column("Protocol", "l") if many_protocols else None,
        Column("$n$"),
        Column("Seeds"),
        Column("value", group=_ACCURACY),
        Column("s.d.", group=_ACCURACY) if has_spread else None,
        Column(r"95\,\% interval", "c", group=_ACCURACY),
        Column("$p$") if scores.has_p_values(table) else None,
        *(Column(_title(score), group=escape_latex(score.group)) for score in _others(table)),
    ]


def _cells(table: pd.DataFrame) -> list[list[str]]:
    rows = []
    for row, best in zip(table.to_dict("records"), scores.best_scores(table), strict=True):
        rows.append(
            [
                escape_latex(str(row["model"])),
                scores.PROTOCOL_NAMES[row["protocol"]],
                str(row["n"]),
                scores.seeds_text(row),
                _score(row, scores.ACCURACY, best),
                f"$\\pm$ {spread}" if (spread := scores.spread_text(row)) else "",
                f"{{[}}{interval}]" if (interval := scores.interval_text(row)) else "",
                escape_latex(scores.p_text(row)),
                *(_score(row, score, best) for score in _others(table)),
            ]
        )
    return rows


def _others(table: pd.DataFrame) -> list[scores.Score]:
    return [score for score in scores.shown_scores(table) if score != scores.ACCURACY]


def _title(score: scores.Score) -> str:
    return escape_latex(score.short_title) + (r" (\%)" if score.percent and not score.group else "")


def _score(row: scores.Row, score: scores.Score, best: set[scores.Score]) -> str:
    text = scores.score_text(row, score)
    return rf"\textbf{{{text}}}" if score in best else text


def _words(text: str) -> str:
    return escape_latex(text).replace(r" \%", r"\,\%").replace("±", r"$\pm$")
