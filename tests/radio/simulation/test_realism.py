"""The simulated survey against the real one: the same source finding, the same measures.

How far apart the two may be follows from how well the quantiles of so few sources are known: two
standard deviations of their difference, by bootstrap, and a tenth for what the recipe leaves out.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import RandomForestClassifier
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import cross_val_score

from bentjets.radio.cutouts import Cutout, read_image
from bentjets.radio.finding import FindingSettings, find_sources
from bentjets.radio.measuring import QualityLimits, assess_quality
from bentjets.radio.simulation import SurveyGeometry, simulate_catalogue, simulate_cutout

SEED, WAT_FRACTION, N_SIMULATED = 6, 0.6025, 200  # the first of the default survey
BEAM_AREA_PX = np.pi * 3.0**2 / (4 * np.log(2))
QUANTILES = [0.1, 0.5, 0.9]
RECIPE = 0.1
MEASURES = ["rms_mjy_beam", "peak_mjy_beam", "largest_angular_size_arcsec", "mask_area_px"]
LIMITS = QualityLimits(
    max_blank_fraction=0.2, max_offset_arcsec=30, min_size_arcsec=16, min_snr=5.0
)


def measure(sources: Iterable[tuple[dict, Cutout]]) -> pd.DataFrame:
    """One row per source: class, and what source finding and the quality checks say."""
    rows = []
    for source, cutout in sources:
        finding = find_sources(cutout, FindingSettings(masks_only=True))
        rms = float(np.nanmedian(finding.rms))
        quality = assess_quality(
            cutout,
            finding.mask,
            position_deg=(source["ra_deg"], source["dec_deg"]),
            rms_jy_beam=rms,
            limits=LIMITS,
        )
        rows.append(
            {
                "is_wat": source["morphology"] == "WAT",
                "rms_mjy_beam": 1e3 * rms,
                "peak_mjy_beam": 1e3 * quality.peak_jy_beam,
                "largest_angular_size_arcsec": quality.largest_angular_size_arcsec,
                "mask_area_px": finding.mask.sum(),
                "flux_mjy": 1e3 * np.nansum(cutout.data * finding.mask) / BEAM_AREA_PX,
                "islands": finding.islands,
                "opening_angle_deg": quality.opening_angle_deg,
            }
        )
    return pd.DataFrame(rows)


@pytest.fixture(scope="module")
def simulated() -> pd.DataFrame:
    geometry = SurveyGeometry()
    catalogue = simulate_catalogue(N_SIMULATED, wat_fraction=WAT_FRACTION, seed=SEED)
    return measure(
        (row, Cutout.from_hdu(simulate_cutout(row, geometry=geometry, seed=SEED)))
        for row in catalogue.to_dict("records")
    )


@pytest.fixture(scope="module")
def real(real_first) -> pd.DataFrame:
    catalogue = pd.read_csv(real_first / "catalogue.csv").query("has_cutout == 1")

    def read(name: str) -> Cutout:
        hdu = read_image(real_first / "cutouts" / f"{name}.fits")
        hdu.header.update(BMAJ=0.0015, BMIN=0.0015, BPA=0.0, RESTFRQ=1.4e9)
        return Cutout.from_hdu(hdu)

    rows = catalogue.drop_duplicates("name").to_dict("records")
    return measure((row, read(row["name"])) for row in rows)


def auc(table: pd.DataFrame) -> float:
    known = table[table["opening_angle_deg"].notna()]
    return roc_auc_score(known["is_wat"], known["opening_angle_deg"])


def log_quantiles(values: pd.Series) -> tuple[np.ndarray, np.ndarray]:
    """Quantiles and their standard deviations by bootstrap, as natural logarithms."""
    known = values.dropna().to_numpy()
    draws = np.random.default_rng(0).choice(known, (500, len(known)))
    spread = np.log(np.quantile(draws, QUANTILES, axis=1)).std(axis=1)
    return np.log(np.quantile(known, QUANTILES)), spread


@pytest.mark.parametrize("column", MEASURES)
def test_it_looks_like_first(column, simulated, real) -> None:
    (one, one_error), (two, two_error) = (
        log_quantiles(table[column]) for table in (simulated, real)
    )
    allowed = 2 * np.hypot(one_error, two_error) + RECIPE
    assert (np.abs(one - two) < allowed).all(), np.exp(one - two)


def test_the_true_angle_hints_at_the_class_without_giving_it_away() -> None:
    catalogue = simulate_catalogue(1500, wat_fraction=WAT_FRACTION, seed=SEED)
    is_wat = catalogue["morphology"] == "WAT"
    assert 0.85 < auc(catalogue.assign(is_wat=is_wat)) < 0.96


def test_so_does_the_measured_angle(simulated) -> None:
    assert 0.75 < auc(simulated) < 0.90


def test_the_measured_angle_is_as_good_a_hint_in_first(simulated, real) -> None:
    assert 0.75 < auc(real) < 0.90
    for is_wat in (True, False):
        one, two = (
            table.loc[table["is_wat"] == is_wat, "opening_angle_deg"].median()
            for table in (simulated, real)
        )
        # The median of 30 angles with a spread of 30 deg is known to 7 deg.
        assert one == pytest.approx(two, abs=20)


def test_angles_are_told_of_almost_all_sources(simulated) -> None:
    assert simulated["opening_angle_deg"].notna().mean() > 0.9


def test_what_is_no_geometry_does_not_tell_the_class(simulated) -> None:
    """Total flux, peak, size, islands and compactness: no better than the majority."""
    known = simulated[[*MEASURES[1:], "flux_mjy", "islands"]].fillna(0.0)
    known = known.assign(compactness=known["peak_mjy_beam"] / known["flux_mjy"].clip(lower=1e-3))
    forest = RandomForestClassifier(200, min_samples_leaf=5, random_state=0)
    accuracy = cross_val_score(forest, known, simulated["is_wat"], cv=10).mean()
    majority = simulated["is_wat"].mean()
    assert accuracy < majority + 2 * np.sqrt(majority * (1 - majority) / len(simulated))
