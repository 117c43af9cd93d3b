"""Tables 1 and 2 in LaTeX (booktabs)."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from bentjets.learning.data import name_sample
from bentjets.report import captions, scores

_ESCAPES = str.maketrans(
    {
        "\\": r"\textbackslash{}",
        "~": r"\textasciitilde{}",
        "^": r"\textasciicircum{}",
        "<": r"\textless{}",
        ">": r"\textgreater{}",
        "|": r"\textbar{}",
        # After the end of a row, LaTeX would take these for its arguments.
        "[": "{[}",
        "*": "{*}",
        **{character: f"\\{character}" for character in "&%$#_{}"},
    }
)


def escape_latex(text: str) -> str:
    """Escape the characters that LaTeX would take for commands."""
    return text.translate(_ESCAPES)


def batch_table_latex(table: pd.DataFrame) -> str:
    """Write Table 1, as ``tables.batch_table`` gives it."""
    classes = list(table.columns[1:-1])
    totals = table.iloc[-1]
    numbers = ", ".join(f"{totals[name]} {escape_latex(str(name))}" for name in classes)
    rows = [[escape_latex(str(cell)).capitalize() for cell in row] for row in table.to_numpy()]
    body = [*map(_row, rows[:-1]), r"\midrule", _row(rows[-1])]
    header = [_row(["Batch", *(escape_latex(str(name)) for name in classes), "Total"])]
    caption = (
        f"The sample of {totals['total']} {name_sample(classes)} ({numbers}) "
        "by training batch, and the test batch."
    )
    return _table("table", "l" + "r" * (len(classes) + 1), header, body, caption, "tab:batches")


def model_table_latex(table: pd.DataFrame) -> str:
    """Write Table 2, as ``tables.model_table`` gives it; the caption says how it was measured."""
    columns = scores.shown_scores(table)
    lead = ["Model", "$n$", "Seeds"]
    many_protocols = scores.without_humans(table)["protocol"].nunique() > 1
    if many_protocols:
        lead.insert(1, "Protocol")
    body = []
    rows = zip(table.to_dict("records"), scores.best_scores(table), strict=True)
    for before, (row, best) in zip(scores.rules_before(table), rows, strict=True):
        body += [r"\midrule"] if before else []
        cells = [escape_latex(str(row["model"])), str(row["n"]), scores.seeds_text(row)]
        if many_protocols:
            cells.insert(1, scores.PROTOCOL_NAMES[row["protocol"]])
        body.append(_row([*cells, *(_score_cell(row, score, score in best) for score in columns)]))
    alignment = "l" * (len(lead) - 2) + "rr" + "r" * len(columns)
    caption = escape_latex(" ".join(captions.explain_table(table)))
    caption = caption.replace(r" \%", r"\,\%").replace("±", r"$\pm$")
    header = [*_group_row(columns, len(lead)), _row([*lead, *(_title(one) for one in columns)])]
    return _table("table*", alignment, header, body, caption, "tab:models")


def _group_row(columns: Sequence[scores.Score], offset: int) -> list[str]:
    """Write the classes over their columns, with a rule under each."""
    cells, rules, place = [""] * offset, "", offset + 1
    for group in dict.fromkeys(score.group for score in columns):
        width = sum(score.group == group for score in columns)
        if group:
            cells.append(rf"\multicolumn{{{width}}}{{c}}{{{escape_latex(group)}}}")
            rules += rf"\cmidrule(lr){{{place}-{place + width - 1}}}"
        else:
            cells += [""] * width
        place += width
    return [_row(cells), rules]


def _title(score: scores.Score) -> str:
    return escape_latex(score.short_title) + (r" (\%)" if score.percent and not score.group else "")


def _score_cell(row: scores.Row, score: scores.Score, best: bool) -> str:
    text = scores.score_text(row, score)
    text = rf"\textbf{{{text}}}" if best else text
    if score.name != "accuracy":
        return text
    interval, spread = scores.interval_text(row, score), scores.spread_text(row, score)
    return text + (rf" $\pm$ {spread}" if spread else "") + (f" [{interval}]" if interval else "")


def _row(cells: Sequence[str]) -> str:
    return " & ".join(cells).replace("–", "--") + r" \\"


def _table(
    environment: str, columns: str, header: Sequence[str], body: Sequence[str], caption: str,
    label: str,
) -> str:  # fmt: skip
    lines = [
        r"% needs \usepackage{booktabs}",
        rf"\begin{{{environment}}}",
        r"  \centering",
        rf"  \caption{{{caption.replace('–', '--')}}}",
        rf"  \label{{{label}}}",
        *([r"  \small", r"  \setlength{\tabcolsep}{4pt}"] if environment == "table*" else []),
        rf"  \begin{{tabular}}{{{columns}}}",
        *(f"    {line}" for line in (r"\toprule", *header, r"\midrule", *body, r"\bottomrule")),
        r"  \end{tabular}",
        rf"\end{{{environment}}}",
    ]
    return "\n".join(lines) + "\n"
