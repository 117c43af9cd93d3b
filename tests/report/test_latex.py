"""The tables in LaTeX: they compile, and name what was measured and how."""

import re

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bentjets.report import latex, tables
from results import BASELINES, make_entry, make_metrics


def check_latex(text, environment, columns):
    assert text.count("{") - text.count(r"\{") == text.count("}") - text.count(r"\}")
    begun, ended = (re.findall(rf"\\{word}{{([\w*]+)}}", text) for word in ("begin", "end"))
    assert begun == ended[::-1] == [environment, "tabular"]
    assert len(re.search(r"begin{tabular}{([lr]+)}", text).group(1)) == columns
    for rule in ("toprule", "midrule", "bottomrule"):
        assert rf"\{rule}" in text
    for line in text.splitlines():
        if line.endswith(r"\\") and "multicolumn" not in line:
            assert len(re.findall(r"(?<!\\)&", line)) == columns - 1


def rows_of(text):
    return {line.split(" & ")[0].strip(): line for line in text.splitlines() if " & " in line}


def test_table_1_names_the_sample():
    manifest = pd.DataFrame(
        {"batch": [0] * 3 + [1] * 2, "morphology": ["WAT", "NAT", "WAT"] + ["NAT"] * 2}
    )
    text = latex.batch_table_latex(tables.batch_table(manifest, ("WAT", "NAT")))
    assert "5 bent radio galaxies (2 WAT, 3 NAT)" in text
    assert r"Test & 0 & 2 & 2 \\" in text
    check_latex(text, "table", columns=4)


class TestTable2:
    @pytest.fixture
    def text(self):
        networks = {"one": {"accuracy": 0.9, "seeds": (0, 1, 2)}, "two": {}}
        return latex.model_table_latex(tables.model_table(make_metrics(networks, n=439)))

    def test_is_sound(self, text):
        check_latex(text, "table*", columns=12)

    def test_best_network_is_bold_and_no_baseline_is(self, text):
        rows = rows_of(text)
        assert r"one & 439 & 3 & \textbf{90.0} $\pm$ 1.2 [85--95]" in rows["one"]
        assert "two & 439 & 1 & 84.0 [79--89]" in rows["two"]
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
        check_latex(text, "table*", columns=13)

    def test_names_are_escaped(self):
        metrics = make_metrics(("vit_b&50%",), classes=("FR_I", "FR#II", "rest"))
        text = latex.model_table_latex(tables.model_table(metrics))
        assert r"vit\_b\&50\% &" in text
        assert r"\multicolumn{2}{c}{FR\#II}" in text
        check_latex(text, "table*", columns=12)


@given(st.text(alphabet=r"ab\{}$&#_%~^<>|[* ", max_size=30))
def test_escaped_text_has_no_command_left(text):
    escaped = latex.escape_latex(text)
    known = r"\\text(backslash|asciitilde|asciicircum|less|greater|bar){}|\\[&%$#_{}]|{\[}|{\*}"
    assert not set(re.sub(known, "", escaped)) & set(r"\{}$&#_%~^<>|[*")
