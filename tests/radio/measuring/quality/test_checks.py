from __future__ import annotations

import re
from typing import get_args

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from bentjets.radio.cutouts import Cutout
from bentjets.radio.measuring import (
    CHECKS,
    AngleLimits,
    QualityLimits,
    angle_against_class,
    assess_quality,
    judge,
)
from bentjets.radio.measuring.quality.limits import CheckName

CENTRE = (150.0, 20.0)
RMS = 1.5e-4
LIMITS = QualityLimits(
    max_blank_fraction=0.2, max_offset_arcsec=30.0, min_size_arcsec=16.0, min_snr=5.0
)
GOOD = {
    "mask_pixels": 200,
    "blank_fraction": 0.0,
    "offset_arcsec": 1.0,
    "largest_angular_size_arcsec": 60.0,
    "size_beams": 11.0,
    "snr": 50.0,
    "touches_edge": 0.0,
    "neighbour_flux_ratio": 0.0,
    "contrast_taken": 255.0,
    "opening_angle_deg": 100.0,
    "angle_against_class": 0.0,
    "nearest_source_arcsec": 900.0,
    "duplicate_of": "",
    "overlaps": 0,
}
BAD = {
    "mask_pixels": 0,
    "blank_fraction": 0.5,
    "offset_arcsec": 45.0,
    "largest_angular_size_arcsec": 12.0,
    "size_beams": 2.0,
    "snr": 3.0,
    "touches_edge": 0.25,
    "neighbour_flux_ratio": 1.5,
    "contrast_taken": 40.0,
    "angle_against_class": 2.5,
    "duplicate_of": "J1",
    "overlaps": 2,
}
REJECTING = (
    *("mask_pixels", "blank_fraction", "offset_arcsec", "largest_angular_size_arcsec", "snr"),
)


@pytest.fixture
def mask() -> np.ndarray:
    """Mark one island, 39 pixels wide and 18 high, that holds all of the source."""
    mask = np.zeros((150, 150), dtype=np.uint8)
    mask[60:78, 56:95] = 1
    return mask


def assess(cutout, mask, position_deg=CENTRE, morphology="", **limits):
    changed = LIMITS.model_copy(update=limits)
    return assess_quality(
        cutout,
        mask,
        position_deg=position_deg,
        rms_jy_beam=RMS,
        limits=changed,
        morphology=morphology,
    )


def test_a_good_image_is_accepted_and_measured(cutout, mask) -> None:
    quality = assess(cutout, mask)
    assert (quality.accepted, quality.reason, quality.flags) == (True, "", ())
    assert quality.blank_fraction == 0
    assert quality.offset_arcsec == pytest.approx(1.8 * np.hypot(0.5, 0.5), rel=1e-3)
    assert quality.peak_jy_beam == pytest.approx(cutout.data.max())
    assert quality.snr == pytest.approx(quality.peak_jy_beam / RMS)
    extent_px = np.hypot(38, 17) + 1
    assert quality.largest_angular_size_arcsec == pytest.approx(1.8 * extent_px)
    # The fluxes of each tail, seen from the brightest pixel: (10, 5) and (17, 13) px away.
    assert quality.opening_angle_deg == pytest.approx(2 * np.degrees(np.arctan2(27, 18)), abs=3)
    assert 0 < quality.opening_angle_error_deg < 20


@pytest.mark.parametrize(
    ("limit", "reason"),
    [
        (
            {"max_offset_arcsec": 0.0},
            "nearest island too far: 1.27 arcsec from the position (at most 0)",
        ),
        ({"min_size_arcsec": 100.0}, "too small: 76.7 arcsec long (at least 100)"),
        ({"min_snr": 1e4}, "too faint: peak 55.2 times the noise (at least 10000)"),
    ],
)
def test_each_violated_limit_is_the_reason(limit, reason, cutout, mask) -> None:
    quality = assess(cutout, mask, **limit)
    assert (quality.accepted, quality.reason) == (False, reason)


