from __future__ import annotations

import numpy as np

from bentjets.radio.simulation import simulate_catalogue
from bentjets.radio.surveys import fetch_cutout, open_survey
from surveys import read

SIMULATED = {
    "service": "simulated",
    "size_px": 150,
    "pixel_scale_arcsec": 1.8,
    "beam_arcsec": [5.4, 5.4, 0.0],
    "frequency_hz": 1.4e9,
}


def test_gives_the_source_of_the_seed() -> None:

    source = simulate_catalogue(1, wat_fraction=0.6, seed=3).iloc[0].to_dict()
    first, again, other = (
        read(fetch_cutout(source, open_survey("sim", SIMULATED, seed=seed))) for seed in (3, 3, 4)
    )
    np.testing.assert_array_equal(first.data, again.data)
    assert not np.array_equal(first.data, other.data, equal_nan=True)
    assert first.header["SURVEY"] == "sim"
