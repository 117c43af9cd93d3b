"""Whether a small network tells simulated from real: python benchmarks/realism_network.py.

The 54 real bent sources of shared/first beside the checkout, and as many simulated ones, drawn anew
for each repetition; the same source finding and images, and the network of six convolutions, each
image judged by one that never saw it (five folds). 0.5 is perfect. Of the source's own light, and
of the whole cutout with its noise.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from astropy.io import fits
from kedro.config import OmegaConfigLoader
from pretraining import PROJECT, classify, plan
from real_sources import SHARED, read_cutout
from sklearn.metrics import roc_auc_score

from bentjets.learning.data import ImageStack, stack_images
from bentjets.learning.evaluation.metrics import wilson_interval
from bentjets.learning.settings import ImageSettings, ModelSettings
from bentjets.parameters import read_parameters
from bentjets.pipelines.modelling.stacking import ImageJob, make_image
from bentjets.radio.cutouts import Cutout, fits_bytes
from bentjets.radio.finding import FindingSettings, find_sources
from bentjets.radio.simulation import SurveyGeometry, simulate_catalogue, simulate_cutout
from bentjets.settings import CONFIG_LOADER_ARGS

CLASSES = ("real", "simulated")
WAT_FRACTION, SEED, REPEATS = 0.6, 1, 4
VIEWS = {
    "the source's own light": {"mask": "source", "stretch": "sqrt", "crop_px": 96},
    "the whole cutout": {"mask": "none", "stretch": "asinh", "crop_px": None},
}

Source = tuple[Cutout, tuple[float, float]]


def read_real() -> list[Source]:
    """Read the labelled sources of FIRST."""
    table = pd.read_csv(SHARED / "first" / "catalogue.csv").query("has_cutout == 1")
    return [
        (
            read_cutout(SHARED / "first" / "cutouts" / f"{row['name']}.fits", row),
            (row["ra_deg"], row["dec_deg"]),
        )
        for row in table.drop_duplicates("name").to_dict("records")
    ]


def simulate(n: int, seed: int) -> list[Source]:
    """Draw simulated sources of the default sky."""
    catalogue = simulate_catalogue(n, wat_fraction=WAT_FRACTION, seed=seed)
    geometry = SurveyGeometry()
    return [
        (
            Cutout.from_hdu(simulate_cutout(row, geometry=geometry, seed=seed)),
            (row["ra_deg"], row["dec_deg"]),
        )
        for row in catalogue.to_dict("records")
    ]


def stack(real: list[Source], simulated: list[Source], model: ModelSettings) -> ImageStack:
    """Make the images of both as those of a run are made."""

    def images() -> Iterator[Any]:
        for cutout, position in [*real, *simulated]:
            mask = find_sources(cutout, FindingSettings(masks_only=True)).mask
            mask_file = fits_bytes(fits.PrimaryHDU(mask, cutout.header))
            yield make_image(
                ImageJob(fits_bytes(cutout.to_hdu()), mask_file, position, model.images)
            )

    labels = [0] * len(real) + [1] * len(simulated)
    ids = [f"{CLASSES[label]}-{number}" for number, label in enumerate(labels)]
    return stack_images(images(), labels, ids, CLASSES, size_px=model.image_size)


def main() -> None:
    """Tell apart, and print a line per view."""
    logging.disable(logging.INFO)
    loader = OmegaConfigLoader(str(PROJECT / "conf"), env="base", **CONFIG_LOADER_ARGS)
    parameters = read_parameters(loader["parameters"])
    entry = parameters.models["small_cnn"]
    real = read_real()
    for view, changes in VIEWS.items():
        settings = ImageSettings.model_validate({"source": "cutouts", **changes})
        model = entry.model_copy(update={"images": settings})
        training = parameters.modelling.training_of(model)
        right, areas = [], []
        for repeat in range(REPEATS):
            images = stack(real, simulate(len(real), SEED + repeat), model)
            plans = plan(images, repeat, None)
            told = classify(images, plans, ("small_cnn", model, training), None)
            right += list((told < 1 / 2) == (images.labels == 1))
            areas.append(roc_auc_score(images.labels == 0, told))
        # The real images are the same in every repetition: what counts is how many there are.
        share = float(np.mean(right))
        low, high = wilson_interval(round(share * 2 * len(real)), 2 * len(real))
        print(
            f"{view}: {100 * share:.1f} % [{100 * low:.0f}, {100 * high:.0f}], AUC "
            f"{np.mean(areas):.3f}, {REPEATS} draws of {len(real)} simulated",
            flush=True,
        )


if __name__ == "__main__":
    main()
