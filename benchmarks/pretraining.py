"""What pretraining on the simulated sky brings: python benchmarks/pretraining.py [SET ...].

Cross-validation in five folds of the real sources beside the checkout (first: 54 WAT and NAT; fr:
439 FR I and FR II), with random weights and with `weights: simulated`, on the same images, folds
and number of steps; and what is left of the difference at another learning rate. A SET has a
network and maybe how many labels of the other folds are learnt from (small_cnn/fr:50, resnet18/fr).
Test images play no part in anything.
"""

from __future__ import annotations

import dataclasses
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from astropy.io import fits
from kedro.config import OmegaConfigLoader
from real_sources import SHARED, read_cutout
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedKFold, train_test_split

from bentjets.engine import EngineSettings
from bentjets.learning.data import ImageStack, RunPlan, plan_runs, stack_images
from bentjets.learning.evaluation.metrics import wilson_interval
from bentjets.learning.evaluation.predicting import predict
from bentjets.learning.networks import load_network
from bentjets.learning.settings import ModelSettings, Recipe, TrainingSettings
from bentjets.learning.training import Run, train_run
from bentjets.parameters import read_parameters
from bentjets.pipelines.modelling.pretraining import pretrain
from bentjets.pipelines.modelling.stacking import ImageJob, make_image
from bentjets.radio.cutouts import fits_bytes
from bentjets.radio.finding import FindingSettings, find_sources
from bentjets.settings import CONFIG_LOADER_ARGS

PROJECT = Path(__file__).resolve().parents[1]
CLASSES = {"first": ("WAT", "NAT"), "fr": ("FRI", "FRII")}
DEFAULT = (
    "small_cnn/first",
    "small_cnn/fr:50",
    "small_cnn/fr:100",
    "small_cnn/fr",
)
# Weights, learning rate over that of the entry, and whether the head learns alone.
STARTS = {
    "random": ("none", 1.0, False),
    "simulated": ("simulated", 0.1, False),
    "random, a tenth of the rate": ("none", 0.1, False),
    "simulated, the whole rate": ("simulated", 1.0, False),
    "simulated, the head alone": ("simulated", 1.0, True),
}
# Of the default entry on 351 images, 32 in a step, for 36 epochs.
STEPS, BATCHES, FOLDS, VALIDATION_SHARE = 396, 10, 5, 0.2
SEEDS, DRAWS, HALF = (0, 1), 2000, 0.5
# More images are learnt from with the first seed alone, and sets of more from two starts alone.
FEW = 200
# In place of the entry's own where it is no small_cnn.
CHANGES: dict[str, dict[str, Any]] = {
    "resnet18": {
        "timm_model": "resnet18",
        "image_size": 96,
        "optimizer": Recipe.model_validate({"class": "AdamW", "lr": 1e-3, "weight_decay": 0.01}),
    }
}


def read_images(name: str, model: ModelSettings) -> ImageStack:
    """Make the images of a set as those of a run are made."""
    sources = pd.read_csv(SHARED / name / "catalogue.csv")
    if "has_cutout" in sources:
        sources = sources[sources["has_cutout"] == 1].drop_duplicates("name")

    def images() -> Iterator[Any]:
        for source in sources.to_dict("records"):
            cutout = read_cutout(SHARED / name / "cutouts" / f"{source['name']}.fits", source)
            mask = find_sources(cutout, FindingSettings(masks_only=True)).mask
            mask_file = fits_bytes(fits.PrimaryHDU(mask, cutout.header))
            position = (source["ra_deg"], source["dec_deg"])
            yield make_image(
                ImageJob(fits_bytes(cutout.to_hdu()), mask_file, position, model.images)
            )

    labels = [CLASSES[name].index(one) for one in sources["morphology"]]
    ids = list(map(str, sources["name"]))
    return stack_images(images(), labels, ids, CLASSES[name], size_px=model.image_size)


def plan(images: ImageStack, seed: int, n_labels: int | None) -> list[RunPlan]:
    """Plan the folds as modelling does, from shuffled and stratified batches.

    With fewer labels, a stratified share of those of training and validation; a fifth calibrates.
    """
    batches = np.empty(len(images), dtype=int)
    folds = StratifiedKFold(BATCHES, shuffle=True, random_state=seed)
    for number, (_, rows) in enumerate(folds.split(images.labels, images.labels)):
        batches[rows] = number
    splits = pd.DataFrame({"source_id": images.source_ids, "batch": batches})
    plans = plan_runs(
        splits, protocol="cross_validation", folds=FOLDS, seeds=[seed], validation_batch=0
    )
    if n_labels is None:
        return plans
    label_of = dict(zip(images.source_ids, images.labels, strict=True))
    fewer = []
    for one in plans:
        known = [*one.training, *one.validation]
        kept, _ = train_test_split(
            known, train_size=n_labels, stratify=[label_of[i] for i in known], random_state=seed
        )
        training, validation = train_test_split(
            kept,
            test_size=VALIDATION_SHARE,
            stratify=[label_of[i] for i in kept],
            random_state=seed,
        )
        changes = {"training": tuple(training), "validation": tuple(validation)}
        fewer.append(dataclasses.replace(one, **changes))
    return fewer


