import numpy as np
import pytest

from bentjets.learning.data import LabelledImages
from bentjets.learning.settings import ModelSettings, TrainingSettings
from bentjets.validation import validate

CLASSES = ("WAT", "NAT")


def draw_bars(n, seed, size=48):
    """Bright bars on noise: upright ones are WAT, lying ones NAT."""
    random = np.random.default_rng(seed)
    images = random.integers(0, 60, (n, size, size)).astype(np.uint8)
    labels = np.arange(n) % 2
    for image, label in zip(images, labels, strict=True):
        start = random.integers(4, size - 8)
        (image if label else image.T)[start : start + 4] = 220
    return LabelledImages(images, labels, tuple(f"source{i}" for i in range(n)), CLASSES)


@pytest.fixture(autouse=True)
def _few_threads(one_thread):
    """Networks of a few thousand weights only lose time to a second thread."""


@pytest.fixture
def bars():
    return draw_bars


@pytest.fixture
def model_settings():
    def make(timm_model="test_resnet", **changes):
        values = {
            "timm_model": timm_model,
            "weights": "none",
            "image_size": 32,
            "optimizer": {"class": "Adam", "lr": 3e-3},
        }
        return validate(ModelSettings, values | changes)

    return make


@pytest.fixture
def training_settings():
    def make(**changes):
        values = {
            "epochs": 2,
            "batch_size": 16,
            "patience": 5,
            "precision": "32-true",
            "random_orientation": False,
        }
        return validate(TrainingSettings, values | changes)

    return make
