"""The flow from catalogue to dataset: what it counts, and where it lies."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from bentjets.report.flow import WIDTH, draw_flow
from bentjets.report.gallery import LOST

STAGES = [("in the catalogue", 100), ("with a cutout", 90), ("processed", 90), ("accepted", 60)]
CLASSES = [("WAT", 40), ("NAT", 20)]


def loss(title, state, *reasons):
    told = [{"reason": reason, "count": count} for reason, count in reasons]
    total = sum(count for _, count in reasons)
    return {"title": title, "state": state, "count": total, "reasons": told}


LOSSES = [
    loss("Cutouts not obtained", "no cutout", ("not there", 10)),
    loss("Rejected", "rejected", *((f"reason {n}", 6 - n) for n in range(6)), ("last", 9)),
    {"title": "What checks would reject", "count": 5, "reasons": []},
]


def test_every_loss_is_a_ribbon_that_leads_to_its_sources():
    flow = draw_flow({"stages": STAGES, "losses": LOSSES}, CLASSES)
    lost = {one["title"]: one["state"] for one in flow["ribbons"] if one["kind"] == "lost"}
    assert lost == {"Cutouts not obtained: 10": "no cutout", "Rejected: 30": "rejected"}
    shared = {one["title"]: one["morphology"] for one in flow["ribbons"] if one["kind"] == "class"}
    assert shared == {"40 WAT": "WAT", "20 NAT": "NAT"}
    assert [bar["count"] for bar in flow["bars"]] == [100, 90, 90, 60]
    assert flow["bars"][3]["height"] == 0.6 * flow["bars"][0]["height"]


def test_the_most_frequent_reasons_are_told_and_the_rest_is_counted():
    texts = [
        note["text"] for note in draw_flow({"stages": STAGES, "losses": LOSSES}, CLASSES)["notes"]
    ]
    assert "10 not there" in texts and "6 reason 0" in texts and "3 reason 3" in texts
    assert "2 reason 4" not in texts
    assert "12 for other reasons" in texts


def test_of_an_empty_catalogue_there_is_a_flow_too():
    flow = draw_flow({"stages": [(name, 0) for name, _ in STAGES], "losses": []}, [])
    assert len(flow["bars"]) == len(STAGES)


@given(st.lists(st.integers(0, 10**6), min_size=4, max_size=4))
def test_everything_lies_inside(counts):
    counts = sorted(counts, reverse=True)
    stages = [(name, count) for (name, _), count in zip(STAGES, counts, strict=True)]
    losses = [
        loss("Lost", state, ("why", counts[n - 1] - counts[n]))
        for n, state in enumerate(LOST, start=1)
    ]
    flow = draw_flow({"stages": stages, "losses": losses}, [("WAT", counts[3])])
    for ribbon in flow["ribbons"]:
        start = re.match(r"M([\d.]+) ([\d.]+)C", ribbon["path"])
        assert 0 <= float(start[1]) <= WIDTH and 0 <= float(start[2]) <= flow["height"]
    assert all(0 <= note["x"] <= WIDTH and note["y"] < flow["height"] for note in flow["notes"])
