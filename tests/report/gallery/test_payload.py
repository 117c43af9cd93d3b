"""What the scripts read: safe text, short numbers, pictures in the page or beside it."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from bentjets.learning.data import RunPlan
from bentjets.learning.evaluation import tabulate_embedding
from bentjets.report.gallery import Thumbnail, describe_gallery, list_links

HOSTILE = "</script><script>alert(1)</script><!--"


@pytest.fixture
def sources():
    return pd.DataFrame(
        {
            "source_id": ["A", "B"],
            "name": [HOSTILE, "B\u2028"],
            "morphology": "WAT",
            "ra_deg": [123.4567891, None],
            "state": ["accepted", "no cutout"],
            "flags": ["snr;overlaps", ""],
            "disagrees": ["net;angle", ""],
            "opening_angle_deg": [123.4567, float("inf")],
            "opening_angle_error_deg": [3.0, None],
            "reason": ["", HOSTILE],
            "net: class": ["NAT", ""],
            "net: probability": [0.91234567, None],
        }
    )


def describe(sources, content=b"webp"):
    thumbnails = {"A": Thumbnail(content, (150, 140), "M1 1h1v1h-1z", [[1, 2], [3, 4], [5, 6]])}
    return describe_gallery(sources, thumbnails, classes=["WAT", "NAT"], links=[])


def test_text_comes_back_and_cannot_end_the_script(sources):
    text = describe(sources)["data"]
    assert "<" not in text and "\u2028" not in text
    data = json.loads(text)
    assert data["columns"]["name"] == [HOSTILE, "B\u2028"]
    assert data["columns"]["reason"][1] == HOSTILE


def test_numbers_are_short_and_places_exact(sources):
    columns = json.loads(describe(sources)["data"])["columns"]
    assert columns["ra_deg"] == [123.45679, None]
    assert columns["opening_angle_deg"] == [123.5, None]
    assert columns["net: probability"] == [0.9123, None]


def test_pictures_are_in_the_page_or_beside_it(sources):
    data = json.loads(describe(sources)["data"])
    assert data["pictures"] == ["data:image/webp;base64,d2VicA==", None]
    assert data["sides"] == [[150, 140], None]
    assert data["rulers"] == [[[1, 2], [3, 4], [5, 6]], None]
    assert json.loads(describe(sources, None)["data"])["pictures"][0] == "thumbnails/A.webp"


def test_what_one_can_choose_by_is_what_there_is(sources):
    shown = describe(sources)
    assert shown["states"] == ["accepted", "no cutout"]
    assert shown["flags"] == ["overlaps", "snr"]
    assert shown["critics"] == ["net", "angle"]
    assert (shown["total"], shown["accepted"]) == (2, 1)
    assert shown["rows"][0][3:6] == ["123 ± 3", "NAT", "net, angle"]


def test_features_of_a_network_are_axes_and_all_of_it_is_json(sources):
    plan = RunPlan("single", 0, 0, ("A",), (), ())
    embedding = tabulate_embedding("net", plan, np.zeros((1, 3)), ["A"])
    shown = describe_gallery(sources, {}, classes=["WAT", "NAT"], links=[], embeddings=[embedding])
    assert json.loads(json.dumps(shown)) == shown
    (pair,) = json.loads(shown["data"])["embeddings"]
    assert {*pair} <= {*shown["numbers"]}
    assert shown["embeddings"][0]["model"] == "net"
    assert describe(sources)["embeddings"] == []


def test_a_simulated_sky_can_be_seen_nowhere_else():
    assert list_links("simulated", "") == []
    names = [link["name"] for link in list_links("skyview", "VLA FIRST (1.4 GHz)")]
    assert names == ["Aladin Lite", "SkyView"]
    assert list_links("skyview", "VLA FIRST (1.4 GHz)")[1]["address"].endswith(
        "Survey=VLA%20FIRST%20%281.4%20GHz%29"
    )
    (link,) = list_links("hips2fits", "astron.nl/P/lotss_dr2_high")
    assert link["address"].endswith("&survey=astron.nl/P/lotss_dr2_high")
