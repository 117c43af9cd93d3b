from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bentjets.report.reviewing import compare_angles, summarise_angles
from voting import table, vote

QUALITY = pd.DataFrame(
    {
        "source_id": ["S0", "S1", "S2"],
        "opening_angle_deg": [100.0, 60.0, np.nan],
        "opening_angle_error_deg": [9.0, 7.0, np.nan],
    }
)


def test_the_last_angle_of_an_expert_stands_beside_the_rulers():
    votes = table(
        vote("S0", "ada", opening_angle_deg=10.0),
        vote("S1", "ada"),
        vote("S2", "ada", opening_angle_deg=30.0),
        vote("S0", "bo", opening_angle_deg=95.0),
        vote("S0", "ada", opening_angle_deg=90.0),
        vote("elsewhere", "ada", opening_angle_deg=50.0),
    )
    found = compare_angles(votes, QUALITY)
    expected = pd.DataFrame(
        {
            "source_id": ["S2", "S0", "S0"],
            "expert": ["ada", "bo", "ada"],
            "hand_deg": [30.0, 95.0, 90.0],
            "ruler_deg": [np.nan, 100.0, 100.0],
            "ruler_error_deg": [np.nan, 9.0, 9.0],
        }
    )
    pd.testing.assert_frame_equal(found, expected)
    rows = [["ada", "1", "−10.0", "0.0"], ["bo", "1", "−5.0", "0.0"]]
    both = ["all experts", "2", "−7.5", "3.7"]
    assert summarise_angles(found) == [*rows, both, ["one expert from another", "1", "−5.0", "0.0"]]


def test_nobody_measured():
    found = compare_angles(table(vote("S0", "ada")), QUALITY)
    assert found.empty
    assert summarise_angles(found) == []


@given(st.floats(-50, 50), st.integers(0, 2**32 - 1))
def test_the_scatter_of_normal_differences_is_their_deviation(offset, seed):
    rng = np.random.default_rng(seed)
    ruler = np.full(4000, 90.0)
    hand = ruler + offset + rng.normal(0, 8, ruler.size)
    angles = pd.DataFrame({"source_id": range(4000), "expert": "ada"})
    ((who, n, median, scatter),) = summarise_angles(angles.assign(hand_deg=hand, ruler_deg=ruler))
    assert (who, n) == ("ada", "4,000")
    assert float(median.replace("−", "-")) == pytest.approx(offset, abs=0.9)
    assert float(scatter) == pytest.approx(8, abs=0.9)
