"""Images that a tiny network learns in a second, and the settings of such a network."""

from pathlib import Path

import numpy as np

from bentjets.learning.data import ImageStack, RunPlan
from bentjets.learning.settings import ModelSettings, TrainingSettings
from bentjets.learning.training import Run
from bentjets.validation import validate

CLASSES = ("WAT", "NAT")


def draw_bars(n, seed, size=32):
    """Bright bars on noise: upright ones are WAT, lying ones NAT."""
    random = np.random.default_rng(seed)
    images = random.uniform(0, 0.2, (n, 1, size, size)).astype(np.float32)
    labels = np.arange(n) % 2
    for image, label in zip(images[:, 0], labels, strict=True):
        start = random.integers(4, size - 8)
        (image if label else image.T)[start : start + 4] = 0.9
    return ImageStack(images, labels, tuple(f"S{i:03d}" for i in range(n)), CLASSES)


def make_model(timm_model="bentjets_six_conv", **changes):
    values = {
        "timm_model": timm_model,
        "weights": "none",
        "image_size": 32,
        "channels": 1,
        "optimizer": {"class": "AdamW", "lr": 3e-3},
    }
    return validate(ModelSettings, values | changes)


def make_training(**changes):
    values = {
        "epochs": 2,
        "batch_size": 16,
        "patience": 5,
        "precision": "32-true",
        "rotate": "none",
    }
    return validate(TrainingSettings, values | changes)


def make_plan(images, *, seed=0, fold=0, protocol="single"):
    """Half to learn from, a quarter to validate on, a quarter to test."""
    ids, n = images.source_ids, len(images)
    return RunPlan(protocol, fold, seed, ids[: n // 2], ids[n // 2 : 3 * n // 4], ids[3 * n // 4 :])


def make_run(folder, images, *, model=None, training=None, entry="tiny", facts=None, **plan):
    return Run(
        entry,
        make_plan(images, **plan),
        model or make_model(),
        training or make_training(),
        Path(folder),
        facts or {},
    )
