from __future__ import annotations

import numpy as np

from bentjets.radio.measuring import FRAME_SIDE, draw_example
from bentjets.radio.simulation import SkySettings, SurveyGeometry

FIRST = SurveyGeometry()
QUIET = SkySettings(
    neighbours=0.0,
    host_offset_arcsec=(3.0, 3.0, 0.0),
    flux_mjy=(500.0, 0.0, 1.0, 900.0),
    fading_length=(5.0, 9.0),
)


def test_one_seed_gives_one_example():
    one, again, other = (
        draw_example(3, seed=seed, sky=QUIET, geometry=FIRST) for seed in (5, 5, 6)
    )
    assert one == again
    assert one != other


def test_the_truth_lies_where_the_light_is():
    near_light = []
    for number in range(12):
        found = draw_example(number, seed=1, sky=QUIET, geometry=FIRST)
        image = np.frombuffer(found["image"], np.uint8).reshape(FRAME_SIDE, FRAME_SIDE)
        for x, y in found["ends"]:
            column, row = (int((place + 1) / 2 * FRAME_SIDE) for place in (x, y))
            part = image[max(row - 8, 0) : row + 9, max(column - 8, 0) : column + 9]
            near_light.append(part.any())
        assert 0 <= found["angle_deg"] <= 180
        assert found["snr"] > 5
        assert found["size_beams"] > 2
    assert np.mean(near_light) > 0.9


def test_a_source_that_is_not_seen_gives_none():
    faint = SkySettings(flux_mjy=(0.01, 0.0, 0.001, 1.0), neighbours=0.0)
    assert draw_example(0, seed=2, sky=faint, geometry=FIRST) is None


def test_another_survey_sees_the_same_source(seed=3):
    sharp = SurveyGeometry(size_px=225, pixel_scale_arcsec=1.2, beam_arcsec=(2.5, 2.5, 0.0))
    one, other = (draw_example(1, seed=seed, sky=QUIET, geometry=g) for g in (FIRST, sharp))
    assert one["angle_deg"] == other["angle_deg"]
    assert other["size_beams"] > one["size_beams"]
