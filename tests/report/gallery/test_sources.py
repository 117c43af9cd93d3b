"""One row for every source: how far it came, who said what of it, and who disagrees."""

from __future__ import annotations

import pandas as pd
import pytest

from bentjets.report.gallery import tabulate_sources

IDS = ["A", "B", "C", "D", "E"]
QUALITY = ("largest_angular_size_arcsec", "peak_jy_beam", "snr", "opening_angle_deg",
           "opening_angle_error_deg")  # fmt: skip
MORPHOLOGY = ("tail_1_arcsec", "tail_2_arcsec", "swept_position_angle_deg", "axis_ratio",
              "curvature")  # fmt: skip


@pytest.fixture
def tables():
    """A and B accepted, C rejected, D not processed, E without a cutout."""
    catalogue = pd.DataFrame({"source_id": IDS, "name": IDS, "ra_deg": 1.0, "dec_deg": 2.0})
    some = pd.DataFrame({"source_id": IDS[:3]})
    return {
        "catalogue": catalogue.assign(morphology=["WAT", "NAT", "WAT", "WAT", "NAT"]),
        "acquisition_log": pd.DataFrame(
            {"source_id": IDS, "sha256": [*"abcd", ""], "reason": ["", "", "", "", "not there"]}
        ),
        "processing_log": pd.DataFrame(
            {"source_id": IDS[:4], "status": ["ok"] * 3 + ["failed"], "reason": ["", "", "", "nan"]}
        ),
        "quality": some.assign(
            **dict.fromkeys(QUALITY, 1.0), flags=["", "snr", ""], angle_against_class=[0, 2.5, None]
        ),
        "morphology": some.assign(**dict.fromkeys(MORPHOLOGY, 1.0), angle_reason=""),
        "decisions": some.assign(accepted=[True, True, False], reason=["", "", "too small"]),
        "label_doubts": pd.DataFrame(
            {"source_id": IDS[:2], "suspicion": [2, 1], "suggested": "WAT"}
        ),
        "second_opinions": pd.DataFrame(
            {
                **{"source_id": ["C", "C", "E"], "catalogue": ["one", "two", "one"]},
                **{"their_morphology": ["NAT", "WAT", ""], "doubtful": [True, False, False]},
                "agrees": [False, True, False],
            }
        ),
        "splits": pd.DataFrame({"source_id": IDS[:2], "batch": [0, 1], "split": ["train", "test"]}),
    }


def votes(*rows):
    return pd.DataFrame(rows, columns=["source_id", "verdict", "morphology"])


def predictions(*rows):
    names = ["model", "kind", "source_id", "probability_WAT"]
    table = pd.DataFrame(rows, columns=names)
    return table.assign(protocol="cross_validation", probability_NAT=1 - table["probability_WAT"])


PREDICTED = predictions(
    ("axis ratio", "baseline", "A", 0.9), ("axis ratio", "baseline", "B", 0.9),
    ("majority class", "baseline", "A", 1.0), ("net", "network", "A", 0.7),
    ("net", "network", "A", 0.1), ("net", "network", "B", 0.2),
)  # fmt: skip


def test_every_source_is_a_row_and_says_how_far_it_came(tables):
    found = tabulate_sources(tables, votes(), PREDICTED).set_index("source_id")
    assert found["state"].to_dict() == {
        **{"A": "accepted", "B": "accepted", "C": "rejected"},
        **{"D": "not processed", "E": "no cutout"},
    }
    assert found["reason"].to_list() == ["", "", "too small", "nan", "not there"]
    assert found["batch"].isna().to_list() == [False, False, True, True, True]
    assert found["peak_mjy_beam"].loc["A"] == 1000.0


def test_runs_are_averaged_networks_come_first_and_the_majority_is_no_opinion(tables):
    found = tabulate_sources(tables, votes(), PREDICTED)
    models = [name.partition(":")[0] for name in found if name.endswith(": class")]
    assert models == ["net", "axis ratio"]
    first = found.iloc[0]
    assert (first["net: class"], first["net: probability"]) == ("NAT", pytest.approx(0.6))
    assert found["net: class"].to_list()[2:] == ["", "", ""]


def test_votes_are_counted_in_words(tables):
    cast = votes(
        ("A", "accept", "NAT"), ("A", "accept", "NAT"), ("A", "reject", "WAT"), ("B", "unsure", "")
    )
    found = tabulate_sources(tables, cast, PREDICTED).set_index("source_id")
    assert found.loc["A", ["votes", "seen_as"]].to_list() == ["2 accept, 1 reject", "2 NAT, 1 WAT"]
    assert found.loc["B", ["votes", "seen_as"]].to_list() == ["1 unsure", ""]


def test_who_speaks_against_the_class_is_named(tables):
    # Of B, as many experts say one class as the other.
    cast = votes(("A", "accept", "NAT"), ("B", "accept", "NAT"), ("B", "accept", "WAT"))
    found = tabulate_sources(tables, cast, PREDICTED).set_index("source_id")["disagrees"]
    assert found.to_dict() == {
        **{"A": "net;experts", "B": "axis ratio;angle"},
        **{"C": "second opinion", "D": "", "E": ""},
    }


def test_other_catalogues_are_told_and_may_speak_against_the_class(tables):
    found = tabulate_sources(tables, votes(), PREDICTED).set_index("source_id")
    assert found["second_opinion"]["C"] == "one: NAT?, two: WAT"
    assert found["second_opinion"]["E"] == ""
    against = found["disagrees"].str.split(";").map(lambda names: "second opinion" in names)
    assert against.to_dict() == {"A": False, "B": False, "C": True, "D": False, "E": False}


def test_doubts_of_labels_have_their_place_in_the_list(tables):
    found = tabulate_sources(tables, votes(), PREDICTED).set_index("source_id")
    assert found["suspicion"].dropna().to_dict() == {"A": 2, "B": 1}
    assert found["suggested"].to_dict() == {"A": "WAT", "B": "WAT", "C": "", "D": "", "E": ""}
