from __future__ import annotations

import numpy as np

from bentjets.radio.cutouts import Cutout
from bentjets.radio.finding import FindingSettings, find_sources, quick_islands
from bentjets.radio.simulation import SurveyGeometry, simulate_catalogue, simulate_cutout


def test_its_islands_are_nearly_those_of_pybdsf() -> None:
    overlaps = []
    for row in simulate_catalogue(12, wat_fraction=0.5, seed=4).to_dict("records"):
        hdu = simulate_cutout(row, geometry=SurveyGeometry(), seed=4)
        found = find_sources(Cutout.from_hdu(hdu), FindingSettings(masks_only=True))
        mask, rms = quick_islands(hdu.data)
        overlaps.append((found.mask & mask).sum() / max((found.mask | mask).sum(), 1))
        np.testing.assert_allclose(rms, np.nanmedian(found.rms), rtol=0.1)
    assert np.median(overlaps) > 0.93


def test_noise_has_no_islands_and_missing_pixels_are_background() -> None:
    image = np.random.default_rng(0).normal(size=(60, 60))
    image[:10] = np.nan
    mask, rms = quick_islands(image)
    assert mask.dtype == np.uint8
    assert not mask.any()
    assert 0.85 < rms < 1.1
    assert not quick_islands(np.full((9, 9), np.nan))[0].any()
