from __future__ import annotations

from dataclasses import asdict

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bentjets.radio.cutouts import Cutout, pixel_position
from bentjets.radio.measuring import measure_quality
from bentjets.radio.measuring.islands import label_islands, largest_extent_px, nearest_island
from bentjets.radio.measuring.quality.measures import measure_pixels

RMS, BEAM_PX, SCALE_ARCSEC = 1e-4, 3.0, 1.8
CENTRE = (40.0, 30.0)
SHAPE = (61, 81)


def draw(*blobs):
    """Draw round sources of a width of 2 px: column, row, peak (Jy/beam)."""
    rows, columns = np.mgrid[: SHAPE[0], : SHAPE[1]]
    return sum(peak * np.exp(-((columns - x) ** 2 + (rows - y) ** 2) / 8.0) for x, y, peak in blobs)


def measure(image, mask=None, position=CENTRE):
    mask = (image > 3 * RMS).astype(np.uint8) if mask is None else mask
    return measure_pixels(
        image, mask, position, rms=RMS, beam_px=BEAM_PX, scale_arcsec=SCALE_ARCSEC
    )


def test_measures_are_those_of_a_position_and_a_scale_read_from_the_header(cutout) -> None:
    mask = np.zeros((150, 150), dtype=np.uint8)
    mask[60:78, 56:95] = 1
    position_deg = (150.002, 20.001)
    found = measure_quality(cutout, mask, position_deg=position_deg, rms_jy_beam=1.5e-4)
    position_px = pixel_position(cutout.header, position_deg)
    island, offset_px = nearest_island(label_islands(mask), position_px)
    scale = cutout.pixel_scale_arcsec
    assert found.offset_arcsec == offset_px * scale
    assert found.largest_angular_size_arcsec == largest_extent_px(island) * scale
    assert found.mask_pixels == 18 * 39
    assert found.size_beams == pytest.approx(found.largest_angular_size_arcsec / 5.4)


def test_a_source_alone_is_the_brightest_and_touches_nothing() -> None:
    found = measure(draw((40, 30, 0.01)))
    assert found.contrast_taken == 255
    assert (found.neighbour_flux_ratio, found.touches_edge, found.blank_fraction) == (0, 0, 0)


def test_the_strongest_other_island_is_compared_with_all_islands_of_the_source() -> None:
    # 20 px away is within seven beams of 3 px: a lobe. The others are neighbours.
    image = draw((40, 30, 0.01), (55, 45, 0.01), (8, 5, 0.03), (75, 5, 0.002))
    found = measure(image)
    assert found.neighbour_flux_ratio == pytest.approx(1.5, rel=0.05)
    assert found.contrast_taken == pytest.approx(255 / 3, abs=1)


def test_a_neighbour_outside_the_mask_takes_contrast_only() -> None:
    image = draw((40, 30, 0.01), (8, 5, 0.04))
    mask = (draw((40, 30, 0.01)) > 3 * RMS).astype(np.uint8)
    found = measure(image, mask)
    assert found.neighbour_flux_ratio == 0
    assert found.contrast_taken == pytest.approx(255 / 4, abs=1)


def test_the_edge_is_that_of_the_image_and_that_of_the_data() -> None:
    # At the edge: three rows of four pixels, whose outermost row is the image's.
    mask = np.zeros(SHAPE, dtype=np.uint8)
    mask[0:3, 38:42] = 1
    image = np.full(SHAPE, 0.01)
    assert measure(image, mask, (40.0, 1.0)).touches_edge == pytest.approx(4 / 12)
    mask = np.roll(mask, 30, axis=0)
    assert measure(image, mask).touches_edge == 0
    image[33] = np.nan
    assert measure(image, mask).touches_edge == pytest.approx(4 / 12)


def test_an_empty_mask_leaves_the_source_unmeasured() -> None:
    found = asdict(measure(draw((40, 30, 0.01)), np.zeros(SHAPE, dtype=np.uint8)))
    assert (found.pop("mask_pixels"), found.pop("blank_fraction")) == (0, 0.0)
    assert np.isnan(list(found.values())).all()


def test_an_image_of_one_value_has_no_contrast(cutout) -> None:
    mask = np.zeros((150, 150), dtype=np.uint8)
    mask[70:80, 70:80] = 1
    flat = Cutout(np.ones_like(cutout.data), cutout.header)
    found = measure_quality(flat, mask, position_deg=(150.0, 20.0), rms_jy_beam=RMS)
    assert np.isnan(found.contrast_taken)


BLOBS = st.lists(
    st.tuples(st.floats(0, 80), st.floats(0, 60), st.floats(1e-3, 0.1)), min_size=1, max_size=4
)


@given(BLOBS, st.tuples(st.integers(0, 80), st.integers(0, 60)), st.integers(0, 3), st.booleans())
def test_turning_and_mirroring_change_no_number(blobs, position, turns, mirrored) -> None:
    image = draw(*blobs)
    image[:, :2] = np.nan
    mask = (np.nan_to_num(image) > 3 * RMS).astype(np.uint8)
    place = np.zeros(SHAPE, dtype=bool)
    place[position[1], position[0]] = True

    def turn(pixels):
        return np.rot90(pixels.T if mirrored else pixels, turns)

    row, column = np.argwhere(turn(place))[0]
    before = asdict(measure(image, mask, position))
    after = asdict(measure(turn(image), turn(mask), (float(column), float(row))))
    angles = ("opening_angle_deg", "opening_angle_error_deg")
    for name, number in before.items():
        # Of dividing lines that part the tails equally well, another one may be found.
        if name not in angles and not _is_tied(mask, position):
            assert after[name] == pytest.approx(number, rel=1e-9, nan_ok=True), name


def _is_tied(mask, position) -> bool:
    """Tell whether two islands are equally near: either may be taken."""
    labels = label_islands(mask)
    rows, columns = np.nonzero(labels)
    distances = np.hypot(columns - position[0], rows - position[1])
    nearest = distances == distances.min(initial=np.inf)
    return len(set(labels[rows[nearest], columns[nearest]])) > 1


@given(st.floats(1e-3, 1e3))
def test_the_unit_of_brightness_changes_no_ratio(factor) -> None:
    image = draw((40, 30, 0.01), (8, 5, 0.03))
    mask = (image > 3 * RMS).astype(np.uint8)
    before, after = measure(image, mask), measure(image * factor, mask)
    assert after.neighbour_flux_ratio == pytest.approx(before.neighbour_flux_ratio)
    assert after.contrast_taken == pytest.approx(before.contrast_taken, abs=1)
