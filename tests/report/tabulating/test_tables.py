"""Tables 1 and 2: the paper's counts to the digit, and every number of metrics.json."""

import pandas as pd

from bentjets.report import page
from bentjets.report.tabulating import latex, scores, tables
from bentjets.report.wording import captions, verdict
from results import BASELINES, make_comparison, make_entry, make_metrics

PAPER_BATCHES = [(39, 25)] * 5 + [(38, 26)] * 4 + [(38, 25)]
CLASSES = ("WAT", "NAT")
CEILING = {"value": 0.97531, "low": 0.951, "high": 0.989, "n": 81}
AGREEMENT = {"human_ceiling": {"verdict": CEILING, "morphology": None}}


def make_manifest(batches=PAPER_BATCHES):
    rows = [
        {"morphology": name, "batch": batch}
        for batch, counts in enumerate(batches)
        for name, count in zip(CLASSES, counts, strict=True)
        for _ in range(count)
    ]
    return pd.DataFrame(rows)


class TestTable1:
    def test_is_the_papers(self):
        table = tables.batch_table(make_manifest(), CLASSES)
        assert list(table.columns) == ["batch", "WAT", "NAT", "total"]
        assert list(table["batch"]) == [*map(str, range(9)), "test", "total"]
        assert list(zip(table["WAT"], table["NAT"], strict=True)) == [*PAPER_BATCHES, (385, 254)]
        assert list(table["total"].iloc[-2:]) == [63, 639]

    def test_counts_a_class_without_sources_as_zero(self):
        table = tables.batch_table(make_manifest([(3, 0), (2, 0)]), CLASSES)
        assert list(table["NAT"]) == [0, 0, 0]


class TestTable2:
    def test_networks_come_first_then_ensembles_then_baselines(self):
        metrics = make_metrics(("b", "a"), BASELINES[::-1], ensembles=("both",))
        metrics["entries"].reverse()
        table = tables.model_table(metrics)
        assert list(table["model"]) == ["a", "b", "both", *BASELINES]
        assert list(table["kind"]) == ["network"] * 2 + ["ensemble"] + ["baseline"] * 5

    def test_each_number_has_its_interval_and_its_spread(self):
        table = tables.model_table(make_metrics({"net": {"accuracy": 0.84123, "seeds": (0, 1)}}))
        row = table.iloc[0]
        parts = ("accuracy", "accuracy_low", "accuracy_high", "accuracy_spread")
        assert [row[f"{part}_percent"] for part in parts] == [84.12, 79.12, 89.12, 1.2]
        assert (row["auc"], row["auc_low"], row["ece"]) == (0.9012, 0.8512, 0.04)
        assert (row["NAT_f1_percent"], row["NAT_f1_high_percent"]) == (84.12, 89.12)
        assert (row["seeds"], row["n"], row["folds"]) == (2, 100, 5)

    def test_a_number_that_makes_no_sense_is_missing(self):
        metrics = make_metrics()
        nothing = dict.fromkeys(("value", "low", "high", "spread"))
        metrics["entries"][0]["metrics"]["auc"] = nothing
        row = tables.model_table(metrics).iloc[0]
        assert pd.isna(row["auc"]) and pd.isna(row["accuracy_spread_percent"])
        assert scores.score_text(row, scores.Score("auc")) == "–"

    def test_each_protocol_has_a_block_with_rules_between(self):
        metrics = make_metrics(("net",), ("majority class",))
        metrics["entries"] += [
            make_entry("majority class", "baseline", protocol="paper"),
            make_entry("net", protocol="paper"),
        ]
        table = tables.model_table(metrics)
        assert list(table["protocol"]) == ["cross_validation"] * 2 + ["paper"] * 2
        assert list(table["kind"]) == ["network", "baseline"] * 2
        assert scores.rules_before(table) == [False, True, True, True]


class TestPValues:
    def test_are_of_the_pair_with_the_best_network_of_the_protocol(self):
        metrics = make_metrics({"a": {}, "b": {"accuracy": 0.9}}, ("majority class",))
        entries = [
            make_entry("a", accuracy=0.9, protocol="paper"),
            make_entry("b", protocol="paper"),
        ]
        metrics["entries"] += entries
        comparison = make_comparison(metrics)
        comparison["p_corrected"] = [0.01, 0.02, 0.03, 0.04]
        pairs = list(zip(comparison["better"], comparison["worse"], strict=True))
        assert pairs == [("b", "a"), ("a", "majority class"), ("b", "majority class"), ("a", "b")]
        table = tables.add_p_values(tables.model_table(metrics), comparison)
        assert list(table["model"]) == ["a", "b", "majority class", "a", "b"]
        assert table["p_value"].fillna(-1).to_list() == [0.01, -1, 0.03, -1, 0.04]
        groups = page.score_groups(table)
        assert groups[0][1][:2] == ["Accuracy", "p"]
        rows = page.model_rows(table)
        assert [row["scores"][1]["text"] for row in rows] == ["0.010", "–", "0.030", "–", "0.040"]
        assert len(rows[0]["scores"]) == sum(len(titles) for _, titles in groups)

    def test_without_a_pair_there_is_no_column(self):
        metrics = make_metrics(baselines=())
        table = tables.add_p_values(tables.model_table(metrics), make_comparison(metrics))
        assert table["p_value"].isna().all()
        assert page.score_groups(table)[0][1][:2] == ["Accuracy", "Bal. acc."]


