"""How real the simulated sky looks: python benchmarks/realism.py, shared/first beside the checkout.

The same source finding and the same measures on simulated and on real bent sources: quantiles, the
distance of the two distributions (Kolmogorov and Smirnov), and how well a forest and a logistic
regression tell simulated from real, equal numbers of both, in nine folds. 0.5 is perfect.
"""

from __future__ import annotations

import itertools
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from real_sources import SHARED, read_cutout
from scipy import fft, ndimage, stats
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import QuantileTransformer

from bentjets.radio.cutouts import Cutout, celestial_wcs, pixel_position
from bentjets.radio.finding import FindingSettings, find_sources
from bentjets.radio.measuring import measure_shape
from bentjets.radio.simulation import SurveyGeometry, simulate_catalogue, simulate_cutout

N_SIMULATED, WAT_FRACTION, SEED = 400, 0.6, 1
BEAM_AREA_PX = np.pi * 3.0**2 / (4 * np.log(2))
BANDS = (0.0, 0.03, 0.07, 0.12, 0.18, 0.25)
REPEATS, FOLDS = 8, 9


def describe(cutout: Cutout, position_deg: tuple[float, float]) -> dict[str, float]:
    """Give what can be measured of one source and of what lies about it."""
    found = find_sources(cutout, FindingSettings(masks_only=True))
    place = pixel_position(celestial_wcs(cutout.header), position_deg)
    image, rms = 1e3 * np.nan_to_num(cutout.data), 1e3 * float(np.nanmedian(found.rms))
    mask = found.mask > 0
    shape = measure_shape(image, found.mask, place, pixel_scale_arcsec=1.8)
    rows, columns = np.indices(image.shape)
    own = mask & (np.hypot(columns - place[0], rows - place[1]) < 60)
    light = np.sort(image[own])[::-1] if own.any() else np.array([1e-3])
    grown = ndimage.binary_dilation(mask, iterations=4)
    ring = ndimage.binary_dilation(own, iterations=12) & ~ndimage.binary_dilation(
        mask, iterations=3
    )
    about = image[ring] if ring.any() else np.zeros(1)
    return {
        **asdict(shape),
        "peak (ln mJy/beam)": np.log(light[0]),
        "flux (ln mJy)": np.log(light.sum() / BEAM_AREA_PX),
        "area (ln px)": np.log(own.sum() + 1.0),
        "peak over flux": light[0] * BEAM_AREA_PX / light.sum(),
        "brightest tenth": light[: max(1, light.size // 10)].sum() / light.sum(),
        "kurtosis of the light": stats.kurtosis(light) if light.size > 1 else 0.0,
        "local maxima": (ndimage.maximum_filter(image, 5) == image)[own].sum(),
        "islands": found.islands,
        "rms (mJy/beam)": rms,
        "scatter about it (ln rms)": np.log(about.std() / rms + 1e-3),
        "mean about it (rms)": about.mean() / rms,
        **_describe_background(np.where(grown, 0.0, image), image[~grown], rms),
    }


def _describe_background(filled: np.ndarray, pixels: np.ndarray, rms: float) -> dict[str, float]:
    power = np.abs(fft.rfft2(filled)) ** 2
    north, east = fft.fftfreq(filled.shape[0])[:, None], fft.rfftfreq(filled.shape[1])[None]
    k, angle = np.hypot(north, east), np.arctan2(east, north) % np.pi
    total = power[(k > 0) & (k < 0.4)].sum()
    bands = {
        f"power at {low:.2f} to {high:.2f} / px (ln)": np.log(
            power[(k > low) & (k <= high)].sum() / total
        )
        for low, high in itertools.pairwise(BANDS)
    }
    middle = (k > 0.03) & (k < 0.15)
    rays = [
        power[middle & (angle >= first) & (angle < first + np.pi / 12)].mean()
        for first in np.arange(12) * np.pi / 12
    ]
    return bands | {
        "stripes (ln)": np.log(max(rays) / np.median(rays)),
        "skewness of the background": stats.skew(pixels),
        "kurtosis of the background": stats.kurtosis(pixels),
        "0.1 % of the background (rms)": np.quantile(pixels, 0.001) / rms,
        "99.9 % of the background (rms)": np.quantile(pixels, 0.999) / rms,
    }


def measure_real() -> pd.DataFrame:
    """Measure the labelled sources of FIRST."""
    table = pd.read_csv(SHARED / "first" / "catalogue.csv").query("has_cutout == 1")
    rows = []
    for source in table.drop_duplicates("name").to_dict("records"):
        path = Path(SHARED / "first" / "cutouts" / f"{source['name']}.fits")
        position = (source["ra_deg"], source["dec_deg"])
        rows.append(describe(read_cutout(path, source), position))
    return pd.DataFrame(rows)


def measure_simulated() -> pd.DataFrame:
    """Measure as many simulated sources as are asked for."""
    catalogue = simulate_catalogue(N_SIMULATED, wat_fraction=WAT_FRACTION, seed=SEED)
    geometry = SurveyGeometry()
    return pd.DataFrame(
        describe(
            Cutout.from_hdu(simulate_cutout(row, geometry=geometry, seed=SEED)),
            (row["ra_deg"], row["dec_deg"]),
        )
        for row in catalogue.to_dict("records")
    )


def compare(real: pd.DataFrame, simulated: pd.DataFrame) -> pd.DataFrame:
    """Lay the two distributions of each measure side by side, the farthest apart first."""
    rows = []
    for name in real:
        one, other = real[name].dropna(), simulated[name].dropna()
        test = stats.ks_2samp(one, other)
        quantiles = [np.quantile(values, [0.1, 0.5, 0.9]).round(2) for values in (one, other)]
        rows.append((name, *quantiles, test.statistic, test.pvalue))
    columns = ["measure", "real 10 50 90 %", "simulated", "distance", "p"]
    return pd.DataFrame(rows, columns=columns).sort_values("distance", ascending=False)


def tell_apart(real: pd.DataFrame, simulated: pd.DataFrame) -> dict[str, tuple[float, float]]:
    """Give mean and standard deviation of the accuracy of each classifier."""
    deciders: dict[str, Any] = {
        "forest": RandomForestClassifier(200, min_samples_leaf=2, random_state=SEED),
        "logistic regression": make_pipeline(
            QuantileTransformer(n_quantiles=40, output_distribution="normal"),
            LogisticRegression(C=0.1, max_iter=3000),
        ),
    }
    rng = np.random.default_rng(SEED)
    found: dict[str, list[float]] = {name: [] for name in deciders}
    labels = np.repeat([1, 0], len(real))
    for _ in range(REPEATS):
        chosen = simulated.iloc[rng.choice(len(simulated), len(real), replace=False)]
        features = pd.concat([real, chosen]).fillna(-9.0).to_numpy()
        folds = StratifiedKFold(FOLDS, shuffle=True, random_state=SEED)
        for name, decider in deciders.items():
            found[name].append(cross_val_score(decider, features, labels, cv=folds).mean())
    return {name: (float(np.mean(one)), float(np.std(one))) for name, one in found.items()}


if __name__ == "__main__":
    of_first, of_the_sky = measure_real(), measure_simulated()
    print(compare(of_first, of_the_sky).round(3).to_string(index=False))
    for who, (accuracy, spread) in tell_apart(of_first, of_the_sky).items():
        print(f"{who}: told apart in {100 * accuracy:.1f} % ({100 * spread:.1f} over draws)")
