"""Modelling: who sees which batch, and the same steps for every model."""

from __future__ import annotations

import numpy as np
import pytest
import yaml

from bentjets.errors import InputError
from bentjets.learning.data import pack_batch
from bentjets.learning.settings import ModelSettings
from bentjets.parameters.modelling import ModellingSettings
from bentjets.pipelines.modelling import create_pipeline, nodes
from bentjets.validation import validate

CLASSES = {"WAT": "100", "NAT": "200"}
MODEL = validate(
    ModelSettings,
    {
        "timm_model": "test_resnet",
        "weights": "none",
        "image_size": 32,
        "optimizer": {"class": "Adam", "lr": 3.0e-3},
    },
)

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture(scope="module")
def modelling(project) -> ModellingSettings:
    text = (project / "conf" / "base" / "parameters_modelling.yml").read_text()
    parameters = yaml.safe_load(text)["modelling"]
    parameters["training"] |= {"epochs": 2, "batch_size": 8}
    changes = {"validation_batch": "data_batch_1", "attention_per_class": 1}
    return validate(ModellingSettings, parameters | changes)


class Batches(dict):
    """Loaders of three small batches, which remember who was loaded."""

    def __init__(self) -> None:
        self.loaded: list[str] = []
        for seed, name in enumerate(["data_batch_0", "data_batch_1", "test_batch"]):
            self[name] = lambda name=name, seed=seed: self.load(name, seed)
        self["batches.meta"] = lambda: pytest.fail("the description holds no images")

    def load(self, name: str, seed: int) -> dict:
        self.loaded.append(name)
        images = np.random.default_rng(seed).integers(0, 60, (12, 24, 24), dtype=np.uint8)
        images[::2, 10:14] = 220
        images[1::2, :, 10:14] = 220
        return pack_batch(images, ["100", "200"] * 6, [f"{name}_{i}" for i in range(12)], name)


@pytest.fixture(scope="module")
def trained(modelling) -> tuple:
    batches = Batches()
    network, history = nodes.train_model(batches, MODEL, modelling, CLASSES, 1)
    return network, history, batches.loaded


def test_training_never_loads_the_test_batch(trained) -> None:
    _, history, loaded = trained
    assert sorted(loaded) == ["data_batch_0", "data_batch_1"]
    assert history["epoch"].tolist() == [1, 2]


def test_evaluation_measures_the_test_batch_alone(trained, modelling) -> None:
    batches = Batches()
    predictions, metrics = nodes.evaluate_model(trained[0], batches, modelling, CLASSES)
    assert batches.loaded == ["test_batch"]
    assert predictions["source_id"].tolist() == [f"test_batch_{i}" for i in range(12)]
    assert predictions["label"].tolist() == ["WAT", "NAT"] * 6
    assert metrics["n"] == 12
    right = (predictions["label"] == predictions["predicted"]).mean()
    assert metrics["accuracy"] == pytest.approx(right)


def test_attention_is_that_of_test_images(trained, modelling) -> None:
    batches = Batches()
    predictions, _ = nodes.evaluate_model(trained[0], batches, modelling, CLASSES)
    attention = nodes.explain_model(trained[0], batches, predictions, modelling, CLASSES)
    assert set(batches.loaded) == {"test_batch"}
    assert 1 <= len(attention) <= 4
    assert set(attention["source_id"]) <= set(predictions["source_id"])
    for row in attention.itertuples():
        assert len(row.attention) == len(row.image) == 24 * 24


def test_validation_on_the_test_batch_is_refused(modelling) -> None:
    batches = Batches()
    cheating = modelling.model_copy(update={"validation_batch": "test_batch"})
    with pytest.raises(InputError, match="choose one of data_batch_0, data_batch_1"):
        nodes.train_model(batches, MODEL, cheating, CLASSES, 1)
    assert batches.loaded == []


def test_every_model_goes_the_same_way_under_its_name() -> None:
    pipeline = create_pipeline(["resnet50", "vgg16"])
    steps = ("train_model", "evaluate_model", "explain_model")
    names = {f"{model}.{step}" for model in ("resnet50", "vgg16") for step in steps}
    assert {node.name for node in pipeline.nodes} == names
    assert pipeline.inputs() == {
        "batches", "params:modelling", "params:classes", "params:seed",
        "params:models.resnet50", "params:models.vgg16",
    }  # fmt: skip
    assert {node.name for node in pipeline.only_nodes_with_tags("vgg16").nodes} == {
        f"vgg16.{step}" for step in steps
    }
    results = ("network", "history", "predictions", "metrics", "attention")
    expected = {f"{model}.{result}" for model in ("resnet50", "vgg16") for result in results}
    assert pipeline.all_outputs() == expected


def test_no_model_is_an_empty_pipeline() -> None:
    assert create_pipeline([]).nodes == []
