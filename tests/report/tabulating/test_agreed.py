"""Scores on the sources whose class every catalogue names alike."""

from __future__ import annotations

import pandas as pd

from bentjets.report.tabulating import agreed
from bentjets.tables.scores import TABLE2

CLASSES = ["WAT", "NAT"]


def make_predictions(wat: list[float]) -> pd.DataFrame:
    labels = ["WAT", "NAT"] * (len(wat) // 2)
    table = pd.DataFrame({"source_id": [f"s{n}" for n in range(len(wat))], "label": labels})
    facts = {"model": "net", "kind": "network", "protocol": "cross_validation", "fold": 0}
    table = table.assign(**facts, seed=0, probability_WAT=wat)
    return table.assign(probability_NAT=1 - table["probability_WAT"])


def make_opinions(*rows) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["source_id", "their_morphology", "agrees"])


def test_a_source_is_agreed_where_somebody_names_it_and_nobody_contradicts() -> None:
    opinions = make_opinions(
        *[("a", "WAT", True), ("b", "WAT", True), ("b", "NAT", False)],
        *[("c", "", False), ("d", "", False), ("d", "NAT", True), ("e", "NAT", False)],
    )
    assert agreed.agreed_sources(opinions) == {"a", "d"}


def test_the_same_predictions_are_scored_on_agreed_sources_alone() -> None:
    predictions = make_predictions([0.9, 0.1, 0.8, 0.3, 0.2, 0.9])
    opinions = make_opinions(*((f"s{n}", "WAT" if n % 2 == 0 else "NAT", True) for n in range(4)))
    groups = {f"s{n}": n for n in range(6)}
    table = TABLE2.validate(agreed.agreed_table(predictions, opinions, groups, CLASSES))
    (row,) = agreed.agreed_rows(table)
    assert row[:3] == ["net", "4", "100.0"]
    assert len(row) == len(agreed.HEADINGS)
    whole = agreed.agreed_table(
        predictions, make_opinions(*((f"s{n}", "x", True) for n in range(6))), groups, CLASSES
    )
    assert agreed.agreed_rows(whole)[0][2] == "66.7"


def test_without_agreed_sources_there_is_no_row() -> None:
    predictions = make_predictions([0.9, 0.1])
    table = agreed.agreed_table(predictions, make_opinions(), {"s0": 0, "s1": 1}, CLASSES)
    assert TABLE2.validate(table).empty


def test_calibration_against_all_opinions_is_laid_out() -> None:
    scores = {"brier": 0.1, "brier_low": 0.05, "brier_high": 0.2}
    scores |= {"ece": 0.04, "ece_low": 0.0, "ece_high": 0.125}
    facts = {"model": "net", "kind": "network", "protocol": "cross_validation", "n": 1200}
    (row,) = agreed.soft_rows(pd.DataFrame([facts | scores]))
    assert row == [
        *("net", "cross validation", "1,200"),
        *("0.100", "0.050–0.200", "0.040", "0.000–0.125"),
    ]
    assert len(row) == len(agreed.SOFT_HEADINGS)