@pytest.mark.parametrize(
    ("limit", "field"),
    [
        ({"min_snrr": 3.0}, "min_snrr"),
        ({"min_snr": "abc"}, "min_snr"),
        ({"min_snr": float("nan")}, "min_snr"),
        ({"min_size_arcsec": -1.0}, "min_size_arcsec"),
        ({"max_offset_arcsec": -1.0}, "max_offset_arcsec"),
        ({"max_blank_fraction": 1.5}, "max_blank_fraction"),
        ({"rejecting": ("overlap",)}, "rejecting"),
        ({"min_mask_pixels": 0}, "min_mask_pixels"),
        ({"max_overlaps": 0.5}, "max_overlaps"),
        ({"class_angles": {"WAT": {"min": 60.0}}}, "class_angles.WAT.min"),
        ({"class_angles": {"WAT": {"min_deg": 181.0}}}, "class_angles.WAT.min_deg"),
    ],
)
def test_limits_that_make_no_sense_are_refused(limit, field) -> None:
    with pytest.raises(ValidationError, match=field):
        QualityLimits(**LIMITS.model_dump() | limit)


def test_limits_of_zero_accept_everything_or_nothing(cutout, mask) -> None:
    assert assess(cutout, mask, max_blank_fraction=0.0, min_size_arcsec=0.0, min_snr=0.0).accepted
    assert not assess(cutout, mask, max_offset_arcsec=0.0).accepted


def test_blank_pixels_are_counted(cutout, mask) -> None:
    data = cutout.data.copy()
    data[:50] = np.nan
    quality = assess(Cutout(data, cutout.header), mask)
    assert (quality.accepted, quality.reason) == (
        False,
        "blank: 0.333 of the pixels (at most 0.2)",
    )
    assert quality.blank_fraction == pytest.approx(1 / 3)
    assert assess(Cutout(data, cutout.header), mask, max_blank_fraction=0.34).accepted


def test_without_an_island_there_is_nothing_to_measure(cutout, mask) -> None:
    quality = assess(cutout, np.zeros_like(mask))
    assert (quality.accepted, quality.reason) == (
        False,
        "empty mask: 0 pixels (at least 1)",
    )
    assert quality.flags == ("mask_pixels",)
    measures = (quality.offset_arcsec, quality.largest_angular_size_arcsec, quality.snr)
    assert np.isnan([*measures, quality.opening_angle_deg, quality.opening_angle_error_deg]).all()


def test_a_source_whose_angle_cannot_be_told_is_accepted_all_the_same(cutout) -> None:
    y, x = np.mgrid[:150, :150]
    blob = 8e-3 * np.exp(-((x - 74.5) ** 2 + (y - 74.5) ** 2) / (2 * 9.0**2))
    mask = (blob > 3 * RMS).astype(np.uint8)
    quality = assess(Cutout(blob.astype(np.float32), cutout.header), mask)
    assert quality.accepted
    assert np.isnan(quality.opening_angle_deg)


def test_offset_is_that_of_the_catalogue_position(cutout, mask) -> None:
    position = (CENTRE[0], CENTRE[1] + 40 / 3600)
    quality = assess(cutout, mask, position_deg=position)
    assert quality.reason.startswith("nearest island too far: 35.")
    # The centre is at row 74.5, the uppermost row of the island is 77, the nearest column 0.5 off.
    assert quality.offset_arcsec == pytest.approx(np.hypot(40 - 2.5 * 1.8, 0.5 * 1.8), rel=1e-3)


def test_a_cutout_of_another_part_of_the_sky_is_not_at_the_position(cutout, mask) -> None:
    quality = assess(cutout, mask, position_deg=(330.0, -20.0))
    assert (quality.accepted, quality.flags) == (False, ("offset_arcsec",))
    assert quality.reason.startswith("nearest island too far: its position is not in the image")


def test_each_check_is_named_in_the_limits_and_has_its_limit() -> None:
    names = [check.name for check in CHECKS]
    assert names == sorted(set(names), key=names.index)
    assert set(names) == set(get_args(CheckName)) == set(BAD)
    assert {check.limit for check in CHECKS} <= set(QualityLimits.model_fields)


