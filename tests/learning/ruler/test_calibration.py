from __future__ import annotations

import json
from dataclasses import asdict

import numpy as np
import pytest

from bentjets.learning.ruler import Calibration, calibrate, tabulate_coverage


def draw(n, seed):
    """Angles whose errors are told too small for small sources, and too large for bright ones."""
    rng = np.random.default_rng(seed)
    size, snr = rng.uniform(3, 30, n), rng.uniform(5, 200, n)
    truth = rng.uniform(40, 140, n)
    told = np.full(n, 8.0)
    real = told * np.where(size < 12, 2.5, 1.0) * np.where(snr > 100, 0.5, 1.0)
    angles = truth + real * rng.standard_t(4, n)
    angles[rng.uniform(size=n) < 0.1] = np.nan
    return angles, told, truth, size, snr


def test_intervals_hold_the_truth_in_every_bin():
    calibration = calibrate(*draw(12_000, 1))
    table = tabulate_coverage(calibration, *draw(12_000, 2))
    assert len(table) == 6
    assert table["coverage"].between(0.63, 0.73).all()
    assert (table["n"] > 1500).all()
    assert table["told"].between(0.85, 0.95).all()
    assert table["bias_deg"].abs().max() < 1.0
    assert table.loc[0, "error_deg"] > 2 * table["error_deg"].min()


def test_it_outlives_json():
    calibration = calibrate(*draw(600, 3))
    again = Calibration.from_dict(json.loads(json.dumps(asdict(calibration))))
    assert again == calibration
    *_, size, snr = draw(50, 4)
    np.testing.assert_array_equal(
        again.stretch(np.ones(50), size, snr), calibration.stretch(np.ones(50), size, snr)
    )


@pytest.mark.parametrize("n", [20, 21])
def test_a_few_sources_do(n):
    table = tabulate_coverage(calibrate(*draw(n, 5)), *draw(n, 6))
    assert table["n"].sum() <= n


def test_what_was_not_measured_is_not_judged():
    angles, *rest = draw(300, 7)
    table = tabulate_coverage(calibrate(angles, *rest), np.full(300, np.nan), *rest)
    assert (table["n"] == 0).all()
    assert table["coverage"].isna().all()
