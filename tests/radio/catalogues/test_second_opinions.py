"""What another catalogue says of the same sources: its words, and where it has them."""

from __future__ import annotations

import pandas as pd
import pytest

from bentjets.radio.catalogues import match_opinion, read_comments

CLASSES = ["WAT", "NAT"]


@pytest.mark.parametrize(
    ("comment", "morphology", "doubtful"),
    [
        ("wat", "WAT", False),
        ("NAT?", "NAT", True),
        ("ring? nat/wat dd", "WAT", True),
        ("nat, ring nearby", "NAT", False),
        ("water", "", False),
        ("", "", False),
    ],
)
def test_classes_are_read_out_of_free_text(comment, morphology, doubtful) -> None:
    read = read_comments(pd.Series([comment]), classes=CLASSES)
    assert read.iloc[0].tolist() == [morphology, doubtful]


def test_words_of_its_own_may_mean_a_class() -> None:
    comments = pd.Series(["wide-angle", "narrow-angle (unsure)", "narrow"])
    words = {r"\bwide": "WAT", r"\bnarrow": "NAT"}
    read = read_comments(comments, classes=CLASSES, words=words, doubtful="unsure")
    assert read["their_morphology"].tolist() == ["WAT", "NAT", "NAT"]
    assert read["doubtful"].tolist() == [False, True, False]


def make(names, ra_deg, **columns) -> pd.DataFrame:
    return pd.DataFrame({"name": names, "ra_deg": ra_deg, "dec_deg": 60.0, **columns})


def test_the_nearest_entry_within_the_radius_counts() -> None:
    ours = make(["a", "b", "c"], [10.0, 20.0, 30.0], morphology=["WAT", "NAT", "WAT"])
    ours["source_id"] = ours["name"]
    said = {"comment": "x", "their_morphology": ["NAT", "WAT", "WAT"], "doubtful": False}
    # At this declination a degree of right ascension is half a degree on the sky.
    theirs = make(["far", "near", "two"], [10.0 + 50 / 3600, 10.0 + 20 / 3600, 20.0], **said)
    found = match_opinion(ours, theirs, name="other", radius_arcsec=30.0)
    assert found["source_id"].tolist() == ["a", "b"]
    assert found["their_name"].tolist() == ["near", "two"]
    assert found["separation_arcsec"].tolist() == [10.0, 0.0]
    assert found["agrees"].tolist() == [True, False]
    assert match_opinion(ours, theirs, name="other", radius_arcsec=5.0).shape[0] == 1


def test_sources_without_a_position_have_no_opinion() -> None:
    ours = make(["a"], [float("nan")], morphology=["WAT"], source_id=["a"])
    theirs = make(["x"], [0.0], comment="", their_morphology="", doubtful=False)
    assert match_opinion(ours, theirs, name="other", radius_arcsec=30.0).empty
