"""Tables 1 and 2 of the paper, as tables and as LaTeX."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd

from bentjets.learning.data import name_sample

ANGLE = "opening angle"
MAJORITY = "majority class"
BASELINES = (ANGLE, MAJORITY)
MEASURES = ("precision", "recall", "f1")
_LATEX_ESCAPES = str.maketrans(
    {
        "\\": r"\textbackslash{}",
        "~": r"\textasciitilde{}",
        "^": r"\textasciicircum{}",
        **{character: f"\\{character}" for character in "&%$#_{}"},
    }
)


def escape_latex(text: str) -> str:
    """Escape the characters that LaTeX would take for commands."""
    return text.translate(_LATEX_ESCAPES)


def batch_table(manifest: pd.DataFrame, classes: Iterable[str]) -> pd.DataFrame:
    """Count the sources of each class in each batch (the paper's Table 1).

    Parameters
    ----------
    manifest : DataFrame
        One row per accepted source, with ``batch`` (int; the largest is the test batch) and
        ``morphology``.
    classes : iterable of str
        The classes, in the order of the columns.

    Returns
    -------
    DataFrame
        Columns ``batch`` ("1", "2", ..., "test", "total"), one per class, and ``total``.
    """
    names = list(classes)
    counts = pd.crosstab(manifest["batch"], manifest["morphology"])
    counts = counts.reindex(columns=names, fill_value=0).sort_index()
    counts.index = pd.Index([*(str(batch + 1) for batch in counts.index[:-1]), "test"])
    counts.loc["total"] = counts.sum()
    counts["total"] = counts.sum(axis="columns")
    return counts.rename_axis(index="batch", columns=None).reset_index()


def batch_table_latex(table: pd.DataFrame) -> str:
    """Write Table 1 in LaTeX (booktabs)."""
    classes = list(table.columns[1:-1])
    totals = table.iloc[-1]
    numbers = ", ".join(f"{totals[name]} {escape_latex(str(name))}" for name in classes)
    rows = [[escape_latex(str(cell)).capitalize() for cell in row] for row in table.to_numpy()]
    body = [*map(_latex_row, rows[:-1]), r"\midrule", _latex_row(rows[-1])]
    header = [_latex_row(["Batch", *(escape_latex(str(name)) for name in classes), "Total"])]
    caption = (
        f"The sample of {totals['total']} {name_sample(classes)} ({numbers}) "
        "by training batch, and the test batch."
    )
    return _latex_table("l" + "r" * (len(classes) + 1), header, body, caption, "tab:batches")


def model_table(metrics: Mapping[str, Mapping[str, Any]]) -> pd.DataFrame:
    """Gather the test results of the models (the paper's Table 2), in per cent.

    Parameters
    ----------
    metrics : mapping of str to mapping
        For each model what ``bentjets.learning.evaluation.metrics.measure`` gives, and last that
        for the opening angle as a baseline, if there is one.

    Returns
    -------
    DataFrame
        Columns ``model``, ``n``, ``accuracy_percent``, ``accuracy_low_percent`` and
        ``accuracy_high_percent`` (Wilson, 95 %), then ``<class>_<measure>_percent`` for precision,
        recall and F1 of each class. The last row is the majority class as a baseline, which has
        an accuracy only.
    """
    rows = [_model_row(model, values) for model, values in metrics.items()]
    first = next(iter(metrics.values()))
    rows.append(
        {"model": MAJORITY, "n": first["n"], "accuracy_percent": 100 * first["majority_share"]}
    )
    return pd.DataFrame(rows).round(2)


def model_table_latex(table: pd.DataFrame) -> str:
    """Write Table 2 in LaTeX (booktabs), the best model of each column in bold."""
    columns = score_columns(table)
    classes = table_classes(table)
    groups = " & ".join(rf"\multicolumn{{3}}{{c}}{{{escape_latex(name)}}}" for name in classes)
    rules = "".join(rf"\cmidrule(lr){{{3 + 3 * i}-{5 + 3 * i}}}" for i in range(len(classes)))
    header = [
        rf" &  & {groups} \\",
        rules,
        _latex_row(["Model", r"Accuracy [95\,\%]", *(["Prec.", "Recall", "F1"] * len(classes))]),
    ]
    body = []
    for row, best in zip(table.to_dict("records"), best_scores(table), strict=True):
        cells = [
            rf"\textbf{{{text}}}" if column in best else text
            for column, text in ((column, score_text(row[column])) for column in columns)
        ]
        if pd.notna(row["accuracy_low_percent"]):
            cells[0] += f" [{interval_text(row)}]"
        if row["model"] == first_baseline(table):
            body.append(r"\midrule")
        body.append(_latex_row([escape_latex(str(row["model"])), *cells]))
    caption = (
        rf"Results in \% on the {table['n'].iloc[0]} images of the test batch, with the Wilson "
        r"95\,\% interval of the accuracy. The best model of each column is in bold"
        rf"{_angle_note(table)}; the last row is what always answering the majority class would "
        "give."
    )
    return _latex_table("l" + "r" * len(columns), header, body, caption, "tab:models")


def score_columns(table: pd.DataFrame) -> list[str]:
    """Name the columns of Table 2 that hold scores, without the limits of the interval."""
    return ["accuracy_percent", *(str(column) for column in table.columns[5:])]


def table_classes(table: pd.DataFrame) -> list[str]:
    """Name the classes of Table 2, in the order of its columns."""
    suffix = f"_{MEASURES[0]}_percent"
    return [column.removesuffix(suffix) for column in table.columns if column.endswith(suffix)]


def best_scores(table: pd.DataFrame) -> list[set[str]]:
    """Name, for each row, the columns whose best score it has; ties all, the baselines never."""
    scores = table[score_columns(table)].where(~table["model"].isin(BASELINES))
    best = scores.eq(scores.max()).to_dict("records")
    return [{str(column) for column, is_best in row.items() if is_best} for row in best]


def first_baseline(table: pd.DataFrame) -> str:
    """Name the row of Table 2 with which the baselines begin."""
    return ANGLE if has_angle(table) else MAJORITY


def has_angle(table: pd.DataFrame) -> bool:
    """Tell whether Table 2 has the opening angle as a baseline."""
    return bool((table["model"] == ANGLE).any())


def score_text(score: float) -> str:
    """Write a score in per cent with one decimal, or a dash where there is none."""
    return "–" if pd.isna(score) else f"{score:.1f}"


def interval_text(row: Mapping[Any, Any] | pd.Series) -> str:
    """Write the interval of the accuracy in whole per cent."""
    return f"{row['accuracy_low_percent']:.0f}–{row['accuracy_high_percent']:.0f}"


def _angle_note(table: pd.DataFrame) -> str:
    if not has_angle(table):
        return ""
    return (
        f"; the row {ANGLE} is one threshold on the measured angle between the tails, learnt on "
        "the training batches"
    )


def _model_row(model: str, values: Mapping[str, Any]) -> dict[str, Any]:
    row: dict[str, Any] = {"model": model, "n": values["n"]}
    for key in ("accuracy", "accuracy_low", "accuracy_high"):
        row[f"{key}_percent"] = 100 * values[key]
    for name in values["classes"]:
        for measure in MEASURES:
            row[f"{name}_{measure}_percent"] = 100 * values["per_class"][name][measure]
    return row


def _latex_row(cells: Sequence[str]) -> str:
    return " & ".join(cells).replace("–", "--") + r" \\"


def _latex_table(
    columns: str, header: Sequence[str], body: Sequence[str], caption: str, label: str
) -> str:
    lines = [
        r"% needs \usepackage{booktabs}",
        r"\begin{table}",
        r"  \centering",
        rf"  \caption{{{caption}}}",
        rf"  \label{{{label}}}",
        rf"  \begin{{tabular}}{{{columns}}}",
        *(f"    {line}" for line in (r"\toprule", *header, r"\midrule", *body, r"\bottomrule")),
        r"  \end{tabular}",
        r"\end{table}",
    ]
    return "\n".join(lines) + "\n"
