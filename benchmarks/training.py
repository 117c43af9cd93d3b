"""What `run.py` measures of training: each loop in a process of its own, its figures as JSON.

Both loops train a network of timm from random weights, on the same images of 150 pixels, and
validate after every epoch. What starts them is left out: the time is that of some epochs more.
"""

from __future__ import annotations

import json
import logging
import sys
import tempfile
import warnings
from collections.abc import Callable
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

Figures = dict[str, Any]

SIDE_PX = 150
N_TRAINING, N_VALIDATION = 256, 32
BATCH = 32
FEW, MANY = 1, 3
WORKERS = 2


def train_plainly(timm_model: str, size: str) -> Figures:
    """Train as public examples do: float32, contiguous, PIL in the workers of a DataLoader."""
    import timm
    import torch
    from lightning.pytorch import LightningModule, Trainer
    from PIL import Image
    from torch.nn import functional
    from torch.utils.data import DataLoader, Dataset
    from torchvision import transforms

    images, labels = _draw()
    scale = transforms.Normalize([0.5] * 3, [0.5] * 3)
    base = [
        transforms.Resize((int(size), int(size))),
        transforms.Grayscale(3),
        transforms.ToTensor(),
        scale,
    ]
    moves = [transforms.RandomHorizontalFlip(), transforms.RandomRotation(180)]

    class Pictures(Dataset[Any]):
        def __init__(self, rows: range, steps: list[Any]) -> None:
            self.rows, self.steps = rows, transforms.Compose(steps)

        def __len__(self) -> int:
            return len(self.rows)

        def __getitem__(self, number: int) -> Any:
            row = self.rows[number]
            return self.steps(Image.fromarray(images[row])), int(labels[row])

    class Plain(LightningModule):
        def __init__(self) -> None:
            super().__init__()
            self.network = timm.create_model(timm_model, num_classes=2)

        def training_step(self, batch: Any, _: int) -> Any:
            return functional.cross_entropy(self.network(batch[0]), batch[1])

        def validation_step(self, batch: Any, _: int) -> None:
            self.log("val_loss", functional.cross_entropy(self.network(batch[0]), batch[1]))

        def configure_optimizers(self) -> Any:
            return torch.optim.Adam(self.parameters(), lr=1e-3)

    def train(epochs: int) -> None:
        everything = N_TRAINING + N_VALIDATION
        trainer = Trainer(
            max_epochs=epochs,
            logger=False,
            enable_checkpointing=False,
            enable_model_summary=False,
            enable_progress_bar=False,
            num_sanity_val_steps=0,
        )
        trainer.fit(
            Plain(),
            DataLoader(
                Pictures(range(N_TRAINING), moves + base), BATCH, shuffle=True, num_workers=WORKERS
            ),
            DataLoader(Pictures(range(N_TRAINING, everything), base), BATCH, num_workers=WORKERS),
        )

    return _time(train)


def train_as_we_do(timm_model: str, size: str, precision: str = "auto") -> Figures:
    """Train a run."""
    from bentjets.learning.data import RunPlan, stack_images
    from bentjets.learning.settings import ModelSettings, TrainingSettings
    from bentjets.learning.training import Run, train_run
    from bentjets.validation import validate

    model = validate(
        ModelSettings,
        {
            "timm_model": timm_model,
            "weights": "none",
            "image_size": int(size),
            "optimizer": {"class": "Adam", "lr": 1e-3},
        },
    )
    images, labels = _draw()
    ids = [f"S{row}" for row in range(len(images))]
    stack = stack_images(images[:, None], labels.tolist(), ids, ("WAT", "NAT"), size_px=int(size))
    plan = RunPlan("single", 0, 0, tuple(ids[:N_TRAINING]), tuple(ids[N_TRAINING:]), ())
    chosen: list[str] = []

    def train(epochs: int) -> None:
        settings = validate(
            TrainingSettings,
            {
                "epochs": epochs,
                "batch_size": BATCH,
                "patience": epochs,
                "precision": precision,
                "rotate": "any",
            },
        )
        with tempfile.TemporaryDirectory() as folder:
            record = train_run(Run(timm_model, plan, model, settings, Path(folder)), stack)
        chosen.append(record.precision)

    return _time(train) | {"precision": chosen[-1]}


def _time(train: Callable[[int], None]) -> Figures:
    """Time some epochs more than one, so that neither start nor end is charged."""
    logging.disable(logging.WARNING)
    warnings.simplefilter("ignore")
    train(FEW)
    seconds = []
    for epochs in (FEW, MANY):
        start = perf_counter()
        train(epochs)
        seconds.append(perf_counter() - start)
    return {"images_per_s": N_TRAINING * (MANY - FEW) / (seconds[1] - seconds[0])}


def _draw() -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    random = np.random.default_rng(2025)
    n = N_TRAINING + N_VALIDATION
    images = random.integers(0, 255, (n, SIDE_PX, SIDE_PX), dtype=np.uint8)
    return images, np.arange(n) % 2


LOOPS: dict[str, Callable[..., Figures]] = {
    loop.__name__: loop for loop in (train_plainly, train_as_we_do)
}


if __name__ == "__main__":
    print(json.dumps(LOOPS[sys.argv[1]](*sys.argv[2:])), flush=True)
