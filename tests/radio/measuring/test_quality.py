from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from pydantic import ValidationError

from bentjets.radio.cutouts import Cutout, pixel_position
from bentjets.radio.measuring.quality import (
    QualityLimits,
    assess_quality,
    largest_extent_px,
    nearest_island,
)

CENTRE = (150.0, 20.0)
RMS = 1.5e-4
LIMITS = QualityLimits(
    max_blank_fraction=0.2, max_offset_arcsec=30.0, min_size_arcsec=16.0, min_snr=5.0
)
ISLANDS = hnp.arrays(bool, st.tuples(st.integers(1, 9), st.integers(1, 9)))


@pytest.fixture
def mask() -> np.ndarray:
    """Mark one island, 39 pixels wide and 18 high, that holds all of the source."""
    mask = np.zeros((150, 150), dtype=np.uint8)
    mask[60:78, 56:95] = 1
    return mask


def assess(cutout, mask, position_deg=CENTRE, **limits):
    changed = QualityLimits(**LIMITS.model_dump() | limits)
    return assess_quality(cutout, mask, position_deg=position_deg, rms_jy_beam=RMS, limits=changed)


def test_a_good_image_is_accepted_and_measured(cutout, mask) -> None:
    quality = assess(cutout, mask)
    assert (quality.accepted, quality.reason) == (True, "")
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
        ({"max_offset_arcsec": 0.0}, "nearest island too far"),
        ({"min_size_arcsec": 100.0}, "too small"),
        ({"min_snr": 1e4}, "too faint"),
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
    ],
)
def test_limits_that_make_no_sense_are_refused(limit, field) -> None:
    with pytest.raises(ValidationError, match=field):
        QualityLimits(**LIMITS.model_dump() | limit)


def test_limits_of_zero_accept_everything_or_nothing(cutout, mask) -> None:
    assert assess(cutout, mask, max_blank_fraction=0.0, min_size_arcsec=0.0, min_snr=0.0).accepted
    assert not assess(cutout, mask, max_offset_arcsec=0.0).accepted


def test_measures_are_those_of_a_position_and_a_scale_read_from_the_header(cutout, mask) -> None:
    """One WCS is read for all of them, not one each."""
    quality = assess(cutout, mask, (150.002, 20.001))
    position_px = pixel_position(cutout.header, (150.002, 20.001))
    island, offset_px = nearest_island(mask, position_px)
    assert quality.offset_arcsec == offset_px * cutout.pixel_scale_arcsec
    assert quality.largest_angular_size_arcsec == (
        largest_extent_px(island) * cutout.pixel_scale_arcsec
    )


def test_blank_pixels_are_counted(cutout, mask) -> None:
    data = cutout.data.copy()
    data[:50] = np.nan
    quality = assess(Cutout(data, cutout.header), mask)
    assert (quality.accepted, quality.reason) == (False, "too many blank pixels")
    assert quality.blank_fraction == pytest.approx(1 / 3)
    assert assess(Cutout(data, cutout.header), mask, max_blank_fraction=0.34).accepted


def test_without_an_island_there_is_nothing_to_measure(cutout, mask) -> None:
    quality = assess(cutout, np.zeros_like(mask))
    assert (quality.accepted, quality.reason) == (False, "empty mask")
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
    assert quality.reason == "nearest island too far"
    # The centre is at row 74.5, the uppermost row of the island is 77, the nearest column 0.5 off.
    assert quality.offset_arcsec == pytest.approx(np.hypot(40 - 2.5 * 1.8, 0.5 * 1.8), rel=1e-3)


def test_a_cutout_of_another_part_of_the_sky_is_not_at_the_position(cutout, mask) -> None:
    assert assess(cutout, mask, position_deg=(330.0, -20.0)).reason == "nearest island too far"


def test_nearest_island_is_chosen_by_its_nearest_pixel() -> None:
    mask = np.zeros((20, 30), dtype=np.uint8)
    mask[2:4, 0:25] = 1  # a long one, whose end is near
    bar = mask == 1
    mask[15, 12] = 1
    island, offset_px = nearest_island(mask, (24.0, 6.0))
    np.testing.assert_array_equal(island, bar)
    assert offset_px == 3.0
    island, offset_px = nearest_island(mask, (12.0, 16.5))
    assert (np.argwhere(island).tolist(), offset_px) == ([[15, 12]], 1.5)


def test_islands_that_touch_at_corners_are_one() -> None:
    island, _ = nearest_island(np.eye(6, dtype=np.uint8), (0.0, 0.0))
    np.testing.assert_array_equal(island, np.eye(6, dtype=bool))


@pytest.mark.parametrize(
    ("shape", "extent"),
    [
        (np.ones((1, 1), bool), 1.0),
        (np.ones((1, 7), bool), 7.0),
        (np.eye(5, dtype=bool), np.hypot(4, 4) + 1),
        (np.ones((4, 5), bool), np.hypot(3, 4) + 1),
        (np.array([[1, 0, 0], [1, 0, 0], [1, 1, 1]], bool), np.hypot(2, 2) + 1),
    ],
)
def test_extent_of_known_shapes(shape, extent) -> None:
    assert largest_extent_px(shape) == pytest.approx(extent)


@given(ISLANDS, st.integers(0, 5), st.integers(0, 5))
def test_extent_depends_on_the_shape_alone(island, down, right) -> None:
    extent = largest_extent_px(island)
    moved = np.pad(island, ((down, 2), (right, 1)))
    for same in (island.T, island[::-1], island[:, ::-1], moved):
        assert largest_extent_px(same) == pytest.approx(extent)


@given(ISLANDS)
def test_extent_is_the_farthest_pair_of_pixels(island) -> None:
    points = np.argwhere(island)
    pairs = np.hypot(*(points[:, None] - points[None]).transpose(2, 0, 1))
    assert largest_extent_px(island) == pytest.approx(pairs.max(initial=0.0) + 1)


def test_a_large_island_is_measured_in_little_memory() -> None:
    """All pairs of its pixels would take 400 MB."""
    tracemalloc.start()
    extent = largest_extent_px(np.ones((100, 100), dtype=bool))
    peak_bytes = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert extent == pytest.approx(np.hypot(99, 99) + 1)
    assert peak_bytes < 50e6
