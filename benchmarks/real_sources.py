"""The rulers on real sources with a label: python benchmarks/real_sources.py DATA_ROOT.

DATA_ROOT is that of a run of `kedro run --pipelines ruler`, which learns from the simulated sky
alone. The real sources lie beside the checkout (shared/first, shared/bent); their labels are used
here and nowhere else. What a ruler cannot tell counts as the median of what it told.
"""

from __future__ import annotations

import gzip
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from astropy.io import fits
from sklearn.metrics import roc_auc_score

from bentjets.learning.ruler.store import load_ruler
from bentjets.parameters import RulerSettings
from bentjets.pipelines.ruler import nodes
from bentjets.pipelines.ruler.measuring import MeasuringJob, frame_cutout
from bentjets.radio.cutouts import (
    Cutout,
    Provenance,
    celestial_wcs,
    fits_bytes,
    normalise_cutout,
    pixel_position,
    read_image,
)
from bentjets.radio.finding import FindingSettings, find_sources
from bentjets.radio.measuring import measure_shape

SHARED = Path(__file__).resolve().parents[2] / "shared"
SETS = {"first": "WAT", "bent": "other"}
BEAMS = ((4.5558, 5.4), (-2.5069, 6.4), (-90.0, 6.8))
SEED, DRAWS = 0, 2000


def read_cutout(path: Path, source: dict[str, Any]) -> Cutout:
    """Read a cutout of FIRST, with the beam of its declination."""
    if not path.exists():
        path = path.with_suffix(".fits.gz")
    content = path.read_bytes()
    content = gzip.decompress(content) if path.suffix == ".gz" else content
    major = next(beam for limit, beam in BEAMS if source["dec_deg"] > limit)
    return normalise_cutout(
        read_image(content),
        provenance=Provenance("folder", "first", source["name"], "see shared"),
        size_px=150,
        position_deg=(source["ra_deg"], source["dec_deg"]),
        beam_arcsec=(major, 5.4, 0.0),
        frequency_hz=1.4e9,
    )


def measure(name: str) -> tuple[list[dict[str, Any]], pd.DataFrame]:
    """Frame every source of a set; give its label and its axis ratio besides."""
    sources = pd.read_csv(SHARED / name / "catalogue.csv")
    if "has_cutout" in sources:
        sources = sources[sources["has_cutout"] == 1].drop_duplicates("name")
    framed, facts = [], []
    for source in sources.to_dict("records"):
        cutout = read_cutout(SHARED / name / "cutouts" / f"{source['name']}.fits", source)
        position = (source["ra_deg"], source["dec_deg"])
        found = find_sources(cutout, FindingSettings(masks_only=True))
        mask = fits_bytes(fits.PrimaryHDU(found.mask, cutout.header))
        rms = float(np.nanmedian(found.rms))
        job = MeasuringJob(fits_bytes(cutout.to_hdu()), mask, position, rms)
        framed.append({"source_id": source["name"], **frame_cutout(job)})
        shape = measure_shape(
            cutout.data,
            found.mask,
            pixel_position(celestial_wcs(cutout.header), position),
            pixel_scale_arcsec=cutout.pixel_scale_arcsec,
        )
        facts.append({"label": source["morphology"], "axis ratio": -shape.axis_ratio})
    return framed, pd.DataFrame(facts)


def auc(is_first: np.ndarray, score: pd.Series) -> str:
    """Area under the ROC curve with its 95 % interval by bootstrap, and over how many."""
    told = score.notna()
    filled = score.fillna(score.median()).to_numpy()
    rng = np.random.default_rng(SEED)
    drawn = []
    for _ in range(DRAWS):
        rows = rng.integers(len(filled), size=len(filled))
        if 0 < is_first[rows].sum() < len(rows):
            drawn.append(roc_auc_score(is_first[rows], filled[rows]))
    low, high = np.percentile(drawn, [2.5, 97.5])
    whole = roc_auc_score(is_first, filled)
    alone = roc_auc_score(is_first[told], score[told])
    return f"{whole:.3f} [{low:.2f}, {high:.2f}] of {len(score)}, {alone:.3f} of {told.sum()} told"


def main() -> None:
    """Measure, and print a line per set and measure."""
    root = Path(sys.argv[1])
    folder = root / "06_models" / "ruler"
    record = json.loads((folder / "ruler.json").read_text())
    calibrations = json.loads((folder / "calibration.json").read_text())
    assert load_ruler(folder, record) is not None
    ruler = RulerSettings.model_validate(
        {"n_calibration": 20, "n_test": 20}
        | {name: record[name] for name in ("n_sources", "broad_share", "broad", "training")}
    )
    for name, positive in SETS.items():
        framed, facts = measure(name)
        frames = pd.DataFrame(framed).reindex(columns=nodes.FRAMED)
        angles = nodes.measure_angles(folder, record, calibrations, frames, ruler)
        is_first = (facts["label"] == positive).to_numpy()
        scores = {
            "learnt angle": angles["learnt_deg"],
            "learnt class": angles["wat_probability"],
            "geometric angle": angles["geometric_deg"],
            "axis ratio": facts["axis ratio"],
        }
        for what, score in scores.items():
            print(f"{name}: {what}: {auc(is_first, score)}", flush=True)


if __name__ == "__main__":
    main()