@pytest.mark.parametrize("name", BAD)
def test_each_check_rejects_where_it_is_said_to_and_warns_elsewhere(name) -> None:
    measured = GOOD | {name: BAD[name]}
    assert judge(GOOD, LIMITS) == {"accepted": True, "reason": "", "flags": ()}
    rejects = LIMITS.model_copy(update={"rejecting": (name,)})
    judged = judge(measured, rejects)
    assert (judged["accepted"], judged["flags"]) == (False, (name,))
    assert judged["reason"]
    warns = LIMITS.model_copy(update={"rejecting": ()})
    assert judge(measured, warns) == {"accepted": True, "reason": "", "flags": (name,)}
    assert judge(measured, LIMITS)["accepted"] == (name not in REJECTING)
    missing = {key: value for key, value in GOOD.items() if key not in ("duplicate_of", "overlaps")}
    assert judge(missing, LIMITS)["accepted"]


def test_no_two_reasons_read_alike_and_each_has_its_number_and_its_limit() -> None:
    every = LIMITS.model_copy(update={"rejecting": tuple(BAD)})
    reasons = [judge(GOOD | {name: BAD[name]}, every)["reason"] for name in BAD]
    titles = [reason.partition(":")[0] for reason in reasons]
    assert len(set(titles)) == len(BAD)
    for one in titles:
        assert not [other for other in titles if other != one and other.startswith(f"{one} at")]
    assert all(re.search(r"\(at (most|least) [\d.]+\)$", reason) for reason in reasons)
    assert "strong neighbour: 1.5 of the source's flux (at most 0.5)" in reasons
    assert "same position: as J1, nearest source 900.0 arcsec off (at least 5.4)" in reasons


def test_the_first_check_that_rejects_is_the_reason_and_all_are_flags() -> None:
    judged = judge(GOOD | BAD, LIMITS)
    assert judged["reason"].startswith("empty mask")
    # Without a mask there is no island that could be too far.
    assert set(judged["flags"]) == set(BAD) - {"offset_arcsec"}
    judged = judge(GOOD | {"overlaps": 2, "snr": 3.0}, LIMITS)
    assert judged["flags"] == ("snr", "overlaps")
    assert judged["reason"].startswith("too faint")


@given(st.floats(0.0, 100.0, exclude_min=True))
def test_the_number_of_a_reason_is_never_on_the_good_side_of_the_limit(limit) -> None:
    limits = LIMITS.model_copy(update={"min_snr": limit})
    reason = judge(GOOD | {"snr": np.nextafter(limit, -1.0)}, limits)["reason"]
    number = re.search(r"peak (\S+) times", reason)
    assert number is not None
    assert float(number[1]) < limit


@given(
    st.floats(0.0, 180.0),
    st.floats(0.1, 60.0),
    st.floats(0.0, 90.0),
    st.floats(90.0, 180.0),
)
def test_an_angle_is_against_its_class_by_how_far_it_is_outside(angle, error, low, high) -> None:
    allowed = AngleLimits(min_deg=low, max_deg=high)
    against = angle_against_class(angle, error, allowed)
    assert (against == 0.0) == (low <= angle <= high)
    mirrored = AngleLimits(min_deg=180.0 - high, max_deg=180.0 - low)
    assert angle_against_class(180.0 - angle, error, mirrored) == pytest.approx(against, abs=1e-9)
    assert angle_against_class(angle, 2 * error, allowed) == pytest.approx(against / 2)
    assert np.isnan(angle_against_class(angle, error, None))
    assert np.isnan(angle_against_class(np.nan, np.nan, allowed))


def test_the_class_of_the_catalogue_is_compared_with_the_angle(cutout, mask) -> None:
    # The angle of the image is about 113 deg, with an error below 20 deg.
    narrow = {"WAT": AngleLimits(min_deg=175.0), "NAT": AngleLimits(max_deg=20.0)}
    for morphology, flags in (("NAT", ("angle_against_class",)), ("FRI", ()), ("", ())):
        quality = assess(cutout, mask, morphology=morphology, class_angles=narrow)
        assert (quality.accepted, quality.flags) == (True, flags)
        assert np.isnan(quality.angle_against_class) == (morphology != "NAT")
