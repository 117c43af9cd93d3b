"""The tables in LaTeX: they compile, and name what was measured and how."""

import re
import shutil
import subprocess

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bentjets.report.tabulating import latex, tables
from bentjets.report.tabulating.typesetting import escape_latex
from results import BASELINES, make_comparison, make_entry, make_metrics

STYLES = ("booktabs", "deluxetable")
PREAMBLES = {
    "booktabs": r"\documentclass[twocolumn]{article}\usepackage[margin=2cm]{geometry}"
    r"\usepackage{booktabs}",
    "deluxetable": r"\documentclass[twocolumn]{aastex631}",
}


def check_latex(text, environment, columns):
    assert text.count("{") - text.count(r"\{") == text.count("}") - text.count(r"\}")
    begun, ended = (re.findall(rf"\\{word}{{([\w*]+)}}", text) for word in ("begin", "end"))
    inner = [] if environment.startswith("deluxetable") else ["tabular"]
    assert begun == ended[::-1] == [environment, *inner]
    assert (
        len(re.search(rf"begin{{{begun[-1]}}}{{([lrc]+)}}".replace("*", r"\*"), text)[1]) == columns
    )
    lines = text.splitlines()
    rows = [line for line in lines if " & " in line and "multicolumn" not in line]
    assert all(len(re.findall(r"(?<!\\)&", line)) == columns - 1 for line in rows)
    if inner:
        assert all(rf"    \{rule}" in lines for rule in ("toprule", "midrule", "bottomrule"))
        assert all(line.endswith(r"\\") for line in rows)
    else:
        # The heading and the last row end without: what follows would be a row of its own.
        open_rows = [
            place for place, line in enumerate(lines) if line in rows and line[-2:] != r"\\"
        ]
        assert [lines[place + 1] for place in open_rows] == ["  }", r"  \enddata"]


def rows_of(text):
    return {line.split(" & ")[0].strip(): line for line in text.splitlines() if " & " in line}


def test_table_1_names_the_sample():
    manifest = pd.DataFrame(
        {"batch": [0] * 3 + [1] * 2, "morphology": ["WAT", "NAT", "WAT"] + ["NAT"] * 2}
    )
    table = tables.batch_table(manifest, ("WAT", "NAT"))
    for style, environment in zip(STYLES, ("table", "deluxetable"), strict=True):
        text = latex.batch_table_latex(table, style)
        assert "5 bent radio galaxies (2 WAT, 3 NAT)" in text
        assert r"Test & 0 & 2 & 2 \\" in text
        check_latex(text, environment, columns=4)


def make_table2(p_value=1e-5, **settings):
    networks = {"one": {"accuracy": 0.9, "seeds": (0, 1, 2)}, "two": {}}
    metrics = make_metrics(networks, **settings)
    return tables.add_p_values(tables.model_table(metrics), make_comparison(metrics, p_value))


@pytest.mark.parametrize("style", STYLES)
def test_tables_compile(style, tmp_path):
    if not shutil.which("pdflatex"):
        pytest.skip("pdflatex is not installed (apt: texlive-latex-recommended)")
    if style == "deluxetable" and not _has_class("aastex631.cls"):
        pytest.skip("AASTeX is not installed (apt: texlive-publishers texlive-plain-generic)")
    names = ("FR_I & co", "50% #II ~{x}", "[rest]*")
    manifest = pd.DataFrame({"batch": [0, 0, 0, 1], "morphology": [*names, names[0]]})
    written = [
        latex.batch_table_latex(tables.batch_table(manifest, names), style),
        latex.model_table_latex(make_table2(), style),
        latex.model_table_latex(make_table2(baselines=(), classes=names), style),
    ]
    document = "\n".join(
        [PREAMBLES[style], r"\begin{document}", *written, "Words.", r"\end{document}"]
    )
    (tmp_path / "tables.tex").write_text(document)
    done = subprocess.run(
        ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "tables.tex"],
        cwd=tmp_path, capture_output=True, text=True, errors="replace", timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-2000:]
    assert "Overfull \\hbox" not in done.stdout
    assert (tmp_path / "tables.pdf").stat().st_size > 0


