r"""How a table is set in LaTeX: with booktabs, or as AASTeX's deluxetable.

What a table says is decided elsewhere; its texts are LaTeX already.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Literal

LatexStyle = Literal["booktabs", "deluxetable"]

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


@dataclass(frozen=True)
class Column:
    """A column of a table in print.

    Parameters
    ----------
    title : str
        Its heading.
    align : str
        ``l``, ``r`` or ``c``. Numbers with equally many decimals stand on the right.
    group : str
        The heading that it shares with its neighbours; empty without one.
    """

    title: str
    align: Literal["l", "r", "c"] = "r"
    group: str = ""


@dataclass(frozen=True)
class PrintedTable:
    """A table as it is printed.

    Parameters
    ----------
    columns : sequence of Column
        From left to right.
    blocks : sequence
        Blocks of rows, each row a text per column; a rule parts the blocks.
    caption : str
        What it shows, in a sentence or two.
    notes : str
        What its reader must know; empty where that is nothing.
    label : str
        What a text refers to it by.
    is_wide : bool
        Whether it goes over both columns of a page.
    """

    columns: Sequence[Column]
    blocks: Sequence[Sequence[Sequence[str]]]
    caption: str
    label: str
    notes: str = ""
    is_wide: bool = False


def typeset(table: PrintedTable, style: LatexStyle) -> str:
    r"""Set a table, to be taken into a document by ``\input``.

    Parameters
    ----------
    table : PrintedTable
        What it says.
    style : str
        ``booktabs`` needs the package of that name; ``deluxetable`` the class aastex631 or a later
        one of the AAS.

    Returns
    -------
    str
        Its first line is a comment on what it needs.
    """
    return _SETTERS[style](table).replace("–", "--")


def _set_booktabs(table: PrintedTable) -> str:
    environment = "table*" if table.is_wide else "table"
    blocks = [[_row(row) for row in block] for block in table.blocks]
    body = [line for block in blocks for line in (r"\midrule", *block)]
    lines = [
        r"% needs \usepackage{booktabs}",
        rf"\begin{{{environment}}}",
        r"  \centering",
        rf"  \caption{{{' '.join(filter(None, (table.caption, table.notes)))}}}",
        rf"  \label{{{table.label}}}",
        *([r"  \footnotesize", r"  \setlength{\tabcolsep}{3pt}"] if table.is_wide else []),
        rf"  \begin{{tabular}}{{{_alignment(table)}}}",
        *(
            f"    {line}"
            for line in (
                r"\toprule",
                *_groups(table, rule=r"\cmidrule(lr)", empty=""),
                _row([column.title for column in table.columns]),
                *body,
                r"\bottomrule",
            )
        ),
        r"  \end{tabular}",
        rf"\end{{{environment}}}",
    ]
    return "\n".join(lines) + "\n"


def _set_deluxetable(table: PrintedTable) -> str:
    environment = "deluxetable*" if table.is_wide else "deluxetable"
    blocks = [[_row(row) for row in block] for block in table.blocks]
    body = [
        line for place, block in enumerate(blocks) for line in ([r"\hline"] * (place > 0) + block)
    ]
    # A line after the last row would be a row of its own.
    body[-1] = body[-1].removesuffix(r" \\")
    titles = " & ".join(rf"\colhead{{{column.title}}}" for column in table.columns)
    lines = [
        r"% needs \documentclass{aastex631}, or a later class of the AAS",
        rf"\begin{{{environment}}}{{{_alignment(table)}}}",
        *([r"  \tabletypesize{\footnotesize}"] if table.is_wide else []),
        rf"  \tablecaption{{{table.caption}\label{{{table.label}}}}}",
        r"  \tablehead{",
        *(f"    {line}" for line in _groups(table, rule=r"\cline", empty=r"\nocolhead{}")),
        f"    {titles}",
        r"  }",
        r"  \startdata",
        *(f"    {line}" for line in body),
        r"  \enddata",
        *([rf"  \tablecomments{{{table.notes}}}"] if table.notes else []),
        rf"\end{{{environment}}}",
    ]
    return "\n".join(lines) + "\n"


_SETTERS: dict[LatexStyle, Callable[[PrintedTable], str]] = {
    "booktabs": _set_booktabs,
    "deluxetable": _set_deluxetable,
}


def _alignment(table: PrintedTable) -> str:
    return "".join(column.align for column in table.columns)


def _groups(table: PrintedTable, *, rule: str, empty: str) -> list[str]:
    """Write the shared headings over their columns, with a rule under each; none without any."""
    cells: list[str] = []
    rules, place = "", 1
    for group, members in groupby(column.group for column in table.columns):
        width = len(list(members))
        if group:
            cells.append(rf"\multicolumn{{{width}}}{{c}}{{{group}}}")
            rules += rf"{rule}{{{place}-{place + width - 1}}}"
        else:
            cells += [empty] * width
        place += width
    return [_row(cells), rules] if rules else []


def _row(cells: Sequence[str]) -> str:
    return " & ".join(cells) + r" \\"
