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


def test_another_survey_sees_the_same_source_at_its_frequency_through_its_noise() -> None:
    source = simulate_catalogue(5, wat_fraction=0.6, seed=3).iloc[4].to_dict()
    quiet = {"neighbours": 0, "residual_sidelobes": [0, 0], "clean_bias_mjy": 0}
    sky = {"rms_mjy": [0.5, 0, 0], "spectral_index": -0.75, **quiet}
    low, high = (
        read(
            fetch_cutout(
                source,
                open_survey("sim", SIMULATED | {"frequency_hz": at, "sky": sky}, seed=3),
            )
        ).data.astype(float)
        for at in (1.4e8, 1.4e9)
    )
    # The same noise: what differs is the light, everywhere by one factor.
    light = (low - high) / (10**0.75 - 1.0)
    noise = high - light
    np.testing.assert_allclose(noise.std(), 0.5e-3, rtol=0.1)
    assert light.max() > 10 * np.abs(light[:10]).max()