def _has_class(name):
    found = subprocess.run(["kpsewhich", name], capture_output=True, check=False)
    return found.returncode == 0


class TestTable2:
    @pytest.fixture
    def text(self):
        return latex.model_table_latex(make_table2(n=439))

    def test_is_sound(self, text):
        check_latex(text, "table*", columns=15)
        text = latex.model_table_latex(make_table2(n=439), "deluxetable")
        check_latex(text, "deluxetable*", columns=15)
        caption, notes = (
            re.search(rf"\\table{one}{{(.*)}}", text)[1] for one in ("caption", "comments")
        )
        assert caption == r"Scores of the networks, and of what needs no network.\label{tab:models}"
        assert "each of the 439 images" in notes

    def test_says_how_likely_a_difference_from_the_best_is_by_chance(self):
        p_values = {("one", "two"): 0.0341, ("one", "majority class"): 0.0004}
        rows = rows_of(latex.model_table_latex(make_table2(p_values)))
        assert "85--95] & -- &" in rows["one"]
        assert "79--89] & 0.034 &" in rows["two"]
        assert r"55--65] & \textless{} 0.001 &" in rows["majority class"]

    def test_columns_without_a_value_are_left_out(self):
        text = latex.model_table_latex(tables.model_table(make_metrics()))
        check_latex(text, "table*", columns=13)
        assert "s.d." not in text and "$p$" not in text

    def test_best_network_is_bold_and_no_baseline_is(self, text):
        rows = rows_of(text)
        assert r"one & 439 & 3 & \textbf{90.0} & $\pm$ 1.2 & {[}85--95]" in rows["one"]
        assert "two & 439 & 1 & 84.0 &  & {[}79--89]" in rows["two"]
        assert all("textbf" not in rows[name] for name in BASELINES)

    def test_baselines_stand_below_a_rule(self, text):
        lines = [line.strip() for line in text.splitlines()]
        first = next(place for place, line in enumerate(lines) if line.startswith("majority"))
        assert lines[first - 1] == r"\midrule"
        assert lines.count(r"\midrule") == 2

    def test_caption_names_protocol_folds_and_images(self, text):
        caption = re.search(r"\\caption{(.*)}", text).group(1)
        assert "Cross-validation in 5 folds: each of the 439 images" in caption
        assert "means over the seeds" in caption
        assert r"95\,\% intervals" in caption

    def test_says_that_the_epoch_was_chosen_on_the_test_images(self):
        metrics = make_metrics(protocol="paper", n=63)
        text = latex.model_table_latex(tables.model_table(metrics))
        assert "the epoch was chosen on the 63 test images themselves" in text

    def test_several_protocols_have_a_column(self):
        metrics = make_metrics()
        metrics["entries"] += [make_entry("net", protocol="paper", n=63)]
        text = latex.model_table_latex(tables.model_table(metrics))
        assert "net & paper's selection & 63 & 1 &" in text
        assert "Cross-validation in 5 folds" in text and "the 63 test images themselves" in text
        check_latex(text, "table*", columns=14)

    def test_names_are_escaped(self):
        metrics = make_metrics(("vit_b&50%",), classes=("FR_I", "FR#II", "rest"))
        text = latex.model_table_latex(tables.model_table(metrics))
        assert r"vit\_b\&50\% &" in text
        assert r"\multicolumn{2}{c}{FR\#II}" in text
        check_latex(text, "table*", columns=13)


@given(st.text(alphabet=r"ab\{}$&#_%~^<>|[* ", max_size=30))
def test_escaped_text_has_no_command_left(text):
    escaped = escape_latex(text)
    known = r"\\text(backslash|asciitilde|asciicircum|less|greater|bar){}|\\[&%$#_{}]|{\[}|{\*}"
    assert not set(re.sub(known, "", escaped)) & set(r"\{}$&#_%~^<>|[*")
