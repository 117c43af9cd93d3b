from __future__ import annotations

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from bentjets.radio.measuring import CHECKS, QualityLimits, judge
from bentjets.report.reviewing import count_flags, shorten_reasons

LIMITS = QualityLimits(max_blank_fraction=0.2, max_offset_arcsec=30, min_size_arcsec=16, min_snr=5)
NAMES = [check.name for check in CHECKS]


@given(st.lists(st.lists(st.sampled_from(NAMES), unique=True)))
def test_each_flag_is_counted_once_for_each_source(flags):
    quality = pd.DataFrame({"flags": [";".join(names) for names in flags]}, dtype=str)
    counts = {row[1]: int(row[-1]) for row in count_flags(quality, LIMITS)}
    assert counts == {name: sum(name in names for names in flags) for name in NAMES}


def test_limits_and_effects_are_told_and_what_no_source_fails_comes_last():
    quality = pd.DataFrame({"flags": ["overlaps", "", None, "snr;overlaps"]})
    rows = count_flags(quality, LIMITS)
    assert rows[:2] == [
        ["too faint", "snr", "at least 5", "rejects", "1"],
        ["overlap", "overlaps", "at most 0", "warns", "2"],
    ]
    assert {row[-1] for row in rows[2:]} == {"0"}
    assert len(rows) == len(CHECKS)


def test_reasons_of_checks_lose_their_numbers_and_others_nothing():
    measured = {"mask_pixels": 0, "blank_fraction": 0.0, "offset_arcsec": float("nan")}
    reason = judge(measured, LIMITS)["reason"]
    others = ["looks odd: two cores", "no file of S0: run the steps before", ""]
    shortened = shorten_reasons(pd.Series([reason, *others, None]))
    assert shortened.fillna("").tolist() == ["empty mask", *others, ""]


def test_where_nothing_is_rejected_there_is_nothing_to_shorten():
    assert shorten_reasons(pd.Series([], dtype=str)).empty