def classify(
    images: ImageStack,
    plans: list[RunPlan],
    entry: tuple[str, ModelSettings, TrainingSettings],
    start: Path | None,
) -> np.ndarray:
    """Give the probability of the first class of every image, by a network that never saw it."""
    name, model, training = entry
    row_of = {source_id: row for row, source_id in enumerate(images.source_ids)}
    found = np.full(len(images), np.nan)
    for one in plans:
        # A last batch of one image would be left out.
        steps = max(1, -(-len(one.training) // training.batch_size))
        longer = training.model_copy(update={"epochs": round(STEPS / steps)})
        with tempfile.TemporaryDirectory() as folder:
            run = Run(name, one, model, longer, Path(folder) / one.name, start=start)
            train_run(run, images)
            told = predict(load_network(run.folder), images.find(one.test))
        found[[row_of[source_id] for source_id in one.test]] = told[:, 0]
    return found


def areas(is_first: np.ndarray, scores: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Areas under the ROC curves of every start, means over seeds."""
    return np.array(
        [np.mean([roc_auc_score(is_first[rows], one[rows]) for one in some]) for some in scores]
    )


def compare(what: str, parameters: Any, folder: Path) -> None:
    """Train all folds from all starts, and print accuracy, AUC, and both less those of random."""
    network, _, rest = what.rpartition("/")
    name, _, n_labels = rest.partition(":")
    model = parameters.models["small_cnn"]
    training = parameters.modelling.training_of(model)
    model = model.model_copy(update=CHANGES.get(network, {}))
    images = read_images(name, model)
    engine = EngineSettings()
    few = int(n_labels) if n_labels else None
    starts = STARTS if len(images) <= FEW else dict(list(STARTS.items())[:2])
    seeds = SEEDS if (few or len(images)) <= FEW else SEEDS[:1]
    scores = []
    for weights, share, freeze in starts.values():
        chosen = model.model_copy(update={"weights": weights}).at_rate(share)
        start = None
        if weights == "simulated":
            acquisition, seed = parameters.acquisition, parameters.seed
            start = pretrain(folder, chosen, parameters.modelling, acquisition, seed, engine)
        entry = (network, chosen, training.model_copy(update={"freeze": freeze}))
        scores.append([classify(images, plan(images, one, few), entry, start) for one in seeds])
    weigh(what, list(starts), images.labels == 0, np.array(scores))


def weigh(what: str, starts: list[str], is_first: np.ndarray, told: np.ndarray) -> None:
    """Print a row per start, of means over seeds; probabilities of shape (starts, seeds, n)."""
    right = (told > HALF) == is_first
    n_images = len(is_first)
    rng = np.random.default_rng(0)
    draws = [rng.integers(n_images, size=n_images) for _ in range(DRAWS)]
    drawn = [rows for rows in draws if 0 < is_first[rows].sum() < n_images]
    whole = areas(is_first, told, np.arange(n_images))
    area = np.array([areas(is_first, told, rows) for rows in drawn])
    share = 100 * np.array([right[:, :, rows].mean((1, 2)) for rows in drawn])
    for number, start in enumerate(starts):
        accuracy = right[number].mean()
        low, high = wilson_interval(accuracy * n_images, n_images)
        row = [
            f"{100 * accuracy:.1f} % [{100 * low:.0f}, {100 * high:.0f}]",
            f"{whole[number]:.3f} " + interval(area[:, number], ".2f"),
        ]
        if number:
            gain = 100 * (accuracy - right[0].mean())
            row.append(f"{gain:+.1f} points " + interval(share[:, number] - share[:, 0], "+.1f"))
            more = interval(area[:, number] - area[:, 0], "+.2f")
            row.append(f"{whole[number] - whole[0]:+.3f} {more}")
        print(f"| {what} | {start} | {' | '.join(row)} |", flush=True)


def interval(drawn: np.ndarray, digits: str) -> str:
    """Write the 95 % interval of a bootstrap."""
    low, high = np.percentile(drawn, [2.5, 97.5])
    return f"[{low:{digits}}, {high:{digits}}]"


def main() -> None:
    """Compare, one set after the other."""
    loader = OmegaConfigLoader(str(PROJECT / "conf"), env="base", **CONFIG_LOADER_ARGS)
    parameters = read_parameters(loader["parameters"])
    with tempfile.TemporaryDirectory() as folder:
        for what in sys.argv[1:] or DEFAULT:
            compare(what, parameters, Path(folder))


if __name__ == "__main__":
    main()