class TestBest:
    def test_is_the_highest_of_the_networks_and_ties_are_all_of_it(self):
        metrics = make_metrics(
            {"a": {"recall": 0.9}, "b": {"accuracy": 0.8889, "recall": 0.9}}, ensembles=("both",)
        )
        best = scores.best_scores(tables.model_table(metrics))
        accuracy, recall = scores.ACCURACY, scores.Score("recall", "WAT")
        assert [accuracy in row for row in best[:3]] == [False, True, False]
        assert [recall in row for row in best[:3]] == [True, True, False]

    def test_is_never_a_baseline(self):
        metrics = make_metrics({"net": {"accuracy": 0.4}})
        best = scores.best_scores(tables.model_table(metrics))
        assert scores.ACCURACY in best[0] and not any(best[1:])

    def test_is_told_apart_by_protocol(self):
        entries = [make_entry("a", accuracy=0.6), make_entry("a", accuracy=0.9, protocol="paper")]
        table = tables.model_table({"classes": list(CLASSES), "entries": entries})
        assert all(scores.ACCURACY in row for row in scores.best_scores(table))


def test_with_more_classes_fewer_scores_of_each_are_shown():
    def shown(*classes):
        table = tables.model_table(make_metrics(classes=classes))
        return {score.name for score in scores.shown_scores(table) if score.group == "b c"}

    assert shown("a", "b c") == {"precision", "recall", "f1"}
    assert shown("a", "b c", "d") == {"precision", "recall"}
    assert shown("a", "b c", "d", "e") == {"f1"}


def test_an_interval_has_the_decimals_that_it_needs():
    def interval(value, half_width):
        table = tables.model_table(make_metrics({"net": {"half_width": half_width}}))
        return scores.interval_text(table.iloc[0], value)

    assert interval(scores.ACCURACY, 0.05) == "79–89"
    assert interval(scores.ACCURACY, 0.011) == "82.9–85.1"
    assert interval(scores.Score("auc"), 0.05) == "0.85–0.95"
    assert interval(scores.Score("auc"), 0.01) == "0.890–0.910"
    assert interval(scores.ACCURACY, None) == ""


class TestHumanCeiling:
    def test_is_a_row_with_its_images_and_interval(self):
        before = tables.model_table(make_metrics())
        after = tables.add_ceilings(before, AGREEMENT, {})
        pd.testing.assert_frame_equal(after.iloc[:-1], before)
        row = after.iloc[-1]
        assert (row["model"], row["n"]) == ("one expert by another: acceptance", 81)
        parts = ("accuracy", "accuracy_low", "accuracy_high")
        assert [row[f"{part}_percent"] for part in parts] == [97.53, 95.1, 98.9]
        assert row[["accuracy_spread_percent", "auc", "WAT_f1_percent"]].isna().all()
        assert [scores.seeds_text(row), scores.score_text(row, scores.Score("auc"))] == ["–", "–"]

    def test_nobody_voted(self):
        table = tables.model_table(make_metrics())
        for agreement in ({}, {"experts": [], "n_votes": 0}):
            pd.testing.assert_frame_equal(tables.add_ceilings(table, agreement, {}), table)

    def test_is_no_network_and_no_protocol(self):
        metrics = make_metrics(("net", "other"), ensembles=("both",))
        before = tables.model_table(metrics)
        after = tables.add_ceilings(before, AGREEMENT, {})
        assert scores.best_scores(after) == [*scores.best_scores(before), set()]
        assert scores.rules_before(after) == [*scores.rules_before(before), True]
        assert verdict.headline(after) == verdict.headline(before)
        comparison = make_comparison(metrics, 1e-5)
        assert verdict.judge_models(after, metrics, comparison, {}) == verdict.judge_models(
            before, metrics, comparison, {}
        )
        assert captions.measured_on(after) == captions.measured_on(before)
        assert captions.explain_table(after)[:-1] == captions.explain_table(before)
        assert "human ceiling" in captions.explain_table(after)[-1]
        text = latex.model_table_latex(after)
        (row,) = [line for line in text.splitlines() if "one expert by another" in line]
        assert "97.5 & {[}95.1--98.9] & --" in row
        assert row.count("&") == max(line.count("&") for line in text.splitlines())
        assert r"\textbf" not in row
        assert "Protocol" not in text

    def test_a_second_opinion_is_a_row_of_its_own(self):
        before = tables.model_table(make_metrics())
        estimate = {"value": 0.88, "low": 0.7, "high": 0.958, "n": 25}
        opinions = {"opinions": {"x": {"dataset": {"agreement": estimate}}, "y": {"dataset": None}}}
        after = tables.add_ceilings(before, {}, opinions)
        row = after.iloc[-1]
        assert (row["model"], row["n"], len(after)) == ("second opinion: x", 25, len(before) + 1)
        assert row["accuracy_percent"] == 88.0
        assert "another catalogue names the same class" in captions.explain_table(after)[-1]
        assert scores.PROTOCOL_NAMES[row["protocol"]] == "catalogues"
