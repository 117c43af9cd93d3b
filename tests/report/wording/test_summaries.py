"""What the report says in words and counts."""

import pandas as pd

from bentjets.report.wording import summaries

COLUMNS = ["kind", "source_id", "other_id", "batch", "other_batch", "detail"]


def test_long_lists_are_cut_and_point_to_the_file():
    lost = pd.DataFrame({"source_id": [f"S{i:02d}" for i in range(23)], "reason": "gone"})
    losses = summaries.list_losses("Lost", lost, "log.csv")
    assert losses["reasons"][0]["sources"] == [f"S{i:02d}" for i in range(20)]
    assert (losses["reasons"][0]["more_sources"], losses["more_reasons"]) == (3, 0)
    various = lost.assign(reason=[f"error {i:02d}" for i in range(22)] + [None])
    losses = summaries.list_losses("Lost", various, "log.csv")
    assert (len(losses["reasons"]), losses["more_reasons"]) == (20, 3)


class TestLeaks:
    def test_none(self):
        told = summaries.describe_leaks(pd.DataFrame(columns=COLUMNS), 10)
        assert told["kinds"] == [] and told["sentence"].startswith("No two sources")

    def test_are_counted_by_kind_and_by_where_they_are(self):
        rows = [("overlap", f"A{n}", f"B{n}", 0, 9, "") for n in range(7)]
        rows += [("overlap", "C", "D", 1, 2, ""), ("same name", "E", "F", 3, 4, "")]
        told = summaries.describe_leaks(pd.DataFrame(rows, columns=COLUMNS), 10)
        assert told["sentence"].startswith("9 pairs of sources that are not independent are in")
        assert "7 of them in training and test" in told["sentence"]
        overlap, name = told["kinds"]
        assert (overlap["kind"], overlap["test"], overlap["training"]) == ("overlap", 7, 1)
        assert overlap["pairs"] == [f"A{n} and B{n}" for n in range(5)]
        assert overlap["more_pairs"] == 3
        assert (name["test"], name["training"], name["pairs"]) == (0, 1, ["E and F"])

    def test_a_single_pair(self):
        leaks = pd.DataFrame([("overlap", "A", "B", 0, 9, "")], columns=COLUMNS)
        assert summaries.describe_leaks(leaks, 10)["sentence"].startswith("1 pair of sources")


def test_settings_that_models_share_stand_once():
    models = {"a": {"lr": 1, "training": {"epochs": 5}}, "b": {"lr": 2, "training": {"epochs": 5}}}
    assert summaries.compare_settings(models) == [
        {"name": "lr", "values": ["1", "2"]},
        {"name": "training.epochs", "values": ["5"]},
    ]


def test_a_setting_that_only_one_model_has_is_a_dash_for_the_other():
    rows = summaries.compare_settings({"a": {"optimizer": {"lr": 1}}, "b": {"optimizer": {}}})
    assert {"name": "optimizer.lr", "values": ["1", "–"]} in rows
