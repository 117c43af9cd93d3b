"""A survey of very many sources, with the files of few."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from bentjets.review.server import Files, Pictures, Sources, Tables

N_FILES = 20
_GAUSSIANS = 5


def many_sources(folder: Path, count: int) -> tuple[Sources, Pictures]:
    """Describe that many sources, spread over the sky, each with the files of one of twenty."""
    rng = np.random.default_rng(1)
    names = [f"J{number:06d}" for number in range(count)]
    small = pd.read_csv(folder / "catalogue.csv")["source_id"].tolist()
    png_of = {name: (folder / "masked" / f"{name}.png").read_bytes() for name in small}
    sha256 = [hashlib.sha256(png_of[name]).hexdigest() for name in small]
    catalogue = pd.DataFrame({"source_id": names, "name": names})
    catalogue["ra_deg"] = rng.uniform(0, 360, count)
    catalogue["dec_deg"] = np.degrees(np.arcsin(rng.uniform(-0.6, 1, count)))
    catalogue["morphology"] = rng.choice(["WAT", "NAT"], count)
    for column in range(8):
        catalogue[f"flux_{column}_mjy"] = rng.uniform(1, 1e3, count)
    quality = catalogue[["source_id"]].assign(accepted=True, reason="", flags="")
    quality["opening_angle_deg"] = rng.uniform(0, 180, count)
    quality["image_sha256"] = [sha256[number % N_FILES] for number in range(count)]
    gaussians = pd.DataFrame({"source_id": np.repeat(names, _GAUSSIANS)})
    for column in ("x_px", "y_px", "major_axis_arcsec", "minor_axis_arcsec"):
        gaussians[column] = rng.uniform(5, 100, len(gaussians))
    gaussians["position_angle_deg"] = gaussians["peak_flux_jy_beam"] = 1.0
    wat = rng.uniform(0, 1, count)
    predictions = pd.DataFrame({"source_id": names, "model": "cnn", "kind": "network"})
    predictions = predictions.assign(probability_WAT=wat, probability_NAT=1 - wat)
    log = catalogue[["source_id"]].assign(status="ok", rms_jy_beam=1.5e-4)
    sources = Sources(
        Tables(catalogue, log, quality, gaussians, lambda: predictions, classes=("WAT", "NAT"))
    )

    def path(kind: str, suffix: str) -> Callable[[str], bytes]:
        return lambda name: (
            folder / kind / f"{small[int(name[1:]) % N_FILES]}{suffix}"
        ).read_bytes()

    files = Files(path("cutouts", ".fits"), path("masks", ".fits"), path("masked", ".png"))
    return sources, Pictures(files)
