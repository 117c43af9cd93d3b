"""Published results beside ours: intervals that follow, and no comparison that does not hold."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binomtest

from bentjets.report.tabulating import published, tables
from bentjets.tables.benchmarks import BESIDE_OURS, PUBLISHED
from results import make_entry, make_metrics

FILE = Path(__file__).resolve().parents[3] / "benchmarks" / "published.csv"
PAPER = {"images_of": "rgc_bent", "made_of": ""}
ELSEWHERE = {"images_of": "", "made_of": ""}
REMADE = {"images_of": "", "made_of": "sasmal2022+first"}


@pytest.fixture(scope="module")
def kept():
    words = dict.fromkeys(("made_of", "note"), "")
    return PUBLISHED.validate(pd.read_csv(FILE).fillna(words))


def compare(kept, where, accuracy=0.9, protocol="paper", n=63, classes=("WAT", "NAT")):
    entry = make_entry("net", accuracy=accuracy, protocol=protocol, n=n, classes=classes)
    table2 = tables.model_table({**make_metrics((), (), classes=classes), "entries": [entry]})
    return BESIDE_OURS.validate(published.compare_published(kept, table2, **where))


class TestWhatIsKept:
    def test_every_result_has_a_citation_that_can_be_followed(self, kept):
        assert kept["citation"].str.contains(r"arXiv:\d{4}\.\d{5}|github\.com/\S+/\S+").all()
        assert not kept.duplicated(["set", "model", "metric"]).any()

    def test_the_papers_are_whole_numbers_of_its_63_images(self, kept):
        paper = kept[kept["set"] == "rgc_bent"]
        right = paper["value"] * paper["n"]
        assert (right - right.round()).abs().max() < 0.05
        assert right.round().to_list() == [47, 49, 48, 51, 53]
        assert set(paper["protocol"]) == {"paper"}


class TestCompared:
    def test_interval_is_wilsons_of_value_and_images(self, kept):
        rows = compare(kept, PAPER).set_index("model")
        low, high = binomtest(53, 63).proportion_ci(method="wilson")
        found = rows.loc["ConvNeXt", ["low_percent", "high_percent"]].to_numpy(float)
        np.testing.assert_allclose(found, [100 * low, 100 * high], atol=0.01)
        assert (round(found[0]), round(found[1])) == (73, 91)

    def test_same_images_and_protocol_are_compared(self, kept):
        rows = compare(kept, PAPER, accuracy=0.9).set_index("model")
        assert rows["comparable"].to_dict()["ConvNeXt"]
        assert rows.loc["ConvNeXt", "remark"] == "no difference: within the intervals"
        worse = compare(kept, PAPER, accuracy=0.5).set_index("model")
        assert worse.loc["ConvNeXt", "remark"] == (
            "ours is lower by 34.1 points, outside the intervals"
        )

    def test_another_protocol_is_named(self, kept):
        row = compare(kept, PAPER, protocol="single").set_index("model").loc["ConvNeXt"]
        assert not row["comparable"]
        assert row["remark"].startswith(
            "with care: theirs by paper's selection, ours by single test; no difference"
        )

    @pytest.mark.parametrize(
        ("where", "words"),
        [
            (ELSEWHERE, "not comparable: other sources and images; theirs by"),
            (REMADE, "not comparable: the same catalogue and survey, but not the same"),
        ],
    )
    def test_other_images_are_not_compared(self, kept, where, words):
        rows = compare(kept, where, protocol="cross_validation")
        assert not rows["comparable"].any()
        assert rows["remark"].str.startswith("not comparable").all()
        assert rows["remark"].iloc[0].startswith(words)
        assert not rows["remark"].str.contains("points|difference").any()

    def test_images_of_the_same_sources_with_other_masks_are_told_apart(self, kept):
        remark = compare(kept, PAPER).set_index("set").loc["rgc_masked", "remark"]
        assert remark.startswith("not comparable: the same catalogue and survey, but not the same")
        assert remark.endswith("their protocol is not stated")

    def test_classes_choose_however_they_are_spelt(self, kept):
        rows = compare(kept, ELSEWHERE, classes=("FR-II", "FR I"))
        assert set(rows["set"]) == {"mirabest_confident"}
        assert rows[["low_percent", "n"]].isna().all(axis=None)
        assert compare(kept, ELSEWHERE, classes=("spiral", "elliptical")).empty

    def test_an_unknown_interval_is_said_to_be_unknown(self, kept):
        known = {"images_of": "mirabest_confident", "made_of": ""}
        rows = compare(kept, known, accuracy=0.9, classes=("FRI", "FRII"))
        assert rows["remark"].iloc[0] == (
            "with care: their protocol is not stated; ours is lower by 6.6 points, outside our "
            "interval (theirs is not known)"
        )


def test_the_page_says_what_was_measured_and_where_it_stands(kept):
    shown = published.describe_published(compare(kept, PAPER))
    assert shown["ours"] == "net; paper's selection, 63 images"
    first = shown["rows"][0]
    assert (first["model"], first["theirs"], first["interval"]) == ("VGG-16", "74.6", "63–84")
    assert first["measured"] == "paper's selection, 63 images"
    rows = published.describe_published(compare(kept, ELSEWHERE, classes=("FRI", "FRII")))["rows"]
    assert rows[0]["measured"] == "protocol and number of images not stated"
    assert rows[0]["interval"] == ""
    assert published.describe_published(published.empty_comparison()) is None
